// Counting by minutes of one clock and by days of the other. A count grows by one at a time: 64 bits do not overflow.
#include "core/budget.hpp"

#include <algorithm>
#include <limits>

namespace faceki::core {
namespace {

constexpr std::int64_t minute_length = duration{std::chrono::minutes{1}}.count();
constexpr std::int64_t day_length = duration{std::chrono::hours{24}}.count();
constexpr duration day_remembered = std::chrono::hours{25}; // a day, and what a clock that is slewed may add to it

constexpr std::int64_t modulo(std::int64_t value, std::int64_t by) noexcept
{
    const std::int64_t rest = value % by;
    return rest < 0 ? rest + by : rest;
}

/// Rounds down, below zero too.
constexpr std::int64_t quotient(std::int64_t value, std::int64_t by) noexcept
{
    return value / by - (value % by < 0 ? 1 : 0);
}

std::int64_t minute_of(instant now) noexcept
{
    return quotient(now.time_since_epoch().count(), minute_length);
}

/// Of the epoch, in nanoseconds: the standard does not say what system_clock counts.
std::int64_t wall_count(wall_instant wall) noexcept
{
    return std::chrono::duration_cast<duration>(wall.time_since_epoch()).count();
}

std::int64_t day_of(wall_instant wall) noexcept
{
    return quotient(wall_count(wall), day_length);
}

instant start_of_minute(std::int64_t number) noexcept
{
    return number > std::numeric_limits<std::int64_t>::max() / minute_length
               ? instant::max()
               : instant{duration{number * minute_length}};
}

/// Without a sign: the distance of two instants may be more than a duration holds.
bool is_past(instant then, duration span, instant now) noexcept
{
    return now > then && static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                                 static_cast<std::uint64_t>(then.time_since_epoch().count()) >=
                             static_cast<std::uint64_t>(span.count());
}

instant next_midnight(instant now, wall_instant wall) noexcept
{
    const duration left{day_length - modulo(wall_count(wall), day_length)};
    return now > instant::max() - left ? instant::max() : now + left;
}

bool reached(std::uint64_t count, std::uint64_t limit) noexcept
{
    return limit != 0 && count >= limit;
}

} // namespace

bool budget::soft_watch::passed(std::uint64_t before, std::uint64_t limit) noexcept
{
    if (limit == 0)
        return false;
    if (before < limit)
        told = false;
    if (told || before < limit)
        return false;
    told = true;
    return true;
}

budget_news budget::on_request(instant now, wall_instant wall) noexcept
{
    forget_old_days(now);
    const std::uint64_t hour = last_hour(now);
    const std::uint64_t day = today(wall);

    begin_minute(minute_of(now));
    ++minute(newest_minute_);
    day_count& counted = place_of(day_of(wall));
    ++counted.requests;
    counted.last = now;

    // Both are asked, always: each keeps its own memory.
    const bool hour_passed = hour_watch_.passed(hour, limits_.soft_per_hour);
    const bool day_passed = day_watch_.passed(day, limits_.soft_per_day);
    const auto used_up = [](std::uint64_t before, std::uint64_t limit) {
        return !reached(before, limit) && reached(before + 1, limit);
    };
    if (used_up(hour, limits_.hard_per_hour) || used_up(day, limits_.hard_per_day))
        return budget_news::hard_limit;
    return hour_passed || day_passed ? budget_news::soft_limit : budget_news::nothing;
}

std::optional<instant> budget::blocked_until(instant now, wall_instant wall) const noexcept
{
    budget current = *this;
    current.forget_old_days(now);
    std::optional<instant> until;
    if (reached(current.last_hour(now), limits_.hard_per_hour))
        until = current.hour_frees(now);
    if (reached(current.today(wall), limits_.hard_per_day))
        until = std::max(until.value_or(instant::min()), next_midnight(now, wall));
    return until;
}

std::uint64_t budget::last_hour(instant now) const noexcept
{
    std::uint64_t sum = 0;
    for (std::int64_t n = std::max(minute_of(now), newest_minute_) - minutes_counted + 1; n <= newest_minute_; ++n)
        sum += minute(n);
    return sum;
}

/// With the hour's limit reached: when enough minutes have left to permit one request.
instant budget::hour_frees(instant now) const noexcept
{
    std::uint64_t left = last_hour(now);
    std::int64_t n = std::max(minute_of(now), newest_minute_) - minutes_counted + 1;
    for (; n < newest_minute_; ++n) {
        left -= minute(n);
        if (left < limits_.hard_per_hour)
            break;
    }
    return start_of_minute(n + minutes_counted);
}

std::uint64_t budget::today(wall_instant wall) const noexcept
{
    std::uint64_t sum = 0;
    for (const day_count& d : days_)
        if (d.day >= day_of(wall))
            sum += d.requests;
    return sum;
}

std::uint64_t& budget::minute(std::int64_t number) noexcept
{
    return minutes_[static_cast<std::size_t>(modulo(number, minutes_counted))];
}

std::uint64_t budget::minute(std::int64_t number) const noexcept
{
    return minutes_[static_cast<std::size_t>(modulo(number, minutes_counted))];
}

/// An instant before the newest minute counts as that minute: later, so longer.
void budget::begin_minute(std::int64_t number) noexcept
{
    for (std::int64_t n = std::max(newest_minute_ + 1, number - minutes_counted + 1); n <= number; ++n)
        minute(n) = 0;
    newest_minute_ = std::max(newest_minute_, number);
}

void budget::forget_old_days(instant now) noexcept
{
    for (day_count& d : days_)
        if (is_past(d.last, day_remembered, now))
            d.requests = 0;
}

/// Where none is free the earliest day's count moves to the next one: it counts for longer then, never for less.
budget::day_count& budget::place_of(std::int64_t day) noexcept
{
    for (day_count& d : days_)
        if (d.day == day)
            return d;
    auto place = std::find_if(days_.begin(), days_.end(), [](const day_count& d) { return d.requests == 0; });
    if (place == days_.end()) {
        std::sort(days_.begin(), days_.end(), [](const day_count& a, const day_count& b) { return a.day < b.day; });
        days_[1].requests += days_[0].requests;
        days_[1].last = std::max(days_[1].last, days_[0].last);
        place = days_.begin();
    }
    *place = {.day = day};
    return *place;
}

} // namespace faceki::core
