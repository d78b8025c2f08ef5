// Alarms that do not keep a context at work, on the system's clock; and what they share with plain ones.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/clock.hpp>
#include <faceki/testing/manual_clock.hpp>

#include "support/hooked_executor.hpp"

namespace {

using namespace std::chrono_literals;
using faceki::boot_clock;

struct scene {
    const std::shared_ptr<faceki::clock> clock = faceki::system_boot_clock();
    asio::io_context io{1};

    std::unique_ptr<faceki::alarm> quiet() { return clock->make_quiet_alarm(io.get_executor()); }

    /// Runs the context until `condition` holds; a quiet alarm alone would let it return.
    void run_until(const std::function<bool()>& condition)
    {
        io.restart();
        const auto work = asio::make_work_guard(io);
        const auto end = boot_clock::now() + 10s;
        while (!condition() && boot_clock::now() < end)
            io.run_one_for(20ms);
        BOOST_TEST(condition());
    }
};

/// In the child: an alarm fires there, and one it inherited is no burden.
bool alarm_fires(std::unique_ptr<faceki::alarm> inherited)
{
    scene s;
    bool fired = false;
    const auto fresh = s.quiet();
    fresh->arm(s.clock->now() + 1ms, [&] { fired = true; });
    s.run_until([&] { return fired; });
    inherited.reset();
    return fired;
}

} // namespace

BOOST_AUTO_TEST_SUITE(quiet_alarm)

BOOST_AUTO_TEST_CASE(a_context_with_nothing_but_a_quiet_alarm_has_no_work)
{
    scene s;
    const auto alarm = s.quiet();
    alarm->arm(s.clock->now() + 1h, [] { BOOST_ERROR("an hour early"); });
    const auto begin = boot_clock::now();
    BOOST_TEST(s.io.run() == 0U);
    BOOST_TEST((boot_clock::now() - begin < 10s));

    s.io.restart();
    const auto plain = s.clock->make_alarm(s.io.get_executor());
    plain->arm(s.clock->now() + 1h, [] {});
    s.io.run_for(20ms);
    BOOST_TEST(!s.io.stopped()); // whereas that one is work
}

BOOST_AUTO_TEST_CASE(it_fires_on_its_executor_at_its_instant_and_not_inside_arm)
{
    scene s;
    const auto strand = asio::make_strand(s.io);
    const auto alarm = s.clock->make_quiet_alarm(strand);
    const auto when = s.clock->now() + 30ms;
    std::optional<boot_clock::time_point> fired;
    alarm->arm(when, [&] {
        BOOST_TEST(strand.running_in_this_thread());
        fired = s.clock->now();
    });
    s.run_until([&] { return fired.has_value(); });
    BOOST_TEST((*fired >= when));
    BOOST_TEST_MESSAGE(std::chrono::duration_cast<std::chrono::microseconds>(*fired - when).count() << " us late");

    fired.reset();
    alarm->arm(when, [&] { fired = s.clock->now(); }); // past
    BOOST_TEST(!fired.has_value());
    s.run_until([&] { return fired.has_value(); });

    fired.reset();
    alarm->arm(boot_clock::time_point{} - 1h, [&] { fired = s.clock->now(); });
    s.run_until([&] { return fired.has_value(); });

    alarm->arm(boot_clock::time_point::max(), [] { BOOST_ERROR("before the end of time"); });
    s.io.restart();
    s.io.run();
}

BOOST_AUTO_TEST_CASE(what_fires_while_nobody_runs_the_context_waits_for_who_does)
{
    scene s;
    bool fired = false;
    const auto alarm = s.quiet();
    s.io.run();
    alarm->arm(s.clock->now() + 1ms, [&] { fired = true; });
    BOOST_TEST(!fired);
    s.run_until([&] { return fired; });
}

