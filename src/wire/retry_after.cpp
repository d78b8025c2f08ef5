// RFC 9110 section 5.6.7 by hand: strptime() and the like ask the locale, and accept more.
#include "wire/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <tuple>

#include "wire/ascii.hpp"

namespace faceki::wire {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::size_t short_name = 3; // "Sun"

struct date_time {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;

    /// Without the year.
    auto within_year() const noexcept { return std::tuple(month, day, hour, minute, second); }
};

/// Takes a date apart from the front. After the first piece that does not fit, every further one fails.
class date_reader {
public:
    explicit date_reader(std::string_view text) noexcept : rest_(text) {}

    void literal(std::string_view expected) noexcept
    {
        if (!starts_with(expected))
            good_ = false;
        else
            rest_.remove_prefix(expected.size());
    }

    bool starts_with(std::string_view expected) const noexcept { return starts_with_ignoring_case(rest_, expected); }

    unsigned number(std::size_t digits) noexcept
    {
        unsigned value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') {
                good_ = false;
                return 0;
            }
            value = value * 10 + static_cast<unsigned>(rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    /// One of the names, or the first `length` characters of one; its place, from 1.
    unsigned name(std::span<const std::string_view> names, std::size_t length = std::string_view::npos) noexcept
    {
        for (unsigned i = 0; i < names.size(); ++i)
            if (const std::string_view candidate = names[i].substr(0, length); starts_with(candidate)) {
                rest_.remove_prefix(candidate.size());
                return i + 1;
            }
        good_ = false;
        return 0;
    }

    void time_of_day(date_time& t) noexcept
    {
        t.hour = number(2);
        literal(":");
        t.minute = number(2);
        literal(":");
        t.second = number(2);
    }

    bool whole() const noexcept { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<date_time> read_fixdate(std::string_view text) noexcept
{
    date_reader reader(text);
    date_time t;
    reader.name(weekdays, short_name);
    reader.literal(", ");
    t.day = reader.number(2);
    reader.literal(" ");
    t.month = reader.name(months);
    reader.literal(" ");
    t.year = static_cast<int>(reader.number(4));
    reader.literal(" ");
    reader.time_of_day(t);
    reader.literal(" GMT");
    return reader.whole() ? std::optional(t) : std::nullopt;
}

/// "Sun Nov  6 08:49:37 1994"
std::optional<date_time> read_asctime(std::string_view text) noexcept
{
    date_reader reader(text);
    date_time t;
    reader.name(weekdays, short_name);
    reader.literal(" ");
    t.month = reader.name(months);
    reader.literal(" ");
    const bool one_digit = reader.starts_with(" ");
    reader.literal(one_digit ? " " : "");
    t.day = reader.number(one_digit ? 1 : 2);
    reader.literal(" ");
    reader.time_of_day(t);
    reader.literal(" ");
    t.year = static_cast<int>(reader.number(4));
    return reader.whole() ? std::optional(t) : std::nullopt;
}

/// "Sunday, 06-Nov-94 08:49:37 GMT"; the century comes from `now`.
std::optional<date_time> read_rfc850(std::string_view text, sys_seconds now) noexcept
{
    date_reader reader(text);
    date_time t;
    reader.name(weekdays);
    reader.literal(", ");
    t.day = reader.number(2);
    reader.literal("-");
    t.month = reader.name(months);
    reader.literal("-");
    const int last_digits = static_cast<int>(reader.number(2));
    reader.literal(" ");
    reader.time_of_day(t);
    reader.literal(" GMT");
    if (!reader.whole())
        return std::nullopt;

    const auto today = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(today);
    const std::chrono::hh_mm_ss time(now - today);
    const date_time limit{static_cast<int>(date.year()) + 50,
                          static_cast<unsigned>(date.month()),
                          static_cast<unsigned>(date.day()),
                          static_cast<unsigned>(time.hours().count()),
                          static_cast<unsigned>(time.minutes().count()),
                          static_cast<unsigned>(time.seconds().count())};
    // No year of system_clock is below 1677: nothing here gets a sign.
    t.year = limit.year - (limit.year - last_digits) % 100;
    if (t.year == limit.year && t.within_year() > limit.within_year())
        t.year -= 100;
    return t;
}

std::optional<sys_seconds> instant_of(const date_time& t) noexcept
{
    const std::chrono::year_month_day date{std::chrono::year{t.year}, std::chrono::month{t.month},
                                           std::chrono::day{t.day}};
    if (!date.ok() || t.hour > 23 || t.minute > 59 || t.second > 60)
        return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{t.hour} + std::chrono::minutes{t.minute} +
           seconds{t.second};
}

std::optional<seconds> read_delay(std::string_view digits) noexcept
{
    seconds::rep value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = std::min<seconds::rep>(value * 10 + (c - '0'), longest_retry_after.count());
    }
    return digits.empty() ? std::nullopt : std::optional(seconds{value});
}

} // namespace

std::optional<seconds> read_retry_after(std::string_view value, std::chrono::system_clock::time_point now) noexcept
{
    value = trimmed(value);
    if (const auto delay = read_delay(value))
        return delay;

    const sys_seconds whole_now = std::chrono::floor<seconds>(now); // rounded down, so that the wait is rounded up
    std::optional<date_time> date = read_fixdate(value);
    if (!date)
        date = read_rfc850(value, whole_now);
    if (!date)
        date = read_asctime(value);
    const std::optional<sys_seconds> until = date ? instant_of(*date) : std::nullopt;
    if (!until)
        return std::nullopt;
    return std::clamp(*until - whole_now, seconds{0}, longest_retry_after);
}

} // namespace faceki::wire
