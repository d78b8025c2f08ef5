// The two deadlines of a token, and how long to stay away after failures.
#include <limits>

#include <boost/test/unit_test.hpp>

#include "core/backoff.hpp"
#include "core/lifetime.hpp"
#include "support/print.hpp"

using namespace std::chrono_literals;
using namespace faceki::core;

namespace {

const instant start{1000h};

struct lifetime_row {
    const char* sentence;
    duration sent;
    duration received;
    duration expires_in;
    lifetime_policy policy;
    duration use_until;
    duration regenerate_after;
};

const lifetime_policy plain{};

const lifetime_row lifetime_rows[] = {
    {"an exchange without duration", 0s, 0s, 3600s, plain, 3600s, 3600s},
    {"a short exchange is charged in full", 0s, 300ms, 3600s, plain, 3600s, 3600s + 300ms},
    {"exactly the uncertainty", 0s, 1s, 3600s, plain, 3600s, 3601s},
    {"a long exchange is charged at most the uncertainty", 0s, 10s, 3600s, plain, 3609s, 3610s},
    {"the margin shortens the use, not the wait", 0s, 200ms, 60s, {5s, 1s}, 55s, 60s + 200ms},
    {"no uncertainty: both deadlines count from the receipt", 0s, 10s, 60s, {0s, 0s}, 70s, 70s},
    {"a margin longer than the life", 0s, 0s, 60s, {90s, 1s}, -30s, 60s},
    {"nothing", 0s, 500ms, 0s, plain, 0s, 500ms},
    {"less than nothing counts as nothing", 0s, 500ms, -1h, plain, 0s, 500ms},
    {"the least possible", 0s, 0s, duration::min(), plain, 0s, 0s},
    {"ten years", 0s, 0s, longest_lifetime, plain, longest_lifetime, longest_lifetime},
    {"more than ten years is cut", 0s, 0s, longest_lifetime + 1ns, plain, longest_lifetime, longest_lifetime},
    {"the most possible", 0s, 0s, duration::max(), plain, longest_lifetime, longest_lifetime},
    {"one millisecond", 0s, 0s, 1ms, plain, 1ms, 1ms},
};

} // namespace

BOOST_AUTO_TEST_SUITE(core_lifetime)

BOOST_AUTO_TEST_CASE(both_deadlines_follow_the_formula)
{
    for (const lifetime_row& r : lifetime_rows)
        BOOST_TEST_CONTEXT(r.sentence)
        {
            const lifetime expected{.use_until = start + r.use_until, .regenerate_after = start + r.regenerate_after};
            BOOST_TEST(make_lifetime(start + r.sent, start + r.received, r.expires_in, r.policy) == expected);
        }
}

BOOST_AUTO_TEST_CASE(a_token_is_never_used_longer_than_its_successor_waits)
{
    for (const lifetime_row& r : lifetime_rows)
        for (const duration exchange : {0ms, 1ms, 999ms, 1000ms, 1001ms, 30000ms}) {
            const lifetime l = make_lifetime(start, start + exchange, r.expires_in, r.policy);
            BOOST_TEST(l.use_until <= l.regenerate_after);
        }
}

BOOST_AUTO_TEST_CASE(the_believed_maximum_is_ten_years)
{
    BOOST_TEST(longest_lifetime == duration{24h * 365 * 10});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(core_backoff)

BOOST_AUTO_TEST_CASE(the_delay_grows_by_the_factor_up_to_the_cap)
{
    const backoff_policy policy;
    const duration expected[] = {1s, 1600ms, 2560ms, 4096ms};
    for (unsigned n = 1; n <= 4; ++n)
        BOOST_TEST(backoff_delay(policy, n, 0.5) == expected[n - 1]);
    BOOST_TEST(backoff_delay(policy, 11, 0.5) < 120s); // 1.6^10 = 109.95
    BOOST_TEST(backoff_delay(policy, 12, 0.5) == 120s);
    BOOST_TEST(backoff_delay(policy, 13, 0.5) == 120s);
}

BOOST_AUTO_TEST_CASE(it_never_shrinks_and_never_overflows_however_many_failures)
{
    const backoff_policy policy;
    duration previous{0};
    for (unsigned n = 0; n < 2000; ++n) {
        const duration delay = backoff_delay(policy, n, 0.5);
        BOOST_REQUIRE(delay >= previous);
        previous = delay;
    }
    for (const unsigned n :
         {1'000'000U, std::numeric_limits<unsigned>::max() - 1, std::numeric_limits<unsigned>::max()})
        BOOST_TEST(backoff_delay(policy, n, 0.5) == 120s);
}

BOOST_AUTO_TEST_CASE(the_spread_is_a_fifth_to_either_side_and_symmetric)
{
    const backoff_policy policy;
    for (const unsigned n : {1U, 2U, 5U, 12U, 100U}) {
        const double delay = static_cast<double>(backoff_delay(policy, n, 0.5).count());
        const double least = static_cast<double>(backoff_delay(policy, n, 0.0).count());
        const double most = static_cast<double>(backoff_delay(policy, n, 0x1.fffffffffffffp-1).count());
        BOOST_TEST(least == delay * 0.8, boost::test_tools::tolerance(1e-9));
        BOOST_TEST(most == delay * 1.2, boost::test_tools::tolerance(1e-9));
    }
}

BOOST_AUTO_TEST_CASE(a_random_number_outside_its_range_is_no_way_out_of_the_bounds)
{
    const backoff_policy policy;
    BOOST_TEST(backoff_delay(policy, 1, -7.0) == 800ms);
    BOOST_TEST(backoff_delay(policy, 1, 7.0) == 1200ms);
}

BOOST_AUTO_TEST_CASE(without_spread_the_random_number_does_not_matter)
{
    const backoff_policy rejected{5s, 2.0, 5min, 0.0};
    for (const double random : {0.0, 0.3, 0.5, 0.99}) {
        BOOST_TEST(backoff_delay(rejected, 1, random) == 5s);
        BOOST_TEST(backoff_delay(rejected, 2, random) == 10s);
        BOOST_TEST(backoff_delay(rejected, 6, random) == 160s);
        BOOST_TEST(backoff_delay(rejected, 7, random) == 300s);
        BOOST_TEST(backoff_delay(rejected, 1000, random) == 300s);
    }
}

BOOST_AUTO_TEST_CASE(odd_policies_end_and_stay_within_their_cap)
{
    BOOST_TEST(backoff_delay({10s, 1.0, 120s, 0.0}, 1'000'000'000, 0.5) ==
               10s); // no growth: must not loop a billion times
    BOOST_TEST(backoff_delay({10s, 0.5, 120s, 0.0}, 50, 0.5) == 10s);
    BOOST_TEST(backoff_delay({300s, 2.0, 120s, 0.0}, 1, 0.5) == 120s);
    BOOST_TEST(backoff_delay({0s, 2.0, 120s, 0.2}, 3, 0.5) == 0s);
}

BOOST_AUTO_TEST_SUITE_END()
