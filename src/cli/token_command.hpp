// `faceki token`: one token on stdout, for scripts.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <faceki/log.hpp>

namespace faceki::cli {

enum class token_format {
    bare,   ///< the token
    header, ///< "Authorization: Bearer <token>"
    json,   ///< one object; failures are told as JSON too
};

struct token_command {
    token_format format = token_format::bare;
    std::string base_url; ///< "" = the real service
    std::string ca_file;  ///< "" = the system's CA store
    std::string secret_file;
    std::optional<std::chrono::milliseconds> timeout; ///< of everything, reading the secret included
    int attempts = 3;                                 ///< of one request
    log_level log = log_level::off;
    bool allow_http_on_loopback = false;

    /// Prints the token to stdout or what went wrong to stderr. Returns the exit code. After it the process must end
    /// by quick_exit: a lookup that hangs may still have its thread.
    int run() const;
};

/// What the help says about environment, exit codes and JSON.
extern const char* const token_help;

} // namespace faceki::cli
