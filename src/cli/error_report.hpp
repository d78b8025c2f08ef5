// How a failure is told: lines for people, and one line of JSON for machines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <faceki/diagnostics.hpp>

namespace faceki::cli {

struct failure {
    std::error_code code;
    diagnostics details;
    std::uint64_t requests_sent = 0; ///< by this process: each may be billed
};

/// The errc's name; "operation_aborted", "not_enough_memory", or "system_error" for what is none.
std::string_view code_name(std::error_code code) noexcept;

/// "faceki: <message>", then what the server said, then whether to try again: each a line of its own.
std::string human_lines(const failure& what, boot_clock::time_point now);

/// {"error":{"code","conditions","message","http_status","retryable","requests_sent"}}: always every key, in this
/// order; http_status is null where no answer head was read.
std::string json_line(const failure& what);

} // namespace faceki::cli
