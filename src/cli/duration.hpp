// Durations as people type them: 250ms, 2s, 5m.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace faceki::cli {

/// A whole or decimal number and one of ms, s, m, h; empty for anything else, negative or above 10 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "843 ns", "12.4 µs", "51.0 ms", "2.00 s".
std::string format_duration(std::chrono::nanoseconds value);

} // namespace faceki::cli
