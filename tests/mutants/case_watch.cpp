// Tells which places of the mutated sources each test case reaches, and ends the program at the first check that fails.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/test/framework.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/tree/test_case_counter.hpp>
#include <boost/test/unit_test.hpp>

#include "mutant_switch.hpp"

namespace {

constexpr int failed = 99; // exit status

namespace unit_test = boost::unit_test;

/// One line per case: its name, its microseconds, and place=times for each place.
class case_watch final : public unit_test::test_observer {
public:
    case_watch()
    {
        if (const char* const path = std::getenv("FACEKI_MUTANT_CASES"))
            out_ = std::fopen(path, "w");
    }

    void test_unit_start(const unit_test::test_unit& unit) override
    {
        if (!out_ || unit.p_type != unit_test::TUT_CASE)
            return;
        if (!begun_)
            write("(before)", 0); // what runs before main() concerns every case
        begun_ = true;
        for (auto& count : faceki_mutants::counts)
            count.store(0, std::memory_order_relaxed);
    }

    void test_unit_finish(const unit_test::test_unit& unit, unsigned long microseconds) override
    {
        if (!out_ || unit.p_type != unit_test::TUT_CASE)
            return;
        write(unit.full_name(), microseconds);
    }

    void assertion_result(unit_test::assertion_result result) override
    {
        if (result == unit_test::AR_FAILED && !out_)
            ::_exit(failed);
    }

    void exception_caught(const boost::execution_exception&) override
    {
        if (!out_)
            ::_exit(failed);
    }

private:
    void write(const std::string& name, unsigned long microseconds)
    {
        std::fprintf(out_, "%s %lu", name.c_str(), microseconds);
        for (unsigned id = 0; id < faceki_mutants::most; ++id)
            if (const unsigned count = faceki_mutants::counts[id].load(std::memory_order_relaxed))
                std::fprintf(out_, " %u=%u", id, count);
        std::fputc('\n', out_);
        std::fflush(out_);
    }

    std::FILE* out_ = nullptr;
    bool begun_ = false;
};

/// Never destroyed: Boost.Test tells it of the end after everything else.
struct watching {
    watching() { unit_test::framework::register_observer(*new case_watch); }
};

BOOST_TEST_GLOBAL_CONFIGURATION(watching);

} // namespace
