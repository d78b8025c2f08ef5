// The clock that moves in steps, and how late it may be.
#include <ctime>

#include <boost/test/unit_test.hpp>

#include "refresh/coarse_clock.hpp"

using faceki::coarse_tick;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(refresh_coarse_clock)

BOOST_AUTO_TEST_CASE(the_longest_lag_is_two_steps_and_not_below_8_ms)
{
    timespec step{};
    BOOST_REQUIRE(::clock_getres(CLOCK_MONOTONIC_COARSE, &step) == 0);
    const auto two_steps = std::chrono::nanoseconds{step.tv_nsec} * 2;
    BOOST_TEST((faceki::longest_lag() == (two_steps > 8ms ? two_steps : 8ms)));
    BOOST_TEST((faceki::longest_lag() <= 40ms)); // 100 Hz is the slowest kernel; twice that, to be on the safe side
}

BOOST_AUTO_TEST_CASE(no_tick_is_the_one_that_never_was)
{
    BOOST_TEST((coarse_tick{} == coarse_tick{}));
    BOOST_TEST((coarse_tick{} == coarse_tick{-1, -1})); // neither number is a clock's
    BOOST_TEST((coarse_tick::current() != coarse_tick{}));
}

BOOST_AUTO_TEST_CASE(it_stands_for_a_while_and_moves_on)
{
    std::size_t same = 0, moved = 0;
    for (coarse_tick before = coarse_tick::current(); moved < 3;) {
        const coarse_tick now = coarse_tick::current();
        ++(now == before ? same : moved);
        before = now;
    }
    BOOST_TEST(same > moved);
}

BOOST_AUTO_TEST_SUITE_END()
