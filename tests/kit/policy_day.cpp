// How many requests a day costs: a call every second, tokens of an hour or five minutes, wall clocks that jump,
// machines that sleep.
#include <boost/test/unit_test.hpp>

#include <string>

#include "kit/policy_day.hpp"

using namespace faceki_test;

namespace {

/// What holds on every day, whatever happens on it.
void check_musts(service_day& d)
{
    BOOST_TEST(d.w.endpoint.early() == 0U);
    BOOST_TEST(d.w.endpoint.dead() == 0U);
    BOOST_TEST(d.refused == 0U);
    BOOST_TEST(d.stale == 0U);
    BOOST_TEST(d.w.endpoint.presented() == d.served);
    BOOST_TEST(d.w.endpoint.most_in_flight() == 1U);
    BOOST_TEST(d.w.endpoint.requests() == d.client->stats().requests_sent);
}

} // namespace

BOOST_AUTO_TEST_SUITE(policy_day)

// Why 24 and not 25: no request leaves before the last answer's arrival + 3600 s, so a cycle is 3600 s + the exchange +
// the time until somebody calls. That is more than an hour, so 24 cycles are more than a day, and in any 24 hours 24
// requests fit, not 25. A 25th takes a cycle of an hour or less: an endpoint that says 3599 s (because it rounds down,
// or counts from its own issue), or an exchange of no time at all and both ends of the day counted. A failed attempt is
// a request more. The same with 300 s: 86,400 / 300.05 = 287.95, so 288; with 2 s of latency the cycle is 302 s, and
// 287 fit.
BOOST_AUTO_TEST_CASE(a_day_costs_what_lifetime_and_exchange_say_and_not_one_more)
{
    struct row {
        const char* what;
        service_day::options with;
        std::size_t expected;
    };
    const row rows[] = {
        {"an hour, 50 ms", {1h, 50ms, 1s}, 24},
        {"an hour, a slow endpoint", {1h, 5s, 1s}, 24},
        {"an hour, the day begins with the first call", {1h, 1ms, 0s}, 24},
        {"an hour, an exchange of no time, both ends of the day", {1h, 0ms, 0s}, 25},
        {"a second less than an hour", {3599s, 50ms, 0s}, 25},
        {"five minutes, 50 ms", {5min, 50ms, 1s}, 288},
        {"five minutes, 800 ms", {5min, 800ms, 1s}, 288},
        {"five minutes, 2 s: 302 s each", {5min, 2s, 1s}, 287},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.what)
        {
            service_day d(r.with);
            d.w.run_for(day);
            BOOST_TEST(d.w.endpoint.requests() == r.expected);
            BOOST_TEST((d.seen->departures() == planned_departures(r.with, day)));
            BOOST_TEST(d.failed == 0U);
            BOOST_TEST(d.calls == static_cast<std::size_t>((day - r.with.first_call) / 1s) + 1);
            // The two-deadline gap (the exchange, 1 s at most) and one exchange.
            BOOST_TEST((d.longest_wait <= std::min<span>(r.with.latency, 1s) + r.with.latency));
            check_musts(d);
        }
}

