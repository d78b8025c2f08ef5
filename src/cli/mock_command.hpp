// `faceki mock`: the test kit's endpoint from the shell.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace faceki::cli {

struct mock_command {
    std::uint16_t port = 0;
    std::chrono::milliseconds expires_in{3'600'000};
    std::chrono::milliseconds latency{0};
    std::string ca_out; ///< file for the CA certificate; "-" = stdout, behind the URL
    bool until_stdin_closes = false;

    /// Prints the URL, serves until SIGINT or SIGTERM (or stdin's end), prints what it counted as JSON. Returns the
    /// exit code.
    int run() const;
};

} // namespace faceki::cli