BOOST_AUTO_TEST_CASE(armed_again_for_earlier_and_for_later)
{
    scene s;
    std::vector<int> order;
    const auto first = s.quiet();
    const auto second = s.quiet();
    const auto now = s.clock->now();
    first->arm(now + 1h, [&] { order.push_back(0); });
    second->arm(now + 200ms, [&] { order.push_back(2); });
    first->arm(now + 20ms, [&] { order.push_back(1); }); // wakes the thread before what it sleeps for
    s.run_until([&] { return order.size() == 2; });
    BOOST_TEST(order == (std::vector{1, 2}), boost::test_tools::per_element());

    order.clear();
    first->arm(s.clock->now() + 10ms, [&] { order.push_back(0); });
    first->arm(s.clock->now() + 200ms, [&] { order.push_back(2); });
    second->arm(s.clock->now() + 50ms, [&] { order.push_back(1); });
    s.run_until([&] { return order.size() == 2; });
    BOOST_TEST(order == (std::vector{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(disarmed_or_armed_anew_between_the_post_and_the_call)
{
    scene s;
    const auto alarm = s.quiet();
    const auto witness = s.quiet();
    bool posted = false;
    std::vector<int> fired;
    // Due at one instant, and posted in the order of arming: when the second runs, the first's wake-up has been queued.
    const auto when = s.clock->now() + 5ms;
    witness->arm(when, [&] {
        posted = true;
        alarm->disarm();
    });
    alarm->arm(when, [&] { fired.push_back(1); });
    s.run_until([&] { return posted; });
    s.io.restart();
    s.io.run_for(20ms);
    BOOST_TEST(fired.empty());

    posted = false;
    const auto again = s.clock->now() + 5ms;
    witness->arm(again, [&] {
        posted = true;
        const auto later = s.clock->now() + 20ms;
        alarm->arm(later, [&, later] { fired.push_back(s.clock->now() >= later ? 2 : 3); });
    });
    alarm->arm(again, [&] { fired.push_back(1); });
    s.run_until([&] { return !fired.empty(); });
    BOOST_TEST(posted);
    BOOST_TEST(fired == (std::vector{2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(destroyed_or_armed_inside_its_own_fire)
{
    scene s;
    auto doomed = s.quiet();
    doomed->arm(s.clock->now(), [&] { doomed.reset(); });
    s.run_until([&] { return !doomed; });

    const auto repeated = s.quiet();
    int rounds = 0;
    std::function<void()> again = [&] {
        if (++rounds < 5)
            repeated->arm(s.clock->now() + 1ms, again);
    };
    repeated->arm(s.clock->now(), again);
    s.run_until([&] { return rounds == 5; });
}

BOOST_AUTO_TEST_CASE(a_thousand_alarms_fire_in_the_order_of_their_instants)
{
    scene s;
    std::vector<std::unique_ptr<faceki::alarm>> alarms;
    std::vector<int> order;
    const auto begin = s.clock->now() + 300ms; // when all are armed
    for (int n = 0; n < 1000; ++n) {
        const int place = n * 7 % 1000; // every place once
        alarms.push_back(s.quiet());
        alarms.back()->arm(begin + place * 20us, [&order, place] { order.push_back(place); });
    }
    s.run_until([&] { return order.size() == 1000; });
    for (int n = 0; n < 1000; ++n)
        BOOST_TEST(order.at(static_cast<std::size_t>(n)) == n);
}

BOOST_AUTO_TEST_CASE(the_context_may_go_right_after_the_alarm_was_disarmed_or_destroyed)
{
    // The instant and the end meet: whatever the thread is doing, it touches no context that is gone.
    const auto clock = faceki::system_boot_clock();
    for (int round = 0; round < 300; ++round) {
        auto io = std::make_unique<asio::io_context>(1);
        auto alarm = clock->make_quiet_alarm(asio::make_strand(*io));
        const auto held = std::make_shared<int>(round);
        const auto when = clock->now() + std::chrono::microseconds(round);
        alarm->arm(when, [held] {});
        while (round % 3 == 0 && clock->now() < when) {
        }
        if (round % 2 == 0)
            alarm->disarm();
        alarm.reset();
        io.reset();
        BOOST_TEST(held.use_count() == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_post_that_fails_is_tried_again)
{
    scene s;
    std::atomic<int> failures = 3;
    const std::function<void()> fail = [&] {
        if (failures.fetch_sub(1) > 0)
            throw std::bad_alloc();
    };
    const auto alarm = s.clock->make_quiet_alarm(faceki::test::hooked_executor(s.io, fail));
    int fired = 0;
    const auto when = s.clock->now() + 1ms;
    alarm->arm(when, [&] { ++fired; });
    s.run_until([&] { return fired != 0; });
    BOOST_TEST(failures.load() == -1);
    BOOST_TEST((s.clock->now() - when >= 30ms)); // a little later each time, not in a tight loop
    s.io.restart();
    s.io.run_for(20ms);
    BOOST_TEST(fired == 1);
}

BOOST_AUTO_TEST_CASE(a_forked_child_has_its_own)
{
#if defined(__SANITIZE_THREAD__)
    BOOST_TEST_MESSAGE("the thread sanitizer allows no new threads in a forked child");
#else
    scene s;
    auto inherited = s.quiet();
    bool fired = false;
    inherited->arm(s.clock->now() + 300ms, [&] { fired = true; });
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20); // whatever hangs
        const bool good = alarm_fires(std::move(inherited));
        ::_exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    BOOST_TEST_REQUIRE(child > 0);
    int status = -1;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS));
    s.run_until([&] { return fired; }); // the parent's own goes on
#endif
}

BOOST_AUTO_TEST_CASE(virtual_time_has_none_of_its_own_kind)
{
    faceki::testing::manual_clock time;
    asio::io_context io;
    const auto alarm = time.make_quiet_alarm(io.get_executor());
    bool fired = false;
    alarm->arm(time.now() + 1h, [&] { fired = true; });
    BOOST_TEST(io.run() == 0U);
    time.advance(1h);
    BOOST_TEST(!fired);
    io.restart();
    io.run();
    BOOST_TEST(fired);
}

BOOST_AUTO_TEST_SUITE_END()
