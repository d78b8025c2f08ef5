// The pauses between the attempts of a flight: their bounds, Retry-After, the flight's deadline, and no overflow.
#include <limits>

#include <boost/test/unit_test.hpp>

#include "core/attempts.hpp"
#include "support/print.hpp"

using namespace std::chrono_literals;
using namespace faceki::core;
using faceki::errc;
using faceki::failure_kind;

namespace {

const instant start{1000h};
const instant far_away = start + 24h;
constexpr double almost_one = 0x1.fffffffffffffp-1;

} // namespace

BOOST_AUTO_TEST_SUITE(core_attempts_pauses)

BOOST_AUTO_TEST_CASE(the_pause_is_jittered_in_full_and_doubles_up_to_its_bound)
{
    const attempt_policy policy{.most = 100};
    const duration bounds[] = {1s, 2s, 4s, 5s, 5s, 5s};
    for (int retry = 1; retry <= 6; ++retry) {
        const duration bound = bounds[retry - 1];
        BOOST_TEST(retry_pause(policy, retry, 0) == 0s);
        BOOST_TEST(retry_pause(policy, retry, 0.5) == bound / 2);
        BOOST_TEST(retry_pause(policy, retry, 0.25) == bound / 4);
        BOOST_TEST(retry_pause(policy, retry, almost_one) >= bound - 1us);
        BOOST_TEST(retry_pause(policy, retry, almost_one) <= bound);
    }
}

BOOST_AUTO_TEST_CASE(a_bound_between_two_doublings_is_not_reached_early)
{
    const attempt_policy policy{.most = 100, .first_pause = 1s, .longest_pause = 4999ms};
    BOOST_TEST(retry_pause(policy, 3, 0.5) == 2s);
    BOOST_TEST(retry_pause(policy, 4, 0.5) == 2499500us);
    BOOST_TEST(retry_pause({.first_pause = 1000ns, .longest_pause = 4003ns}, 3, 0.5) == 2000ns);
    BOOST_TEST(retry_pause({.first_pause = 9s, .longest_pause = 2s}, 1, 0.5) == 1s);
}

BOOST_AUTO_TEST_CASE(large_bounds_are_not_passed_by_rounding)
{
    for (const duration::rep power : {52, 53, 54, 60, 61, 62})
        for (duration::rep n = -1100; n <= 1100; ++n) {
            const duration bound{(duration::rep{1} << power) + n};
            BOOST_REQUIRE(retry_pause({3, bound, duration::max()}, 1, almost_one) <= bound);
        }
}

BOOST_AUTO_TEST_CASE(the_series_pauses_before_each_retry_by_its_number)
{
    attempt_series series({.most = 5});
    const attempt_failure busy{errc::server_error, failure_kind::answered, 503};
    BOOST_TEST(series.on_failed(busy, start, far_away, 0.5) == start + 500ms);
    BOOST_TEST(series.on_failed(busy, start + 7s, far_away, 0.5) == start + 8s);
    BOOST_TEST(series.on_failed(busy, start + 9s, far_away, 0.5) == start + 11s);
    BOOST_TEST(series.on_failed(busy, start + 20s, far_away, 0) == start + 20s);
    BOOST_TEST(!series.on_failed(busy, start + 30s, far_away, 0));
}

BOOST_AUTO_TEST_CASE(retry_after_is_the_least_pause)
{
    struct row {
        std::optional<duration> retry_after;
        duration pause; ///< with random 0.5: 500 ms of its own
    };
    const row rows[] = {{{}, 500ms},
                        {0s, 500ms},
                        {-1s, 500ms},
                        {duration::min(), 500ms},
                        {500ms - 1ns, 500ms},
                        {500ms + 1ns, 500ms + 1ns},
                        {1s, 1s},
                        {120s, 120s}};
    for (const row& r : rows) {
        attempt_series series{attempt_policy{}};
        BOOST_TEST(series.on_failed({errc::server_error, failure_kind::answered, 503, r.retry_after}, start, far_away,
                                    0.5) == start + r.pause);
    }
}

