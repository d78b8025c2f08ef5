// The count of requests by rolling hour and UTC day: what is counted for how long, what a limit says, and when.
#include "unit/core_budget_rows.hpp"

using namespace budget_test;

BOOST_AUTO_TEST_SUITE(core_budget)

BOOST_AUTO_TEST_CASE(without_limits_it_only_counts)
{
    budget b({});
    clocks c;
    BOOST_TEST(b.last_hour(c.now) == 0U);
    BOOST_TEST(b.today(c.wall) == 0U);
    for (unsigned i = 1; i <= 1000; ++i) {
        BOOST_TEST(request(b, c) == nothing);
        BOOST_TEST(b.last_hour(c.now) == i);
        BOOST_TEST(b.today(c.wall) == i);
        BOOST_TEST(!b.blocked_until(c.now, c.wall));
    }
}

BOOST_AUTO_TEST_CASE(a_request_counts_for_more_than_60_minutes_and_at_most_61)
{
    for (const duration within_minute : {0ns, 1ns, 30s + 0ns, 60s - 1ns}) {
        budget b({});
        const instant at = start + within_minute;
        b.on_request(at, noon);
        BOOST_TEST(b.last_hour(at) == 1U);
        BOOST_TEST(b.last_hour(at + 60min) == 1U);
        BOOST_TEST(b.last_hour(start + 61min - 1ns) == 1U);
        BOOST_TEST(b.last_hour(start + 61min) == 0U);
        BOOST_TEST(b.last_hour(at + 61min) == 0U);
        BOOST_TEST(b.last_hour(start + 24h * 365) == 0U);
    }
}

BOOST_AUTO_TEST_CASE(the_hard_limit_of_the_hour_frees_minute_by_minute)
{
    budget b({.hard_per_hour = 3});
    BOOST_TEST(!b.blocked_until(start, noon));
    BOOST_TEST(b.on_request(start + 10s, noon) == nothing);
    BOOST_TEST(b.on_request(start + 5min + 59s, noon) == nothing);
    BOOST_TEST(!b.blocked_until(start + 6min, noon));
    BOOST_TEST(b.on_request(start + 7min, noon) == hard);
    BOOST_TEST(b.blocked_until(start + 7min, noon) == start + 61min);
    BOOST_TEST(b.blocked_until(start + 61min - 1ns, noon) == start + 61min);
    BOOST_TEST(!b.blocked_until(start + 61min, noon));
    BOOST_TEST(b.on_request(start + 61min, noon) == hard);
    BOOST_TEST(b.blocked_until(start + 61min, noon) == start + 66min);
    BOOST_TEST(!b.blocked_until(start + 66min, noon));
    BOOST_TEST(!b.blocked_until(start + 66min + 24h, noon));
}

BOOST_AUTO_TEST_CASE(more_than_the_hard_limit_waits_until_enough_have_left)
{
    budget b({.hard_per_hour = 2});
    for (const int minute : {0, 1, 1, 2, 3})
        b.on_request(start + std::chrono::minutes{minute}, noon);
    // Five are counted, one may be left: minutes 0 to 2 have to leave.
    BOOST_TEST(b.blocked_until(start + 3min, noon) == start + 63min);
    BOOST_TEST(b.blocked_until(start + 62min, noon) == start + 63min);
    BOOST_TEST(!b.blocked_until(start + 63min, noon));

    budget all_at_once({.hard_per_hour = 1});
    for (int i = 0; i < 5; ++i)
        all_at_once.on_request(start, noon);
    BOOST_TEST(all_at_once.blocked_until(start, noon) == start + 61min);
}

