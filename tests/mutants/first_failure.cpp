// Ends the program at the first check that fails: a mutant needs no second one.
#include <unistd.h>

#include <boost/test/framework.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

namespace {

constexpr int failed = 99; // exit status

class first_failure final : public boost::unit_test::test_observer {
public:
    void assertion_result(boost::unit_test::assertion_result result) override
    {
        if (result == boost::unit_test::AR_FAILED)
            ::_exit(failed);
    }
    void exception_caught(const boost::execution_exception&) override { ::_exit(failed); }
};

struct watching {
    /// Never destroyed: Boost.Test tells it of the end after everything else.
    watching() { boost::unit_test::framework::register_observer(*new first_failure); }
};

BOOST_TEST_GLOBAL_CONFIGURATION(watching);

} // namespace
