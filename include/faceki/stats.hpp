// Counters of one client.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faceki {

/// A snapshot of a client's counters; each only grows, except `waiting`.
struct stats {
    std::uint64_t flights = 0;            ///< flights started
    std::uint64_t requests_sent = 0;      ///< requests that may have reached the endpoint: each may be billed
    std::uint64_t requests_last_hour = 0; ///< of those, in the last 60 minutes
    std::uint64_t requests_today = 0;     ///< of those, since midnight UTC
    std::uint64_t retries = 0;            ///< attempts beyond the first of their flight
    std::uint64_t tokens = 0;             ///< tokens received and published
    std::uint64_t failures = 0;           ///< flights that ended without a token
    std::uint64_t invalidated = 0;        ///< tokens dropped by invalidate()

    std::uint64_t hits = 0;      ///< callers that got the live token at once: token(), try_token(), peek()
    std::uint64_t waiters = 0;   ///< callers that had to wait for a flight
    std::uint64_t served = 0;    ///< of those, completed with a token
    std::uint64_t failed = 0;    ///< of those, completed with an error
    std::uint64_t cancelled = 0; ///< of those, left by cancellation
    std::uint64_t timed_out = 0; ///< of those, left by a limit of their own (within())
    std::uint64_t dropped = 0;   ///< of those, destroyed uncalled with their execution context
    std::uint64_t refused = 0;   ///< callers that got an error at once: cool-down, limits, closed
    std::size_t waiting = 0;     ///< callers that wait now
};

/// What close() found.
struct close_report {
    /// A token request had been sent and its answer will not be read: it may be billed all the same.
    bool request_dropped = false;
    /// Callers that were completed with operation_aborted.
    std::size_t waiters_aborted = 0;
};

} // namespace faceki
