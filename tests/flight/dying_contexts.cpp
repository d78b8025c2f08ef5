// A waiter's io_context may die first: with limits pending, in the middle of a drain, between two deadlines, with
// completions on their way. Its handlers are dropped uncalled; everybody else goes on.
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include "support/crowd.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct dying_world : world {
    std::unique_ptr<asio::io_context> callers = std::make_unique<asio::io_context>();
    std::deque<ending> ends;

    void join(std::size_t count, const asio::any_io_executor& executor, wait_limit limit = {})
    {
        for (std::size_t n = 0; n < count; ++n)
            client->async_token(limit, asio::bind_executor(executor, counting_handler(ends.emplace_back())));
    }
    void join(std::size_t count, wait_limit limit = {}) { join(count, callers->get_executor(), limit); }

    std::size_t called() const
    {
        std::size_t n = 0;
        for (const ending& e : ends)
            n += static_cast<std::size_t>(e.called);
        return n;
    }
    std::size_t dropped() const
    {
        std::size_t n = 0;
        for (const ending& e : ends)
            n += static_cast<std::size_t>(e.dropped);
        return n;
    }
    /// The client has nothing left to wait for.
    bool comes_to_rest()
    {
        bool rest = false;
        client->async_close([&](error_code) { rest = true; });
        run();
        return rest;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(dying_contexts)

BOOST_FIXTURE_TEST_CASE(with_limits_pending_nothing_comes_of_them, dying_world)
{
    source->hold();
    start();
    join(200, within(10ms));
    join(200, asio::make_strand(*callers), within(20ms));
    const auto here = std::make_shared<answer>();
    client->async_token(within(20ms), note(here));
    run();
    pass(5ms);
    callers.reset();
    BOOST_TEST(dropped() == 400U);
    pass(15ms);
    BOOST_TEST(here->failed(errc::timed_out));
    source->release();
    run();
    BOOST_TEST(called() == 0U);
    const stats s = client->stats();
    BOOST_TEST(s.dropped == 400U);
    BOOST_TEST(s.timed_out == 1U);
    BOOST_TEST(s.waiters == s.served + s.failed + s.cancelled + s.timed_out + s.dropped);
    BOOST_TEST(comes_to_rest());
}

BOOST_FIXTURE_TEST_CASE(in_the_middle_of_telling_those_whose_limit_came, dying_world)
{
    source->hold();
    start();
    join(200, within(10ms));
    join(50); // without a limit: they wait for the flight, on the same executor
    run();
    pass(10ms);
    callers->poll_one(); // one batch
    BOOST_TEST(called() == 64U);
    callers.reset();
    BOOST_TEST(called() == 64U);
    BOOST_TEST(dropped() == 186U);
    const stats s = client->stats();
    BOOST_TEST(s.timed_out == 200U);
    BOOST_TEST(s.dropped == 50U);
    BOOST_TEST(s.waiting == 0U);
    source->release();
    run();
    BOOST_TEST(comes_to_rest());
}

BOOST_FIXTURE_TEST_CASE(with_both_lanes_half_told, dying_world)
{
    // The flight ends while the limited ones are being told: two drains of one queue are on their way.
    source->hold();
    start();
    join(100, within(10ms));
    join(100);
    run();
    pass(10ms);
    source->release();
    run();
    callers->poll_one();
    callers->poll_one();
    BOOST_TEST(called() == 128U);
    callers.reset();
    BOOST_TEST(dropped() == 72U);
    BOOST_TEST(comes_to_rest());
}

BOOST_FIXTURE_TEST_CASE(after_a_handler_threw_out_of_a_batch, dying_world)
{
    source->hold();
    start();
    join(10);
    client->async_token(asio::bind_executor(*callers, [](error_code, access_token) { throw std::runtime_error("x"); }));
    join(189);
    run();
    source->release();
    run();
    BOOST_CHECK_THROW(callers->run(), std::runtime_error);
    BOOST_TEST(called() == 10U);
    callers.reset();
    BOOST_TEST(dropped() == 189U);
    BOOST_TEST(client->stats().served == 11U);
    BOOST_TEST(client->stats().dropped == 189U);
    BOOST_TEST(comes_to_rest());
}

BOOST_FIXTURE_TEST_CASE(between_the_two_deadlines_nobody_wants_the_next_token_any_more, dying_world)
{
    config.lifetime.safety_margin = 10s;
    source->grant("first", 60s).grant("second", 60s);
    start();
    fetch();
    pass(55s);
    join(100);
    join(1, within(2s));
    run();
    callers.reset();
    BOOST_TEST(dropped() == 101U);
    pass(1h);
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(fetch().value() == "second");
}

BOOST_FIXTURE_TEST_CASE(with_hits_and_refusals_on_their_way, dying_world)
{
    source->grant("first", 60s).fail(errc::server_error);
    start();
    fetch();
    join(100); // hits
    pass(60s);
    ask(*client);
    run();
    join(100); // within the cool-down
    callers.reset();
    BOOST_TEST(dropped() == 200U);
    BOOST_TEST(client->stats().refused == 100U);
    BOOST_TEST(comes_to_rest());
}

BOOST_FIXTURE_TEST_CASE(with_a_coroutine_that_waits_within_a_limit, dying_world)
{
    source->hold();
    start();
    const auto alive = std::make_shared<int>();
    const auto waits = [&](std::shared_ptr<int> held) -> asio::awaitable<void> {
        const token_result r = co_await client->try_token(within(1s));
        BOOST_TEST(held.use_count() == 0); // never reached
        BOOST_TEST(!r);
    };
    asio::co_spawn(*callers, waits(alive), asio::detached);
    callers->poll();
    BOOST_TEST(client->stats().waiting == 1U);
    BOOST_TEST(alive.use_count() == 2);
    callers.reset();
    BOOST_TEST(alive.use_count() == 1); // its frame is gone
    pass(1s);
    BOOST_TEST(client->stats().timed_out == 0U);
    BOOST_TEST(client->stats().dropped == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_closers_context_may_die_too, dying_world)
{
    source->hold_stubbornly();
    start();
    const auto here = ask(*client);
    run();
    const auto alive = std::make_shared<bool>(false);
    client->async_close(asio::bind_executor(*callers, [alive](error_code) { *alive = true; }));
    callers.reset();
    BOOST_TEST(alive.use_count() == 1);
    source->release();
    BOOST_TEST(comes_to_rest());
    BOOST_TEST(!*alive);
    BOOST_TEST(here->aborted());
}

BOOST_AUTO_TEST_CASE(a_context_made_at_a_dead_ones_address_is_another_one)
{
    dying_world w;
    w.source->hold();
    w.start();
    std::optional<asio::io_context> callers(std::in_place);
    w.join(100, callers->get_executor());
    w.run();
    const void* const address = &*callers;
    callers.emplace();
    BOOST_TEST(address == static_cast<const void*>(&*callers));
    BOOST_TEST(w.dropped() == 100U);
    w.join(100, callers->get_executor());
    w.source->release();
    w.run();
    callers->poll();
    BOOST_TEST(w.called() == 100U);
    BOOST_TEST(w.dropped() == 100U);
    // And it dies a death of its own.
    w.pass(1h);
    w.source->hold();
    w.join(100, callers->get_executor());
    w.run();
    callers.emplace();
    w.join(100, callers->get_executor());
    w.run();
    callers.reset();
    BOOST_TEST(w.dropped() == 300U);
    BOOST_TEST(w.client->stats().dropped == 300U);
    BOOST_TEST(w.client->stats().waiting == 0U);
}

BOOST_AUTO_TEST_CASE(one_of_several_contexts_dies_at_every_step_of_a_flight)
{
    // Whatever has happened by then: each handler of the dying one ends once, and the others are served.
    enum class step { joined, started, limits_passed, answered, half_told, end };
    for (int n = 0; n < static_cast<int>(step::end); ++n)
        BOOST_TEST_CONTEXT("step " << n)
        {
            const auto dies_at = static_cast<step>(n);
            dying_world w;
            asio::io_context living;
            std::deque<asio::cancellation_signal> signals(30);
            w.source->hold();
            w.start();
            const auto reach = [&](step s) {
                if (s == dies_at)
                    w.callers.reset();
            };
            w.join(150);
            w.join(150, within(10ms));
            w.join(100, asio::make_strand(*w.callers), within(10ms));
            for (auto& s : signals)
                w.client->async_token(asio::bind_cancellation_slot(
                    s.slot(), asio::bind_executor(*w.callers, counting_handler(w.ends.emplace_back()))));
            const auto first = ask_on(*w.client, living);
            reach(step::joined);
            w.run();
            reach(step::started);
            w.pass(10ms);
            reach(step::limits_passed);
            for (std::size_t k = 0; k < signals.size(); k += 2)
                signals[k].emit(asio::cancellation_type::terminal);
            const auto second = ask_on(*w.client, living);
            w.source->release();
            w.run();
            reach(step::answered);
            if (w.callers) {
                w.callers->poll_one();
                w.callers->poll_one();
            }
            reach(step::half_told);
            living.poll();
            for (auto& s : signals)
                s.emit(asio::cancellation_type::terminal); // late, to whoever is gone
            BOOST_TEST(first->served());
            BOOST_TEST(second->served());
            for (const ending& e : w.ends)
                BOOST_REQUIRE(e.called + e.dropped == 1);
            BOOST_TEST((w.called() == 0) == (dies_at != step::half_told));
            const stats s = w.client->stats();
            BOOST_TEST(s.waiting == 0U);
            BOOST_TEST(s.waiters == s.served + s.failed + s.cancelled + s.timed_out + s.dropped);
            BOOST_TEST(w.comes_to_rest());
        }
}

BOOST_AUTO_TEST_SUITE_END()
