// The value of a Retry-After field (RFC 9110 section 10.2.3): for how long the server wants to be left alone.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace faceki::wire {

/// "Very long": what is longer is cut to it, a number of seconds with a hundred digits too.
inline constexpr std::chrono::seconds longest_retry_after = std::chrono::hours{24 * 365 * 10};

/// Seconds from `now`; what is not one of the two forms gives nothing, and is to be ignored.
///
/// 1. delay-seconds: digits, any number of them, leading zeros too; no sign, no fraction.
/// 2. HTTP-date in its three formats (section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT",
///    "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". A date that has passed gives 0 s; a part of a
///    second is rounded up. A year of two digits is the last such year in which the date is not more than 50 years
///    after `now`.
///
/// Dates are read as they come: the names of days and months and GMT in any case, though the grammar has one, and the
/// day of the week need not be the date's. To ignore such a field would only mean to ask too soon. But the blanks and
/// commas must be the grammar's, the date must exist (29 February in leap years only), and the time be one of
/// 00:00:00 to 23:59:59; the second may be 60, a leap second.
std::optional<std::chrono::seconds> read_retry_after(std::string_view value,
                                                     std::chrono::system_clock::time_point now) noexcept;

} // namespace faceki::wire
