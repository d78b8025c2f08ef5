// Parsing and printing of durations.
#include "cli/duration.hpp"

#include <charconv>
#include <cstdio>

namespace faceki::cli {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    double number = 0;
    const auto [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (problem != std::errc{} || end == text.data())
        return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    double milliseconds = 0;
    if (unit == "ms")
        milliseconds = number;
    else if (unit == "s")
        milliseconds = number * 1e3;
    else if (unit == "m")
        milliseconds = number * 6e4;
    else if (unit == "h")
        milliseconds = number * 3.6e6;
    else
        return std::nullopt;
    if (!(milliseconds >= 0) || milliseconds > 3.2e11)
        return std::nullopt;
    return std::chrono::milliseconds{static_cast<std::int64_t>(milliseconds)};
}

std::string format_duration(std::chrono::nanoseconds value)
{
    const double ns = static_cast<double>(value.count());
    char text[32];
    if (ns < 1e3)
        std::snprintf(text, sizeof text, "%.0f ns", ns);
    else if (ns < 1e6)
        std::snprintf(text, sizeof text, "%.1f µs", ns / 1e3);
    else if (ns < 1e9)
        std::snprintf(text, sizeof text, "%.1f ms", ns / 1e6);
    else
        std::snprintf(text, sizeof text, "%.2f s", ns / 1e9);
    return text;
}

} // namespace faceki::cli
