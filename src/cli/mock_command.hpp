// `faceki mock`: the test kit's endpoint from the shell.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faceki::cli {

struct mock_command {
    std::uint16_t port = 0;
    std::chrono::milliseconds expires_in{3'600'000};
    std::chrono::milliseconds latency{0};
    double fail_rate = 0; ///< of the token requests, 0 to 1: answered with 503
    std::string ca_out;   ///< file for the CA certificate; "-" = stdout, behind the URL
    bool until_stdin_closes = false;

    /// Prints the URL, serves until SIGINT or SIGTERM (or stdin's end), prints what it counted as JSON. Returns the
    /// exit code: 3 if it cannot listen, or a file or stdout cannot be written.
    int run() const;
};

/// "0.25", "25%"; empty for anything else, below 0 or above 1.
std::optional<double> parse_rate(std::string_view text);

} // namespace faceki::cli
