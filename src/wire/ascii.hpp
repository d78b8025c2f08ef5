// Letters, digits and blanks of the protocols' own text, whatever the locale says. Private to this room.
#pragma once

#include <algorithm>
#include <string_view>

namespace faceki::wire {

constexpr char to_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// -1 if `c` is no hexadecimal digit.
constexpr int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return to_lower(x) == to_lower(y); });
}

constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept
{
    return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

constexpr bool is_blank(char c) noexcept
{
    return c == ' ' || c == '\t';
}

/// Without the blanks around it.
constexpr std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

} // namespace faceki::wire