BOOST_AUTO_TEST_CASE(the_hard_limit_of_the_day_frees_at_utc_midnight)
{
    budget b({.hard_per_day = 2});
    clocks c;
    BOOST_TEST(request(b, c) == nothing);
    c.pass(1h);
    BOOST_TEST(request(b, c) == hard);
    BOOST_TEST(b.blocked_until(c.now, c.wall) == c.now + 11h);
    c.pass(11h - 1ns);
    BOOST_TEST(b.blocked_until(c.now, c.wall) == c.now + 1ns);
    BOOST_TEST(b.today(c.wall) == 2U);
    c.pass(1ns);
    BOOST_TEST(!b.blocked_until(c.now, c.wall));
    BOOST_TEST(b.today(c.wall) == 0U);
    BOOST_TEST(request(b, c) == nothing);
    BOOST_TEST(request(b, c) == hard);
    BOOST_TEST(b.blocked_until(c.now, c.wall) == c.now + 24h);
    c.pass(24h * 300);
    BOOST_TEST(!b.blocked_until(c.now, c.wall));
}

BOOST_AUTO_TEST_CASE(the_later_of_both_limits_counts)
{
    budget day_later({.hard_per_hour = 1, .hard_per_day = 1});
    BOOST_TEST(day_later.on_request(start, noon) == hard);
    BOOST_TEST(day_later.blocked_until(start, noon) == start + 12h);
    budget hour_later({.hard_per_hour = 1, .hard_per_day = 1});
    BOOST_TEST(hour_later.on_request(start, midnight - 1min) == hard);
    BOOST_TEST(hour_later.blocked_until(start, midnight - 1min) == start + 61min);
}

BOOST_AUTO_TEST_CASE(soft_limits_are_told_once_per_passing)
{
    budget b({.soft_per_hour = 2});
    clocks c;
    BOOST_TEST(request(b, c) == nothing);
    c.pass(1min);
    BOOST_TEST(request(b, c) == nothing);
    c.pass(1min);
    BOOST_TEST(request(b, c) == soft);
    BOOST_TEST(request(b, c) == nothing);
    BOOST_TEST(!b.blocked_until(c.now, c.wall));
    c.pass(59min); // one has left: 3
    BOOST_TEST(request(b, c) == nothing);
    c.pass(2min - 1ns); // and one more
    BOOST_TEST(b.last_hour(c.now) == 3U);
    BOOST_TEST(request(b, c) == nothing);
    c.pass(61min);
    BOOST_TEST(b.last_hour(c.now) == 0U);
    BOOST_TEST(request(b, c) == nothing);
    BOOST_TEST(request(b, c) == nothing);
    BOOST_TEST(request(b, c) == soft);
}

BOOST_AUTO_TEST_CASE(a_count_that_hovers_at_the_soft_limit_is_told_once)
{
    budget b({.soft_per_hour = 2});
    clocks c;
    std::vector<budget_news> told;
    for (int i = 0; i < 300; ++i) { // 2.1 an hour: two or three are counted at any time
        told.push_back(request(b, c));
        c.pass(29min);
    }
    BOOST_TEST(std::count(told.begin(), told.end(), soft) == 1);
}

BOOST_AUTO_TEST_CASE(the_soft_limit_of_the_day_is_told_each_day)
{
    budget b({.soft_per_day = 3});
    clocks c;
    for (int day = 0; day < 5; ++day) {
        for (const budget_news expected : {nothing, nothing, nothing, soft, nothing, nothing}) {
            BOOST_TEST(request(b, c) == expected);
            c.pass(1h);
        }
        c.pass(18h);
    }
}

BOOST_AUTO_TEST_CASE(the_graver_of_two_news_is_told)
{
    budget b({.soft_per_hour = 1, .hard_per_hour = 0, .soft_per_day = 1, .hard_per_day = 2});
    BOOST_TEST(b.on_request(start, noon) == nothing);
    BOOST_TEST(b.on_request(start, noon) == hard); // and both soft ones, which are told now
    BOOST_TEST(b.on_request(start, noon) == nothing);
    budget equal({.soft_per_hour = 1, .hard_per_hour = 1});
    BOOST_TEST(equal.on_request(start, noon) == hard);
    BOOST_TEST(equal.on_request(start, noon) == soft); // one that should not have left
}

BOOST_AUTO_TEST_SUITE_END()
