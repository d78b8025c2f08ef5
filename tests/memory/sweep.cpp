// The cells, what is said about them, and the sum of all.
#include "memory/sweep.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "memory/symbols.hpp"

// Part of the sanitizers' runtimes; null in a plain build.
extern "C" [[gnu::weak]] int __lsan_do_recoverable_leak_check();
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*)());

namespace faceki::test {
namespace {

constexpr std::size_t no_shortage = 1'000'000;

/// The cell that is played, for whoever has to say where the process died.
std::array<char, 256> cell_text{};

void say_where()
{
    constexpr std::string_view words = "\nthe process dies in this cell: ";
    static_cast<void>(!::write(STDERR_FILENO, words.data(), words.size()));
    static_cast<void>(!::write(STDERR_FILENO, cell_text.data(), std::strlen(cell_text.data())));
    static_cast<void>(!::write(STDERR_FILENO, "\n", 1));
}

[[noreturn]] void say_what_and_where()
{
    const plenty here;
    const std::string text = "\nafter a failed allocation in " + report().first.text(12);
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    std::abort();
}

void say_where_and_die(int signal)
{
    say_where();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void set_cell(const cell& which)
{
    const std::string text = which.text();
    std::strncpy(cell_text.data(), text.c_str(), cell_text.size() - 1);
}

struct sums {
    std::size_t allocations = 0;
    std::array<std::size_t, 4> by{}; ///< of `owner`

    void add(const sums& other)
    {
        allocations += other.allocations;
        for (std::size_t i = 0; i < by.size(); ++i)
            by[i] += other.by[i];
    }
    std::string text() const
    {
        const auto of = [&](owner who) { return std::to_string(by[static_cast<std::size_t>(who)]); };
        return std::to_string(allocations) + " allocations failed: " + of(owner::faceki) + " of the client, " +
               of(owner::kit) + " of the kit, " + of(owner::test) + " of the test; " + of(owner::asio) +
               " spared, Asio's own";
    }
};

sums everything;
std::size_t scenarios = 0;
std::size_t cells = 0;
std::map<std::string, std::size_t> spared; ///< Asio's own, by function

/// Before the first test and after the last one.
struct frame {
    frame()
    {
        load_symbols();
        std::set_terminate(say_what_and_where);
        std::signal(SIGABRT, say_where_and_die);
        if (__sanitizer_set_death_callback)
            __sanitizer_set_death_callback(say_where);
        else
            std::signal(SIGSEGV, say_where_and_die);
    }
    ~frame()
    {
        for (const auto& [name, count] : spared)
            BOOST_TEST_MESSAGE("not made to fail, " << count << " times: " << name);
        BOOST_TEST_MESSAGE("scenarios=" << scenarios << " cells=" << cells << ", " << everything.text());
    }
};
BOOST_TEST_GLOBAL_FIXTURE(frame);

/// True if the operation came to its n-th allocation.
bool play_cell(const cell& which, const std::function<void(scene&)>& play, sums& count, bool* real = nullptr)
{
    set_cell(which);
    const std::ptrdiff_t before = live_blocks();
    shortage_report report;
    {
        scene s(which);
        play(s);
        s.conclude();
        report = s.report;
        if (real)
            *real = s.real;
    }
    // A thread that looked up a name gives its own memory back a moment after it has answered.
    for (int i = 0; i < 1000 && live_blocks() != before; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    const std::ptrdiff_t left = live_blocks() - before;
    const bool reached = report.seen > which.n;
    if (left != 0 && which.n != no_shortage)
        BOOST_ERROR(which.text() << " (" << report.first.text() << "): " << left << " blocks more than before");
    if (!reached)
        return false;
    ++cells;
    if (which.how == shortage::one) {
        if (report.spared != 0)
            ++spared[report.first_spared.text(3)];
        else
            ++count.allocations;
        ++count.by[static_cast<std::size_t>(report.spared != 0 ? owner::asio : report.first.by())];
    }
    return true;
}

} // namespace

std::size_t sweep(std::string_view scenario, const std::function<void(scene&)>& play)
{
    BOOST_TEST_MESSAGE("sweeping: " << scenario);
    ++scenarios;
    sums count;
    for (const bool loud : {false, true}) {
        sums ignored;
        bool real = false;
        play_cell({scenario, loud, shortage::one, no_shortage}, play, ignored,
                  &real); // what is made once, and kept, is made now
        for (const shortage how : {shortage::one, shortage::rest}) {
            if (how == shortage::rest && real)
                continue; // what could not be begun is waited for: by sockets, while the deadlines' clock stands still
            std::size_t n = 0;
            while (n < 2000 && play_cell({scenario, loud, how, n}, play, count))
                ++n;
            BOOST_TEST(n < 2000U);
        }
    }
    if (__lsan_do_recoverable_leak_check)
        BOOST_TEST(__lsan_do_recoverable_leak_check() == 0, "the leak checker found something in: " << scenario);
    BOOST_TEST_MESSAGE("  " << count.text());
    everything.add(count);
    return count.allocations;
}

} // namespace faceki::test
