// The count of requests while clocks jump, at the ends of time, and against a list of all instants.
#include <limits>
#include <random>

#include "unit/core_budget_rows.hpp"

using namespace budget_test;

namespace {

std::int64_t minutes_of(instant t)
{
    return std::chrono::floor<std::chrono::minutes>(t.time_since_epoch()).count();
}

/// All requests there were.
struct naive {
    struct one {
        instant now;
        std::chrono::sys_days day;
    };
    std::vector<one> all;

    void add(const clocks& c) { all.push_back({c.now, std::chrono::floor<std::chrono::days>(c.wall)}); }
    std::uint64_t younger_than(instant now, duration age) const
    {
        return static_cast<std::uint64_t>(
            std::count_if(all.begin(), all.end(), [&](const one& o) { return now - o.now < age; }));
    }
    std::uint64_t last_hour(instant now) const
    {
        return static_cast<std::uint64_t>(std::count_if(
            all.begin(), all.end(), [&](const one& o) { return minutes_of(now) - minutes_of(o.now) <= 60; }));
    }
    std::uint64_t on_day(wall_instant wall) const
    {
        const auto day = std::chrono::floor<std::chrono::days>(wall);
        return static_cast<std::uint64_t>(
            std::count_if(all.begin(), all.end(), [&](const one& o) { return o.day == day; }));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(core_budget_clocks)

BOOST_AUTO_TEST_CASE(wall_jumps_change_nothing_of_the_hour)
{
    budget b({.hard_per_hour = 3});
    for (const wall_instant wall : {noon, noon + 24h, noon - 24h * 365})
        b.on_request(start, wall);
    for (const wall_instant wall : {noon, noon + 24h, noon - 24h, wall_instant::min(), wall_instant::max()})
        BOOST_TEST(b.blocked_until(start + 1min, wall) == start + 61min);
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_to_and_fro_gives_no_second_allowance)
{
    budget b({.hard_per_day = 3});
    for (int i = 0; i < 3; ++i)
        b.on_request(start, noon);
    BOOST_TEST(b.today(noon + 24h) == 0U);
    b.on_request(start + 1min, noon + 24h); // a jump ahead
    BOOST_TEST(b.today(noon + 24h) == 1U);
    BOOST_TEST(b.today(noon) == 4U); // and back: what was counted ahead is today's too
    BOOST_TEST(b.blocked_until(start + 2min, noon) == start + 2min + 12h);
    b.on_request(start + 3min, noon + 24h);
    b.on_request(start + 4min, noon);
    BOOST_TEST(b.today(noon + 24h) == 2U);
    BOOST_TEST(b.today(noon) == 6U);
    BOOST_TEST(b.today(noon - 24h) == 6U);
}

BOOST_AUTO_TEST_CASE(what_was_counted_in_a_far_year_is_forgotten)
{
    budget b({.hard_per_day = 2});
    clocks c;
    c.wall += 24h * 365 * 70;
    b.on_request(c.now, c.wall);
    BOOST_TEST(request(b, c) == hard);
    c.wall -= 24h * 365 * 70;
    BOOST_TEST(b.blocked_until(c.now, c.wall).has_value());
    c.pass(25h - 1ns);
    BOOST_TEST(b.blocked_until(c.now, c.wall).has_value());
    c.pass(1ns);
    BOOST_TEST(!b.blocked_until(c.now, c.wall));
    BOOST_TEST(request(b, c) == nothing);
    BOOST_TEST(b.today(c.wall) == 1U);
}

BOOST_AUTO_TEST_CASE(a_day_that_is_slewed_is_not_forgotten_before_its_end)
{
    budget b({.hard_per_day = 1});
    BOOST_TEST(b.on_request(start, midnight) == hard);
    BOOST_TEST(b.blocked_until(start + 24h + 30min, midnight + 24h - 1ns) == start + 24h + 30min + 1ns);
}

BOOST_AUTO_TEST_CASE(more_days_than_there_is_room_for_lose_no_request)
{
    std::mt19937_64 random(7);
    for (int round = 0; round < 2000; ++round) {
        budget b({});
        naive all;
        clocks c;
        for (int i = 0; i < 30; ++i) {
            c.wall = noon + std::chrono::hours{24} * static_cast<int>(random() % 12);
            c.now += 1s;
            b.on_request(c.now, c.wall);
            all.add(c);
            for (int day = 0; day < 12; ++day) {
                const wall_instant wall = noon + std::chrono::hours{24} * day;
                BOOST_REQUIRE(b.today(wall) >= all.on_day(wall));
                BOOST_REQUIRE(b.today(wall) <= all.all.size());
            }
            BOOST_REQUIRE(b.today(noon) == all.all.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_count_that_had_to_move_to_a_later_day_is_as_young_as_it_was)
{
    budget b({.hard_per_day = 1});
    for (const int day : {2, 3, 4})
        b.on_request(start, noon + 24h * day);
    b.on_request(start + 24h, noon + 24h);          // the last free place
    b.on_request(start + 24h + 1s, noon + 24h * 5); // day 1 joins day 2
    BOOST_TEST(b.today(noon + 24h * 2) == 5U);
    b.on_request(start + 25h, noon - 24h);
    BOOST_TEST(b.today(noon + 24h * 2) == 3U); // of days 1 and 2, and of day 5
    BOOST_TEST(b.today(noon + 24h * 3) == 1U);
}

BOOST_AUTO_TEST_CASE(an_instant_that_comes_late_counts_as_the_newest)
{
    budget b({});
    b.on_request(start + 5min, noon);
    b.on_request(start, noon); // another thread's clock reading
    BOOST_TEST(b.last_hour(start) == 2U);
    BOOST_TEST(b.last_hour(start + 66min - 1ns) == 2U);
    BOOST_TEST(b.last_hour(start + 66min) == 0U);

    budget hour({.hard_per_hour = 1});
    hour.on_request(start + 5min, noon);
    BOOST_TEST(hour.blocked_until(start, noon) == start + 66min);
    budget day({.hard_per_day = 1});
    day.on_request(start + 5min, noon);
    BOOST_TEST(day.blocked_until(start, noon) == start + 12h);
}

BOOST_AUTO_TEST_CASE(nothing_overflows)
{
    const instant instants[] = {instant::min(), instant::min() + 1ns, instant{-1ns}, instant{0ns},
                                start,          instant::max() - 1ns, instant::max()};
    const wall_instant walls[] = {wall_instant::min(),
                                  wall_instant{wall_instant::duration{-1}},
                                  wall_instant{},
                                  noon,
                                  wall_instant::max() - wall_instant::duration{1},
                                  wall_instant::max()};
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t limit : {std::uint64_t{1}, most})
        for (const instant first : instants)
            for (const instant then : instants)
                for (const wall_instant wall : walls) {
                    budget b({limit, limit, limit, limit});
                    BOOST_TEST(b.on_request(first, wall) == (limit == 1 ? hard : nothing));
                    BOOST_TEST(b.last_hour(first) == 1U);
                    BOOST_TEST(b.today(wall) == 1U);
                    const auto until = b.blocked_until(first, wall);
                    BOOST_TEST(until.has_value() == (limit == 1));
                    BOOST_TEST((!until || *until > first || first == instant::max()));
                    b.on_request(then, wall);
                    BOOST_TEST(b.last_hour(std::max(first, then)) >= 1U);
                    b.blocked_until(then, wall);
                }
    budget hour_only({.hard_per_hour = 1});
    hour_only.on_request(instant::max() - 1ns, noon);
    BOOST_TEST(hour_only.blocked_until(instant::max() - 1ns, noon) == instant::max());
    budget day_only({.hard_per_day = 1});
    day_only.on_request(instant::max() - 1ns, noon);
    BOOST_TEST(day_only.blocked_until(instant::max() - 1ns, noon) == instant::max());
    budget before_the_epoch({.hard_per_hour = 1});
    before_the_epoch.on_request(instant{-1ns}, wall_instant{});
    BOOST_TEST(before_the_epoch.blocked_until(instant{0ns}, wall_instant{}) == instant{60min});
    budget wall_before_the_epoch({.hard_per_day = 1});
    wall_before_the_epoch.on_request(start, wall_instant{} - 1h);
    BOOST_TEST(wall_before_the_epoch.blocked_until(start, wall_instant{} - 1h) == start + 1h);
    BOOST_TEST(wall_before_the_epoch.today(wall_instant{}) == 0U);
}

BOOST_AUTO_TEST_CASE(it_says_what_a_list_of_all_requests_says)
{
    std::mt19937_64 random(11);
    std::size_t blocked = 0;
    std::size_t left = 0;
    for (int round = 0; round < 400; ++round) {
        const budget_limits limits{0, random() % 4 == 0 ? 0 : 1 + random() % 20, 0,
                                   random() % 4 == 0 ? 0 : 1 + random() % 100};
        budget b(limits);
        naive all;
        clocks c;
        c.pass(duration{random() % std::uint64_t{duration{24h}.count()}});
        const std::uint64_t longest_step = std::uint64_t{1} << (30 + random() % 14); // 1 s to 2.4 h
        for (int i = 0; i < 300; ++i) {
            c.pass(duration{random() % longest_step});
            BOOST_REQUIRE(b.last_hour(c.now) == all.last_hour(c.now));
            BOOST_REQUIRE(b.last_hour(c.now) >= all.younger_than(c.now, 60min));
            BOOST_REQUIRE(b.last_hour(c.now) <= all.younger_than(c.now, 61min + 1ns));
            BOOST_REQUIRE(b.today(c.wall) == all.on_day(c.wall));
            const bool full = (limits.hard_per_hour != 0 && all.last_hour(c.now) >= limits.hard_per_hour) ||
                              (limits.hard_per_day != 0 && all.on_day(c.wall) >= limits.hard_per_day);
            const auto until = b.blocked_until(c.now, c.wall);
            BOOST_REQUIRE(until.has_value() == full);
            if (until) {
                // It is the first instant at which one may leave: not one nanosecond before.
                ++blocked;
                clocks then = c;
                then.pass(*until - c.now - 1ns);
                BOOST_REQUIRE(b.blocked_until(then.now, then.wall) == *until);
                then.pass(1ns);
                BOOST_REQUIRE(!b.blocked_until(then.now, then.wall));
                if (random() % 2 == 0)
                    c = then;
                continue;
            }
            ++left;
            const bool last = (limits.hard_per_hour != 0 && all.last_hour(c.now) + 1 == limits.hard_per_hour) ||
                              (limits.hard_per_day != 0 && all.on_day(c.wall) + 1 == limits.hard_per_day);
            BOOST_REQUIRE(request(b, c) == (last ? hard : nothing));
            all.add(c);
        }
    }
    BOOST_TEST(blocked > 10'000U);
    BOOST_TEST(left > 10'000U);
}

BOOST_AUTO_TEST_SUITE_END()