BOOST_AUTO_TEST_CASE(a_pause_that_reaches_the_deadline_ends_the_flight_at_once)
{
    const attempt_failure busy{errc::server_error, failure_kind::answered, 503};
    const auto next = [](const attempt_failure& failure, duration left, double random) {
        attempt_series series{attempt_policy{}};
        const auto at = series.on_failed(failure, start, start + left, random);
        BOOST_TEST(series.made() == (at ? 2 : 1));
        return at;
    };
    BOOST_TEST(next(busy, 500ms + 1ns, 0.5) == start + 500ms);
    BOOST_TEST(!next(busy, 500ms, 0.5));
    BOOST_TEST(!next(busy, 500ms - 1ns, 0.5));
    BOOST_TEST(next(busy, 1ns, 0) == start);
    BOOST_TEST(!next(busy, 0ns, 0));
    BOOST_TEST(!next(busy, -1ns, 0));

    attempt_failure asks = busy;
    asks.retry_after = 20s;
    BOOST_TEST(next(asks, 20s + 1ns, 0.5) == start + 20s);
    BOOST_TEST(!next(asks, 20s, 0.5));
    BOOST_TEST(!next(asks, 20s - 1ns, 0.5));
}

BOOST_AUTO_TEST_CASE(nothing_overflows)
{
    const duration odd[] = {duration::min(),       -1ns,           0ns, 1ns, 1s, 24h * 365 * 10,
                            duration::max() - 1ns, duration::max()};
    const instant instants[] = {instant::min(), instant{-1ns},        instant{0ns},
                                start,          instant::max() - 1ns, instant::max()};
    const double randoms[] = {0,
                              almost_one,
                              0.5,
                              1,
                              -1,
                              1e300,
                              -1e300,
                              std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity()};
    for (const duration first : odd)
        for (const duration longest : odd) {
            const attempt_policy policy{std::numeric_limits<int>::max(), first, longest};
            for (const double random : randoms)
                for (const int retry : {std::numeric_limits<int>::min(), 0, 1, 2, 40, 62, 63, 64, 65, 1000,
                                        std::numeric_limits<int>::max()}) {
                    const duration pause = retry_pause(policy, retry, random);
                    BOOST_TEST(pause >= 0s);
                    BOOST_TEST(pause <= std::max(longest, duration{0}));
                }
            for (const duration after : odd)
                for (const instant now : instants)
                    for (const instant deadline : instants) {
                        attempt_series series(policy);
                        const auto at = series.on_failed({errc::server_error, failure_kind::answered, 503, after}, now,
                                                         deadline, almost_one);
                        BOOST_TEST((!at || (*at >= now && *at < deadline)));
                    }
        }
    BOOST_TEST(retry_pause({3, 1s, duration::max()}, 1000, 0.5) <= duration::max());
    BOOST_TEST(retry_pause({3, 1s, duration::max()}, 1000, almost_one) > 24h * 365 * 200);
    // The largest distance there is, which no duration holds.
    attempt_series series({3, 0s, 0s});
    BOOST_TEST(series.on_failed({errc::connect_failed, failure_kind::not_sent}, instant::min(), instant::max(), 0) ==
               instant::min());
}

BOOST_AUTO_TEST_CASE(between_flights_retry_after_is_obeyed_up_to_an_hour)
{
    BOOST_TEST(retry_after_between_flights({}) == 0s);
    BOOST_TEST(retry_after_between_flights(duration::min()) == 0s);
    BOOST_TEST(retry_after_between_flights(-1ns) == 0s);
    BOOST_TEST(retry_after_between_flights(0s) == 0s);
    BOOST_TEST(retry_after_between_flights(1s) == 1s);
    BOOST_TEST(retry_after_between_flights(1h - 1ns) == 1h - 1ns);
    BOOST_TEST(retry_after_between_flights(1h) == 1h);
    BOOST_TEST(retry_after_between_flights(1h + 1ns) == 1h);
    BOOST_TEST(retry_after_between_flights(duration::max()) == 1h);
}

BOOST_AUTO_TEST_SUITE_END()
