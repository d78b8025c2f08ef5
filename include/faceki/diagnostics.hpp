// What is known about a failed call, with our words and the server's words kept apart.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <faceki/detail/export.hpp>
#include <faceki/error.hpp>
#include <faceki/time.hpp>

namespace faceki {

/// How far the failed attempt got. It decides whether the endpoint may have billed it.
enum class failure_kind : std::uint8_t {
    none,           ///< nothing failed
    not_sent,       ///< no byte of the request left: certainly not billed
    sent_no_answer, ///< the request left, no answer head came: may have been billed
    answered,       ///< an answer head came; the status or the body was the problem
};

/// Where the time of an attempt went; zero for a phase that did not run (a reused connection has no DNS).
struct phase_times {
    std::chrono::nanoseconds dns{};
    std::chrono::nanoseconds connect{};
    std::chrono::nanoseconds tls{};
    std::chrono::nanoseconds server{}; ///< first request byte written to last body byte read
    std::chrono::nanoseconds parse{};
};

/// Details of one outcome, shared by all waiters of its flight.
/// No field ever holds a token or a credential; `message` never holds server bytes.
struct diagnostics {
    std::string message;                       ///< in our words: what happened and what to do
    int http_status = 0;                       ///< 0 when no answer head was read
    std::optional<std::int64_t> response_code; ///< the body's `responseCode`
    std::optional<std::int64_t> status_code;   ///< the body's `statusCode`
    std::string server_message; ///< the body's message: untrusted, at most 256 bytes, escaped, redacted or withheld
    std::error_code cause;      ///< the system's or TLS library's own error, if there was one
    int attempt = 0;            ///< attempts made in the flight
    int requests_sent = 0;      ///< requests of the flight that may have reached the endpoint
    failure_kind kind = failure_kind::none;
    std::optional<std::chrono::seconds> retry_after; ///< the answer's Retry-After, from its receipt; at most 10 years
    std::optional<boot_clock::time_point>
        retry_at; ///< before this instant the client answers with the same error at once
    phase_times phases;
};

/// What the throwing calls throw: the code, and all that is known.
class FACEKI_API token_error : public std::system_error {
public:
    token_error(std::error_code code, diagnostics details)
        : std::system_error(code, details.message), details_(std::move(details))
    {
    }

    const faceki::diagnostics& diagnostics() const noexcept { return details_; }

private:
    faceki::diagnostics details_;
};

} // namespace faceki
