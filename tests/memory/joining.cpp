// Callers: the first one, those who join, hits, refusals; and those who leave.
#include <future>

#include <asio/strand.hpp>
#include <asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include "memory/sweep.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(joining)

BOOST_AUTO_TEST_CASE(a_first_call)
{
    const std::size_t call = sweep("a first call", [](scene& s) {
        s.start();
        s.scarce([&] { s.call(); });
    });
    BOOST_TEST(call > 4U); // the wait, its queue, what wakes the strand
    const std::size_t all = sweep("a first call, its flight and its wake", [](scene& s) {
        s.start();
        s.scarce([&] {
            s.call();
            s.run();
        });
    });
    BOOST_TEST(all > call + 10);
    sweep("a first call within a limit, its flight and its wake", [](scene& s) {
        s.start();
        s.scarce([&] {
            s.call(within(5s));
            s.run();
        });
    });
    sweep("a first call on another executor, its flight and its wake", [](scene& s) {
        s.start();
        s.scarce([&] {
            s.call_on(s.executor(1));
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(a_first_call_by_the_systems_clock)
{
    sweep("a first call by the system's clock, its flight and its wake", [](scene& s) {
        s.real = true;
        s.config.clock = nullptr;
        s.start();
        s.scarce([&] {
            s.call();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(joining_a_flight)
{
    const auto with_flight = [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call();
        s.run();
    };
    const std::size_t same = sweep("joining a flight", [&](scene& s) {
        with_flight(s);
        s.scarce([&] { s.call(); });
    });
    const std::size_t other = sweep("joining a flight from another executor", [&](scene& s) {
        with_flight(s);
        s.scarce([&] { s.call_on(s.executor(1)); });
    });
    BOOST_TEST(same > 0U);
    BOOST_TEST(other > same);
    sweep("joining a flight from a strand", [&](scene& s) {
        with_flight(s);
        const auto strand = asio::make_strand(s.executor(2));
        s.scarce([&] { s.call_on(strand); });
    });
    sweep("joining a flight within a limit", [&](scene& s) {
        with_flight(s);
        s.scarce([&] { s.call(within(5s)); });
    });
    sweep("becoming the 64th and the 65th waiter", [&](scene& s) {
        with_flight(s);
        for (int i = 1; i < 63; ++i)
            s.call();
        s.scarce([&] {
            s.call();
            s.call();
        });
    });
    sweep("joining from one executor after seventy others", [&](scene& s) {
        with_flight(s);
        std::vector<asio::strand<asio::any_io_executor>> strands;
        for (int i = 0; i < 70; ++i)
            s.call_on(strands.emplace_back(asio::make_strand(s.executor(1))));
        s.scarce([&] { s.call_on(s.executor(2)); });
    });
}

BOOST_AUTO_TEST_CASE(a_hit)
{
    BOOST_TEST(sweep("a hit", [](scene& s) {
                   s.start();
                   s.fetch();
                   s.scarce([&] {
                       s.call();
                       s.run();
                   });
               }) > 2U);
    sweep("a hit for another executor", [](scene& s) {
        s.start();
        s.fetch();
        s.scarce([&] {
            s.call_on(s.executor(1));
            s.run();
        });
    });
    BOOST_TEST(sweep("peek()", [](scene& s) {
                   s.start();
                   s.fetch();
                   s.scarce([&] { s.expect(bool(s.client->peek()), "no token to peek at"); });
               }) == 0U);
}

BOOST_AUTO_TEST_CASE(other_completion_tokens)
{
    sweep("a future, its flight and its wake", [](scene& s) {
        s.start();
        std::future<access_token> future;
        s.scarce([&] {
            future = s.client->async_token(asio::use_future);
            s.run();
        });
        s.settle();
        using status = std::future_status;
        if (!s.thrown)
            s.expect(future.wait_for(0s) == status::ready, "the future was never made ready");
        if (future.valid() && future.wait_for(0s) == status::ready)
            try {
                static_cast<void>(future.get());
            } catch (const std::exception&) {
                s.expect(s.report.failed != 0, "a future failed without a cause");
            }
    });
    for (const bool refused : {false, true})
        sweep(refused ? "diagnostics of a refusal" : "diagnostics of a flight", [&](scene& s) {
            s.source->fails = errc::server_error;
            s.start();
            if (refused) {
                s.call();
                s.run();
            }
            const auto details = std::make_shared<diagnostics>();
            s.kept = details;
            tally& t = s.expect_one();
            s.scarce([&] {
                s.client->async_token(*details, tally_handler(t));
                s.run();
            });
            s.settle();
            s.expect(t.error || t.dropped, "a failure was not told");
        });
}

BOOST_AUTO_TEST_CASE(refusals)
{
    const auto call_and_run = [](scene& s) {
        s.scarce([&] {
            s.call();
            s.run();
        });
    };
    sweep("a call in a cool-down", [&](scene& s) {
        s.source->fails = errc::server_error;
        s.start();
        s.call();
        s.run();
        call_and_run(s);
    });
    sweep("one waiter too many", [&](scene& s) {
        s.config.limits.max_waiters = 1;
        s.source->holds = true;
        s.start();
        s.call();
        s.run();
        call_and_run(s);
    });
    sweep("a renewal too many", [&](scene& s) {
        s.start();
        s.client->invalidate(s.fetch());
        s.client->invalidate(s.fetch());
        call_and_run(s);
    });
    sweep("a request too many", [&](scene& s) {
        s.config.budget.hard_per_hour = 2;
        s.start();
        s.client->invalidate(s.fetch());
        s.client->invalidate(s.fetch());
        call_and_run(s);
        s.pass(2h);
    });
    sweep("a call after close()", [&](scene& s) {
        s.closing = true;
        s.start();
        s.client->close();
        s.run();
        call_and_run(s);
    });
}

BOOST_AUTO_TEST_CASE(leaving)
{
    sweep("joining with a cancellation slot", [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call();
        s.run();
        s.scarce([&] { s.call_with_slot(s.leave.slot()); });
    });
    BOOST_TEST(sweep("cancelling", [](scene& s) {
                   s.source->holds = true;
                   s.start();
                   s.call();
                   s.call_with_slot(s.leave.slot());
                   s.call();
                   s.run();
                   s.scarce([&] {
                       s.leave.emit(asio::cancellation_type::terminal);
                       s.run();
                   });
               }) > 0U);
    sweep("the only one cancels", [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call_with_slot(s.leave.slot());
        s.run();
        s.scarce([&] {
            s.leave.emit(asio::cancellation_type::terminal);
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(own_limits)
{
    for (const std::size_t executors : {1U, 3U})
        BOOST_TEST(sweep(executors == 1 ? "own limits pass" : "own limits pass on three executors", [&](scene& s) {
                       s.source->holds = true;
                       s.start();
                       for (std::size_t i = 0; i < 6; ++i) {
                           s.call_on(s.executor(i % executors));
                           s.call_on(s.executor(i % executors), within(5s));
                       }
                       s.run();
                       s.advance(5s);
                       s.scarce([&] { s.run(); });
                   }) > 0U);
    sweep("a hundred own limits pass", [](scene& s) {
        s.source->holds = true;
        s.start();
        for (int i = 0; i < 100; ++i)
            s.call(within(5s));
        s.run();
        s.advance(5s);
        s.scarce([&] { s.run(); });
    });
}

BOOST_AUTO_TEST_SUITE_END()
