// What a client tells whoever counts and measures: one call per event, no metrics library.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include <faceki/detail/export.hpp>
#include <faceki/diagnostics.hpp>
#include <faceki/time.hpp>

namespace faceki {

/// Why a flight started.
enum class flight_cause : std::uint8_t {
    cold,        ///< there was no token, or the last flight had failed
    expired,     ///< the last token's end had come
    ahead,       ///< lifetime.refresh_ahead before the token's end
    rejected,    ///< the API did not accept the last token: invalidate()
    forced,      ///< renew_early()
    credentials, ///< set_credentials()
};

/// "cold", "expired", …
FACEKI_API std::string_view name_of(flight_cause) noexcept;

struct flight_started {
    std::uint64_t flight; ///< from 1
    flight_cause cause;
    std::size_t waiting; ///< callers that wait for it already
};

struct flight_finished {
    std::uint64_t flight;
    flight_cause cause;
    std::error_code error;         ///< none = it brought a token
    const diagnostics& details;    ///< of the last attempt, with the time of each of its phases; valid in the call only
    std::chrono::nanoseconds took; ///< from its start
    std::chrono::nanoseconds lifetime; ///< of the token; 0 without one
    int attempts;
    int requests_sent;                  ///< that may have reached the endpoint, and may be billed
    std::size_t waiters;                ///< callers that get its outcome
    std::chrono::nanoseconds cool_down; ///< callers get the same error at once for so long; 0 after a success
};

/// Requests counted against `config.budget`; see request_budget.
struct budget_event {
    std::uint64_t last_hour;
    std::uint64_t today;
    bool exhausted; ///< a hard limit: no request leaves before `retry_at`
    std::optional<boot_clock::time_point> retry_at;
};

/// Base of a user's observer; override what is of interest.
///
/// Thread safety: called on the client's strand or in the thread that called the client, never under a lock; calls from
/// different threads may overlap. What it throws is ignored. It must not block: the client waits for it.
/// No argument ever holds a token or a credential.
class FACEKI_API observer {
public:
    virtual ~observer() = default;

    virtual void on_flight_started(const flight_started&) {}
    virtual void on_flight_finished(const flight_finished&) {}
    /// An attempt failed and the flight goes on: the next one starts after `delay`.
    virtual void on_retry(std::uint64_t flight, std::error_code error, const diagnostics& details,
                          std::chrono::nanoseconds delay)
    {
        static_cast<void>(flight), static_cast<void>(error), static_cast<void>(details), static_cast<void>(delay);
    }
    /// The API rejected the current token: invalidate().
    virtual void on_token_rejected() {}
    /// A soft limit was passed, or a hard one reached; once per passing.
    virtual void on_budget(const budget_event&) {}
    /// Connection made ready before the token's end.
    virtual void on_prewarmed(std::error_code error) { static_cast<void>(error); }
};

} // namespace faceki
