// Retry-After in its two forms and three formats of a date, row by row, and dates at random against strftime().
#include <array>
#include <cctype>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "wire/retry_after.hpp"

using namespace std::chrono_literals;
using faceki::wire::longest_retry_after;
using faceki::wire::read_retry_after;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::system_clock;
using wall = system_clock::time_point;

namespace {

constexpr std::optional<seconds> nothing;

wall at(int year, unsigned month, unsigned day, seconds time = 0s)
{
    return sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} + time;
}

/// RFC 9110's own example: Sun, 06 Nov 1994 08:49:37 GMT.
const wall example = at(1994, 11, 6, 8h + 49min + 37s);

struct row {
    std::string value;
    std::optional<seconds> expected;
    wall now = example - 10s;
};

void check(const std::vector<row>& rows)
{
    for (const row& r : rows)
        BOOST_TEST_CONTEXT('"' << r.value << '"')
        {
            // In a block of its own: a read past its end is then seen by the address sanitizer.
            const std::vector<char> bytes(r.value.begin(), r.value.end());
            BOOST_TEST(read_retry_after({bytes.data(), bytes.size()}, r.now) == r.expected);
        }
}

std::string formatted(const char* format, wall when)
{
    const std::time_t seconds_since_epoch = system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&seconds_since_epoch, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

constexpr const char* fixdate = "%a, %d %b %Y %H:%M:%S GMT";
constexpr const char* rfc850 = "%A, %d-%b-%y %H:%M:%S GMT";
constexpr const char* asctime_format = "%a %b %e %H:%M:%S %Y";

} // namespace

BOOST_AUTO_TEST_SUITE(wire_retry_after)

BOOST_AUTO_TEST_CASE(delay_seconds)
{
    check({
        {"0", 0s},
        {"1", 1s},
        {"120", 120s},
        {"007", 7s},
        {std::string(5000, '0') + "9", 9s},
        {std::string(5000, '0'), 0s},
        {"315359999", 315359999s},
        {"315360000", longest_retry_after},
        {"315360001", longest_retry_after},
        {"4294967296", longest_retry_after},
        {"9223372036854775807", longest_retry_after},
        {"9223372036854775808", longest_retry_after},
        {"18446744073709551617", longest_retry_after},
        {std::string(30'000, '9'), longest_retry_after},
        {" 5", 5s},
        {"5 ", 5s},
        {"\t 5 \t", 5s},
        {"", nothing},
        {" ", nothing},
        {" \t ", nothing},
        {"-1", nothing},
        {"+1", nothing},
        {"- 1", nothing},
        {"1.5", nothing},
        {"1.", nothing},
        {"1,5", nothing},
        {"5, 10", nothing},
        {"1e3", nothing},
        {"0x10", nothing},
        {"1 2", nothing},
        {"5s", nothing},
        {"5;q=1", nothing},
        {"\"5\"", nothing},
        {"five", nothing},
        {"\xD9\xA5", nothing}, // a digit, but not of ASCII
        {std::string("5\0", 2), nothing},
        {"\n5", nothing},
        {"5\r", nothing},
        {"\v5", nothing},
        {"99999999999999999999x", nothing},
    });
    BOOST_TEST(longest_retry_after == 315360000s);
}

BOOST_AUTO_TEST_CASE(the_three_formats_of_a_date)
{
    check({
        {"Sun, 06 Nov 1994 08:49:37 GMT", 10s},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 10s},
        {"Sun Nov  6 08:49:37 1994", 10s},
        {"Sun Nov 06 08:49:37 1994", 10s}, // date3 may have two digits
        {" Sun, 06 Nov 1994 08:49:37 GMT\t", 10s},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0s, example},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0s, example + 1s},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0s, example + 24h * 365 * 30},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 1s, example - 1ns}, // rounded up
        {"Sun, 06 Nov 1994 08:49:37 GMT", 11s, example - 10s - 1ns},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 10s, example - 10s + 1ns},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 3600s * 24 * 365, example - 24h * 365},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
        {"Wed, 31 Dec 1969 23:59:59 GMT", 0s},
        {"Sat, 01 Jan 0000 00:00:00 GMT", 0s},
        {"Fri, 31 Dec 9999 23:59:59 GMT", longest_retry_after},
        {"Wed Dec 31 23:59:59 9999", longest_retry_after},
        {"Sun, 06 Nov 1994 08:49:37 GMT", longest_retry_after, wall::min()},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0s, wall::max()},
        {"Thu, 01 Jan 1970 00:00:10 GMT", 15s, wall{-5s}}, // before the epoch, too
        {"Thu, 01 Jan 1970 00:00:10 GMT", 16s, wall{-5s - 1ns}},
        // As it comes: case, and a day of the week that is another one.
        {"SUN, 06 NOV 1994 08:49:37 gmt", 10s},
        {"sunday, 06-nov-94 08:49:37 Gmt", 10s},
        {"sUN nOV  6 08:49:37 1994", 10s},
        {"Mon, 06 Nov 1994 08:49:37 GMT", 10s},
        {"Wednesday, 06-Nov-94 08:49:37 GMT", 10s},
    });
}

