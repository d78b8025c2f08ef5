// The world: time that jumps, the real client in it, coroutines that outlive their welcome, and the event log.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <stdexcept>

#include <faceki/testing/world.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/strand.hpp>

namespace {

using namespace std::chrono_literals;
using faceki::errc;
using faceki::testing::world;

using sleep_function = std::function<asio::awaitable<void>(faceki::boot_clock::duration)>;

/// A service as users write them: it knows nothing of the test kit.
class matchmaker {
public:
    matchmaker(const asio::any_io_executor& executor, faceki::client& client, sleep_function sleep)
        : client_(client), sleep_(std::move(sleep))
    {
        asio::co_spawn(executor, run(), asio::detached);
    }

    int matches = 0;
    int failures = 0;

private:
    asio::awaitable<void> run()
    {
        for (;;) {
            const faceki::token_result token = co_await client_.try_token();
            ++(token ? matches : failures);
            co_await sleep_(10s);
        }
    }

    faceki::client& client_;
    sleep_function sleep_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(the_world)

BOOST_AUTO_TEST_CASE(the_sketch_of_the_design)
{
    world w;
    faceki::client client = w.client();
    matchmaker service{w.executor(), client, [&w](auto span) { return w.sleep_for(span); }};
    w.endpoint.grant("t1", 3600s).fail(503).grant("t2", 3600s);
    w.run_for(90min);
    BOOST_TEST(w.endpoint.requests() == 3U);
    BOOST_TEST(w.endpoint.early() == 0U);
    BOOST_TEST(w.endpoint.most_in_flight() == 1U);
    BOOST_TEST(service.failures <= 1); // the 503
    BOOST_TEST(service.matches + service.failures == 540);
    BOOST_TEST((w.elapsed() == 90min));
}

BOOST_AUTO_TEST_CASE(time_stops_at_every_instant_on_the_way)
{
    world w;
    const auto start = w.now();
    std::vector<std::pair<int, faceki::boot_clock::duration>> woken;
    const auto sleeper = [&](int n, faceki::boot_clock::duration span) -> asio::awaitable<void> {
        co_await w.sleep_for(span);
        woken.emplace_back(n, w.elapsed());
        co_await w.sleep_for(span);
        woken.emplace_back(n, w.elapsed());
    };
    w.spawn(sleeper(1, 1h));
    w.spawn(sleeper(2, 1ns));
    w.spawn(sleeper(3, 25min));
    w.spawn(sleeper(4, -5s)); // as 0
    w.spawn(sleeper(5, faceki::boot_clock::duration::max()));
    w.run();
    BOOST_TEST(woken.size() == 2U);
    BOOST_TEST((w.now() == start));
    w.run_for(2h - 1ns);
    const std::vector<std::pair<int, faceki::boot_clock::duration>> expected{{4, 0s},    {4, 0s},    {2, 1ns}, {2, 2ns},
                                                                             {3, 25min}, {3, 50min}, {1, 1h}};
    BOOST_TEST((woken == expected));
    w.run_for(1ns); // the end is included
    BOOST_TEST(woken.size() == 8U);
    BOOST_TEST((w.elapsed() == 2h));
    w.run_for(-1h);
    BOOST_TEST((w.elapsed() == 2h));
}

BOOST_AUTO_TEST_CASE(alarms_of_the_clock_and_sleepers_take_turns)
{
    world w;
    const auto alarm = w.clock->make_alarm(w.executor());
    alarm->arm(w.now() + 2s, [&] {
        w.note("alarm");
        alarm->arm(w.now() + 2s, [&] { w.note("alarm"); });
    });
    const auto sleeper = [&]() -> asio::awaitable<void> {
        co_await w.sleep_for(1s);
        w.note("sleeper");
        co_await w.sleep_for(2s);
        w.note("sleeper");
    };
    w.spawn(sleeper);
    w.run_for(1min);
    const std::vector<std::string> expected{"+00:00:01.000 sleeper", "+00:00:02.000 alarm", "+00:00:03.000 sleeper",
                                            "+00:00:04.000 alarm"};
    BOOST_TEST(w.events() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_test_may_move_the_clock_itself)
{
    world w;
    bool woken = false;
    const auto sleeper = [&]() -> asio::awaitable<void> {
        co_await w.sleep_for(1min);
        woken = true;
    };
    w.spawn(sleeper);
    w.run();
    w.clock->advance(2min);
    w.run();
    BOOST_TEST(woken);
    BOOST_TEST((w.elapsed() == 2min));
}

BOOST_AUTO_TEST_CASE(run_until_stops_at_the_first_handler_that_makes_it_true)
{
    world w;
    int ticks = 0;
    const auto ticker = [&]() -> asio::awaitable<void> {
        for (;;) {
            co_await w.sleep_for(1s);
            ++ticks;
        }
    };
    w.spawn(ticker);
    BOOST_TEST(w.run_until([&] { return ticks == 7; }, 1h));
    BOOST_TEST((w.elapsed() == 7s));
    BOOST_TEST(w.run_until([&] { return ticks == 7; }, 1h)); // holds already
    BOOST_TEST((w.elapsed() == 7s));
    BOOST_TEST(!w.run_until([&] { return ticks == 1000; }, 10s));
    BOOST_TEST((w.elapsed() == 17s));
    BOOST_TEST(ticks == 17);
    BOOST_TEST(w.run_until([&] { return w.elapsed() >= 18s; }, 10s)); // time alone
}

BOOST_AUTO_TEST_CASE(exceptions_of_spawned_coroutines_leave_run_and_the_world_goes_on)
{
    world w;
    const auto broken = [&]() -> asio::awaitable<void> {
        co_await w.sleep_for(1s);
        throw std::runtime_error("broken");
    };
    int rounds = 0;
    const auto sound = [&]() -> asio::awaitable<void> {
        for (;;) {
            co_await w.sleep_for(1s);
            ++rounds;
        }
    };
    w.spawn(broken);
    w.spawn(sound);
    BOOST_CHECK_THROW(w.run_for(1min), std::runtime_error);
    BOOST_TEST((w.elapsed() == 1s));
    w.run_for(1min);
    BOOST_TEST(rounds == 61);
    const auto nested = [&]() -> asio::awaitable<void> {
        w.run();
        co_return;
    };
    w.spawn(nested);
    BOOST_CHECK_THROW(w.run(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_sleeper_can_be_cancelled)
{
    world w;
    asio::cancellation_signal cancel;
    std::error_code ended;
    const auto sleeper = [&]() -> asio::awaitable<void> {
        try {
            co_await w.sleep_for(1h);
        } catch (const std::system_error& e) {
            ended = e.code();
        }
    };
    asio::co_spawn(w.executor(), sleeper, asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    w.run_for(1min);
    BOOST_TEST(!ended);
    cancel.emit(asio::cancellation_type::terminal);
    BOOST_TEST(!ended); // by a post
    w.run();
    BOOST_TEST((ended == asio::error::operation_aborted));
    cancel.emit(asio::cancellation_type::terminal);
    w.run_for(2h);
}

BOOST_AUTO_TEST_CASE(a_sleeper_wakes_on_its_own_strand)
{
    world w;
    const auto strand = asio::make_strand(w.executor());
    bool on_strand = false;
    const auto sleeper = [&]() -> asio::awaitable<void> {
        co_await w.sleep_for(1s);
        on_strand = strand.running_in_this_thread();
    };
    asio::co_spawn(strand, sleeper, asio::detached);
    w.run_for(1s);
    BOOST_TEST(on_strand);
}

BOOST_AUTO_TEST_CASE(whatever_still_waits_is_destroyed_with_the_world)
{
    const auto alive = std::make_shared<int>();
    std::unique_ptr<faceki::client> outlives;
    {
        world w;
        w.endpoint.hold();
        const auto strand = asio::make_strand(w.executor());
        outlives.reset(new faceki::client(w.executor(), w.config));
        const faceki::client goes_first(strand, w.config);
        const auto waits_for = [&w](std::shared_ptr<int> held, faceki::client& client) -> asio::awaitable<void> {
            const faceki::access_token token = co_await client.token();
            co_await w.sleep_for(1h);
            BOOST_TEST(held.use_count() == 0); // never reached
        };
        const auto sleeps = [&w](std::shared_ptr<int> held) -> asio::awaitable<void> {
            co_await w.sleep_for(1h);
            BOOST_TEST(held.use_count() == 0); // never reached
        };
        w.spawn(waits_for(alive, *outlives)); // on a held request
        w.run();
        faceki::client second = w.client();
        w.spawn(waits_for(alive, second)); // on its way
        w.spawn(sleeps(alive));
        asio::co_spawn(strand, sleeps(alive), asio::detached);
        w.run_for(10ms);
        w.spawn(sleeps(alive)); // not started
        BOOST_TEST(w.endpoint.in_flight() == 2U);
        BOOST_TEST(alive.use_count() == 6);
    }
    BOOST_TEST(alive.use_count() == 1);
    BOOST_TEST(!outlives->peek());
    outlives.reset();
}

BOOST_AUTO_TEST_CASE(events_carry_virtual_time_and_no_secrets)
{
    world w;
    w.endpoint.grant("very-secret-token", 60s).fail(503);
    faceki::client client = w.client();
    w.note("start");
    const auto use = [&]() -> asio::awaitable<void> {
        const faceki::access_token token = co_await client.token();
        w.note("first token");
        co_await w.sleep_for(2min);
        static_cast<void>(co_await client.try_token());
        client.invalidate(token);
    };
    w.spawn(use);
    w.run_for(30h);
    w.note("end");
    const auto events = w.events();
    BOOST_REQUIRE(events.size() >= 3U);
    BOOST_TEST(events.front() == "+00:00:00.000 start");
    BOOST_TEST(events.back() == "+30:00:00.000 end");
    BOOST_TEST((std::find(events.begin(), events.end(), "+00:00:00.050 first token") != events.end()));
    std::size_t flights = 0;
    for (const std::string& line : events) {
        BOOST_TEST(line.find("very-secret") == std::string::npos);
        BOOST_TEST(line.find("world-secret") == std::string::npos);
        flights += line.find("flight") != std::string::npos ? 1 : 0;
    }
    BOOST_TEST(flights >= 2U); // the client's log is in it
}

BOOST_AUTO_TEST_SUITE_END()
