// A lifetime written in seconds, read exactly: no floating point, no overflow, whatever the number of digits. Private
// to this room.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace faceki::wire {

/// A decimal number taken apart; `rest` is what stands behind it.
struct decimal {
    bool negative = false;
    std::string_view whole;    ///< digits before the point
    std::string_view fraction; ///< digits behind the point
    std::int64_t exponent = 0; ///< cut to ± 1,000,000,000
    bool has_point = false;
    bool has_exponent = false;
    std::string_view rest;
};

/// Splits by RFC 8259's number grammar, except that leading zeros and missing digits pass: see is_json_number().
constexpr decimal split_decimal(std::string_view text) noexcept
{
    const auto take_digits = [&text] {
        std::size_t n = 0;
        while (n < text.size() && text[n] >= '0' && text[n] <= '9')
            ++n;
        const std::string_view digits = text.substr(0, n);
        text.remove_prefix(n);
        return digits;
    };
    decimal number;
    if (text.starts_with('-')) {
        number.negative = true;
        text.remove_prefix(1);
    }
    number.whole = take_digits();
    if (text.starts_with('.')) {
        number.has_point = true;
        text.remove_prefix(1);
        number.fraction = take_digits();
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        const std::string_view before = text;
        text.remove_prefix(1);
        const bool negative = text.starts_with('-');
        if (negative || text.starts_with('+'))
            text.remove_prefix(1);
        const std::string_view digits = take_digits();
        if (digits.empty()) {
            text = before;
        } else {
            number.has_exponent = true;
            for (const char digit : digits)
                number.exponent = std::min<std::int64_t>(number.exponent * 10 + (digit - '0'), 1'000'000'000);
            if (negative)
                number.exponent = -number.exponent;
        }
    }
    number.rest = text;
    return number;
}

/// RFC 8259 section 6, nothing in front and nothing behind.
constexpr bool is_json_number(const decimal& number) noexcept
{
    return number.rest.empty() && !number.whole.empty() && (number.whole.size() == 1 || number.whole.front() != '0') &&
           (!number.has_point || !number.fraction.empty());
}

/// "3600" and "3600.5", as some servers put the number into a string: digits, and perhaps a point with digits. Nothing
/// else.
constexpr bool is_plain_decimal(const decimal& number) noexcept
{
    return number.rest.empty() && !number.negative && !number.has_exponent && !number.whole.empty() &&
           (!number.has_point || !number.fraction.empty());
}

/// `number` seconds, floored to milliseconds, at most `longest`. Empty where nothing positive is left.
constexpr std::optional<std::chrono::milliseconds> to_milliseconds(const decimal& number,
                                                                   std::chrono::milliseconds longest) noexcept
{
    if (number.negative)
        return std::nullopt;
    const auto whole = static_cast<std::int64_t>(number.whole.size());
    const auto given = whole + static_cast<std::int64_t>(number.fraction.size());
    const std::int64_t wanted = whole + number.exponent + 3; // so many digits stand before the milliseconds' point
    std::int64_t value = 0;
    for (std::int64_t i = 0; i < wanted; ++i) {
        if (i >= given && value == 0)
            break; // zero, whatever the exponent
        const char digit = i < whole   ? number.whole[static_cast<std::size_t>(i)]
                           : i < given ? number.fraction[static_cast<std::size_t>(i - whole)]
                                       : '0';
        value = value * 10 + (digit - '0');
        if (value > longest.count())
            return longest;
    }
    if (value < 1)
        return std::nullopt;
    return std::chrono::milliseconds{value};
}

} // namespace faceki::wire