BOOST_AUTO_TEST_CASE(every_name_of_a_day_and_of_a_month)
{
    const char* const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
    const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto in_case = [](std::string text, int (*change)(int)) {
        for (char& c : text)
            c = static_cast<char>(change(c));
        return text;
    };
    for (const std::string day : days)
        for (unsigned m = 1; m <= 12; ++m) {
            const std::string month = months[m - 1];
            const wall now = at(2026, m, 1);
            for (const std::string& good :
                 {day.substr(0, 3) + ", 02 " + month + " 2026 00:00:00 GMT", day + ", 02-" + month + "-26 00:00:00 GMT",
                  day.substr(0, 3) + " " + month + "  2 00:00:00 2026"})
                check({{good, 24h, now},
                       {in_case(good, std::tolower), 24h, now},
                       {in_case(good, std::toupper), 24h, now}});
            check({{day + ", 02 " + month + " 2026 00:00:00 GMT", nothing, now},
                   {day.substr(0, 3) + ", 02-" + month + "-26 00:00:00 GMT", nothing, now}});
        }
}

BOOST_AUTO_TEST_CASE(what_is_no_date)
{
    check({
        {"Sun, 6 Nov 1994 08:49:37 GMT", nothing},
        {"Sun,  6 Nov 1994 08:49:37 GMT", nothing},
        {"Sun, 06 Nov 94 08:49:37 GMT", nothing},
        {"Sun, 06 Nov 19940 08:49:37 GMT", nothing},
        {"Sun, 06 Nov 1994 8:49:37 GMT", nothing},
        {"Sun, 06 Nov 1994 08:49 GMT", nothing},
        {"Sun, 06 Nov 1994 08:49:37", nothing},
        {"Sun, 06 Nov 1994 08:49:37 UTC", nothing},
        {"Sun, 06 Nov 1994 08:49:37 +0000", nothing},
        {"Sun, 06 Nov 1994 08:49:37.5 GMT", nothing},
        {"Sun, 06 Nov 1994 08:49:37 GMT x", nothing},
        {"Sun, 06 Nov 1994 08:49:37 GM", nothing},
        {"Sun, 06 Nov 1994  08:49:37 GMT", nothing},
        {"Sun,06 Nov 1994 08:49:37 GMT", nothing},
        {"Sun 06 Nov 1994 08:49:37 GMT", nothing},
        {"06 Nov 1994 08:49:37 GMT", nothing},
        {"Su, 06 Nov 1994 08:49:37 GMT", nothing},
        {"Sum, 06 Nov 1994 08:49:37 GMT", nothing},
        {"Sun, 06 Nov, 1994 08:49:37 GMT", nothing},
        {"Sun, 06 November 1994 08:49:37 GMT", nothing},
        {"Sun, 06 11 1994 08:49:37 GMT", nothing},
        {"Sun, 06 Nov -994 08:49:37 GMT", nothing},
        {"Sun, 0: Nov 1994 08:49:37 GMT", nothing},
        {"Sun, 06 Nov 199: 08:49:37 GMT", nothing},
        {"Sun, 06 Nov 199/ 08:49:37 GMT", nothing},
        {"Sun, +6 Nov 1994 08:49:37 GMT", nothing},
        {"Sunday, 06-Nov-1994 08:49:37 GMT", nothing},
        {"Sunday, 06 Nov 94 08:49:37 GMT", nothing},
        {"Sunday, 06-Nov-94 08:49:37", nothing},
        {"Sun Nov 6 08:49:37 1994", nothing},
        {"Sun Nov   6 08:49:37 1994", nothing},
        {"Sun Nov  6 08:49:37 94", nothing},
        {"Sun Nov  6 08:49:37 1994 GMT", nothing},
        {"Sun Nov  6 08:49:37 GMT 1994", nothing},
        {"1994-11-06T08:49:37Z", nothing},
        {"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", nothing},
        {std::string("Sun, 06 Nov 1994 08:49:37 GMT\0", 30), nothing},
        {"784111777.0", nothing},
    });
    // Every proper beginning of a date.
    for (const std::string whole :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        for (std::size_t n = 0; n < whole.size(); ++n)
            check({{whole.substr(0, n), nothing}});
}

BOOST_AUTO_TEST_CASE(days_and_times_that_exist)
{
    const wall now = at(2024, 1, 1);
    check({
        {"Thu, 29 Feb 2024 00:00:00 GMT", 24h * 59, now},
        {"Thu, 30 Feb 2024 00:00:00 GMT", nothing, now},
        {"Thu, 29 Feb 2025 00:00:00 GMT", nothing, now},
        {"Thu, 28 Feb 2025 00:00:00 GMT", 24h * (366 + 58), now},
        {"Thu, 29 Feb 2100 00:00:00 GMT", nothing, now},
        {"Thu, 29 Feb 2400 00:00:00 GMT", longest_retry_after, now},
        {"Thursday, 29-Feb-24 00:00:00 GMT", 24h * 59, now},
        {"Thursday, 29-Feb-23 00:00:00 GMT", nothing, now},
        {"Thu Feb 29 00:00:00 2024", 24h * 59, now},
        {"Thu Feb 29 00:00:00 2023", nothing, now},
        {"Mon, 31 Jan 2024 00:00:00 GMT", 24h * 30, now},
        {"Mon, 32 Jan 2024 00:00:00 GMT", nothing, now},
        {"Mon, 00 Jan 2024 00:00:00 GMT", nothing, now},
        {"Mon Jan  0 00:00:00 2024", nothing, now},
        {"Mon, 30 Apr 2024 00:00:00 GMT", 24h * 120, now},
        {"Mon, 31 Apr 2024 00:00:00 GMT", nothing, now},
        {"Mon, 01 Jan 2024 23:59:59 GMT", 24h - 1s, now},
        {"Mon, 01 Jan 2024 24:00:00 GMT", nothing, now},
        {"Mon, 01 Jan 2024 00:60:00 GMT", nothing, now},
        {"Mon, 01 Jan 2024 00:00:60 GMT", 60s, now}, // leap seconds are not looked up
        {"Mon, 01 Jan 2024 23:59:60 GMT", 24h, now},
        {"Monday, 01-Jan-24 23:59:60 GMT", 24h, now},
        {"Mon Jan  1 23:59:60 2024", 24h, now},
        {"Mon, 01 Jan 2024 00:00:61 GMT", nothing, now},
        {"Mon, 01 Jan 2024 00:00:99 GMT", nothing, now},
    });
}

BOOST_AUTO_TEST_CASE(a_year_of_two_digits_is_at_most_fifty_years_ahead)
{
    const wall now = at(2026, 6, 15, 12h);
    check({
        {"Monday, 15-Jun-26 12:00:10 GMT", 10s, now},
        {"Monday, 15-Jun-27 12:00:00 GMT", 24h * 365, now},
        {"Monday, 15-Jun-76 12:00:00 GMT", longest_retry_after, now}, // 2076, exactly fifty years
        {"Monday, 15-Jun-76 12:00:01 GMT", 0s, now},                  // 1976
        {"Monday, 16-Jun-76 00:00:00 GMT", 0s, now},
        {"Monday, 14-Jun-76 23:59:59 GMT", longest_retry_after, now},
        {"Monday, 01-Jan-77 00:00:00 GMT", 0s, now}, // 1977
        {"Monday, 31-Dec-75 23:59:59 GMT", longest_retry_after, now},
        {"Monday, 31-Dec-25 23:59:59 GMT", 0s, now},
        {"Monday, 31-Dec-99 23:59:59 GMT", 0s, now}, // 1999
        {"Monday, 31-Dec-00 23:59:59 GMT", 0s, now}, // 2000
        // Around the turn of a century.
        {"Friday, 01-Jan-00 00:00:00 GMT", 1s, at(1999, 12, 31, 24h - 1s)},
        {"Friday, 31-Dec-99 23:59:59 GMT", 0s, at(2000, 1, 1)},
        {"Friday, 01-Jan-01 00:00:00 GMT", 24h * 365, at(2100, 1, 1)},
        {"Friday, 01-Jan-49 00:00:00 GMT", longest_retry_after, at(1999, 12, 31)},
        {"Friday, 01-Jan-50 00:00:00 GMT", 0s, at(1999, 12, 31)}, // 1950
        {"Friday, 29-Feb-80 00:00:00 GMT", 0s, at(2030, 1, 1)},   // 1980
        // On 29 February: fifty years later there is none.
        {"Friday, 28-Feb-74 23:59:59 GMT", longest_retry_after, at(2024, 2, 29)},
        {"Friday, 01-Mar-74 00:00:00 GMT", 0s, at(2024, 2, 29)},
        {"Friday, 29-Feb-00 00:00:00 GMT", nothing, at(2060, 1, 1)}, // 2100
    });
}

BOOST_AUTO_TEST_CASE(random_dates_are_read_as_strftime_writes_them)
{
    std::mt19937_64 random(9110);
    const auto within = [&random](seconds span) {
        return seconds{static_cast<seconds::rep>(random() % static_cast<std::uint64_t>(span.count()))};
    };
    std::size_t ahead = 0;
    for (int i = 0; i < 200'000; ++i) {
        const wall now = at(1980, 1, 1) + within(24h * 365 * 200) + std::chrono::nanoseconds{random() % 1'000'000'000};
        const sys_seconds base = std::chrono::floor<seconds>(now);
        const seconds distance = within(24h * 365 * 12) - 24h * 365;
        const std::optional<seconds> expected = std::clamp(distance, 0s, longest_retry_after);
        ahead += *expected > 0s;
        for (const char* const format : {fixdate, rfc850, asctime_format})
            BOOST_REQUIRE(read_retry_after(formatted(format, base + distance), now) == expected);
    }
    BOOST_TEST(ahead > 150'000U);
}

BOOST_AUTO_TEST_CASE(random_bytes_never_give_what_is_out_of_bounds)
{
    std::mt19937_64 random(10);
    const std::string whole[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994", "12345"};
    std::size_t read = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text = whole[random() % 4];
        for (std::uint64_t n = random() % 4; n > 0; --n)
            text[random() % text.size()] = static_cast<char>(random() % 2 == 0 ? '0' + random() % 10 : random() % 256);
        const auto found = read_retry_after(text, example - 10s);
        BOOST_REQUIRE((!found || (*found >= 0s && *found <= longest_retry_after)));
        read += found.has_value();
    }
    BOOST_TEST(read > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