BOOST_AUTO_TEST_CASE(without_a_caller_keep_fresh_costs_the_same_and_peek_alone_costs_nothing)
{
    for (const bool kept : {true, false}) {
        faceki::testing::world w;
        faceki::client client = w.client();
        faceki::freshness fresh = kept ? client.keep_fresh() : faceki::freshness{};
        const auto peeks = [&]() -> asio::awaitable<void> {
            for (;; co_await w.sleep_for(1s))
                static_cast<void>(client.peek());
        };
        w.spawn(peeks);
        w.run_for(day);
        BOOST_TEST(w.endpoint.requests() == (kept ? 24U : 0U));
        BOOST_TEST(w.endpoint.early() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(wall_clock_jumps_of_a_day_change_nothing_but_the_count_of_the_utc_day)
{
    constexpr span first_jump = 8h;
    constexpr span second_jump = 16h;
    constexpr span almost_midnight = day - 1s;
    const service_day::options with{5min, 50ms, 1s};
    service_day plain(with);
    plain.w.run_for(almost_midnight);
    const record& r = *plain.seen;
    const std::size_t morning = r.between(0s, first_jump);
    const std::size_t noon = r.between(first_jump, second_jump);
    const std::size_t evening = r.between(second_jump, day);
    BOOST_TEST(plain.client->stats().requests_today == morning + noon + evening);

    struct row {
        const char* what;
        std::chrono::seconds by; ///< first by this, then back
        std::size_t after_first; ///< requests_today right after the jump
        std::size_t before_second;
        std::size_t after_second;
        std::size_t at_midnight;
    };
    const row rows[] = {
        // The clock ran ahead: its day began empty, and is counted with the right one when it is put right.
        {"a day forward, then back", 24h, 0, noon, morning + noon, morning + noon + evening},
        // It went back: nothing is forgotten. Put right, it has a new day, which knows what was counted under it.
        {"a day back, then forward", -24h, morning, morning + noon, morning, morning + evening},
    };
    for (const row& j : rows)
        BOOST_TEST_CONTEXT(j.what)
        {
            service_day d(with);
            const auto today = [&] { return d.client->stats().requests_today; };
            d.w.run_for(first_jump - 1ns);
            d.w.clock->jump_wall(j.by);
            BOOST_TEST(today() == j.after_first);
            d.w.run_for(second_jump - first_jump);
            BOOST_TEST(today() == j.before_second);
            d.w.clock->jump_wall(-j.by);
            BOOST_TEST(today() == j.after_second);
            d.w.run_for(almost_midnight - second_jump + 1ns);
            BOOST_TEST(today() == j.at_midnight);
            BOOST_TEST((d.seen->departures() == r.departures()));
            BOOST_TEST(d.client->stats().requests_last_hour == plain.client->stats().requests_last_hour);
            BOOST_TEST(d.served == plain.served);
            BOOST_TEST(d.failed == 0U);
            check_musts(d);
        }
}

BOOST_AUTO_TEST_CASE(a_suspend_of_8_hours_ends_in_one_request_whenever_it_begins)
{
    struct row {
        const char* what;
        span asleep_at;
    };
    // The first token: asked for at 1 s, dead at 3601 s, its successor asked for at 3601.05 s.
    const row rows[] = {
        {"a token lives", 30min},
        {"its use is watched", 3580s},
        {"the connection is being made ready", 3600s},
        {"somebody waits between the two deadlines", 3601s + 20ms},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.what)
        {
            service_day d({1h, 50ms, 1s});
            d.w.run_for(r.asleep_at);
            BOOST_TEST(d.seen->warming == (r.asleep_at == 3600s));
            const std::size_t before = d.w.endpoint.requests();
            d.w.clock->advance(8h);
            const span resumed = d.w.elapsed();
            d.w.run_for(59min);
            BOOST_TEST(d.w.endpoint.requests() == before + 1);
            BOOST_TEST((d.seen->attempts.back().began == resumed));
            BOOST_TEST(d.failed == 0U);
            BOOST_TEST(d.served == d.calls);
            check_musts(d);
        }
}

BOOST_AUTO_TEST_CASE(a_hundred_callers_that_wake_at_once_after_a_suspend_share_one_request)
{
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        service_day d({.seed = seed});
        const auto worker = [&d]() -> asio::awaitable<void> {
            for (;; co_await d.w.sleep_for(1min)) {
                const faceki::access_token token = co_await d.client->token();
                BOOST_TEST(d.w.endpoint.api_status(token) == 200);
            }
        };
        for (int n = 0; n < 100; ++n)
            d.w.spawn(worker);
        d.w.run_for(2h);
        const std::size_t before = d.w.endpoint.requests();
        d.w.clock->advance(8h);
        d.w.run_for(30min);
        d.w.clock->advance(8h);
        d.w.run_for(30min);
        BOOST_TEST(d.w.endpoint.requests() == before + 2);
        BOOST_TEST(d.failed == 0U);
        BOOST_TEST(d.w.endpoint.dead() == 0U);
        BOOST_TEST(d.w.endpoint.early() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_suspend_during_a_flight_costs_one_request_more_at_most)
{
    // On resume both are due, the answer and the flight's deadline. If the deadline comes first the request is lost, as
    // any that was not answered: then there is a cool-down and one more.
    std::size_t lost = 0;
    std::size_t kept = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
        for (const bool answered : {true, false}) {
            service_day d({.seed = seed});
            d.w.run_for(30min);
            if (!answered)
                d.w.endpoint.hold();
            d.w.run_for(30min + 1s + 70ms);
            BOOST_TEST(d.w.endpoint.in_flight() == 1U);
            const std::size_t before = d.w.endpoint.requests();
            d.w.clock->advance(8h);
            d.w.run_for(59min);
            const std::size_t more = d.w.endpoint.requests() - before;
            BOOST_TEST(more <= 1U);
            BOOST_TEST(d.client->stats().failures == more);
            BOOST_TEST((answered || more == 1));
            BOOST_TEST((d.failed == 0U) == (more == 0));
            BOOST_TEST(d.w.endpoint.dead() == 0U);
            BOOST_TEST(d.w.endpoint.most_in_flight() == 1U);
            ++(more == 0 ? kept : lost);
        }
    BOOST_TEST(lost >= 20U);
    BOOST_TEST_MESSAGE("the answer was taken " << kept << " times of 20");
}

BOOST_AUTO_TEST_SUITE_END()
