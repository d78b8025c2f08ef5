// What the process says to the shell. One pure function, so that every code is tested, reachable today or not.
#pragma once

#include <system_error>

namespace faceki::cli {

enum class exit_code : int {
    token = 0,         ///< the token is on stdout
    other = 1,         ///< nothing of the below: no memory, no descriptors
    usage = 2,         ///< the command line cannot be understood
    setup = 3,         ///< configuration or credentials missing or unusable; stdout cannot be written to
    refused = 4,       ///< the endpoint rejected the credentials
    rate = 5,          ///< rate limit or own budget
    network = 6,       ///< DNS, TCP, proxy or TLS
    timeout = 7,       ///< a deadline passed
    bad_reply = 8,     ///< an answer that cannot be used
    store = 9,         ///< the token store is unreachable
    server_error = 10, ///< the endpoint's own trouble
    interrupted = 130, ///< SIGINT or SIGTERM, or a wait that was cancelled
};

/// A wait that was cancelled: asio::error::operation_aborted, which is not in the standard's own category.
bool is_cancellation(std::error_code code) noexcept;

/// No error = token.
exit_code exit_code_of(std::error_code code) noexcept;

} // namespace faceki::cli
