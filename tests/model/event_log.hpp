// What can be seen of a client from outside, fact by fact, in the order in which it happens.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <faceki/diagnostics.hpp>
#include <faceki/observer.hpp>

#include "core/instant.hpp"

namespace faceki::model {

using core::duration;
using core::instant;
using wall_instant = std::chrono::system_clock::time_point;

enum class fact_kind : std::uint8_t {
    // Callers.
    asked,           ///< waiter, fate, until (its own limit, if it has one), context
    cancelled,       ///< waiter: its cancellation took effect now, if its outcome was not fixed before
    answered,        ///< waiter, token or error, retry_at if the details were asked for (with_details)
    dropped,         ///< waiter: its handler was destroyed uncalled
    peeked,          ///< token; 0 = none
    invalidated,     ///< token, truth = what invalidate() returned
    renewed_early,   ///< truth = what renew_early() returned
    credentials_set, ///< generation
    kept_fresh,      ///< truth = one handle more; else one less
    closed,          ///< count = waiters_aborted, truth = request_dropped
    rested,          ///< async_close() completed
    context_died,    ///< context; 0 = the client's own

    // The source and the observer.
    flight_started,    ///< flight, cause, count = waiting
    request_began,     ///< request, flight, deadline, generation
    request_sent,      ///< request
    response_received, ///< request
    request_cancelled, ///< request: it was told to end
    request_ended,     ///< request, token and expires_in, or error, kind, http_status and retry_after
    retry_planned,     ///< flight, error, pause
    flight_ended,      ///< flight, cause, error, attempts, requests, count = waiters, pause = cool-down, retry_at
    limits_passed,     ///< count = waiters that left now by their own limit
    turned_away,       ///< all who wait: the budget permits no flight
    warm_up_began,
    warm_up_ended,

    // The world.
    wall_jumped, ///< wall time moved by itself
    quiet,       ///< nothing is left to do at this instant
};

/// What a call led to, known when it returns.
enum class fate : std::uint8_t {
    hit,     ///< a live token was at hand
    waits,   ///< it waits for a flight
    refused, ///< it gets an error at once
};

/// Waiters, requests, tokens and flights are numbered from 1; 0 = none.
struct fact {
    fact_kind what{};
    instant at{};        ///< filled in by event_log
    wall_instant wall{}; ///< filled in by event_log

    std::uint32_t waiter = 0;
    std::uint32_t request = 0;
    std::uint32_t token = 0;
    std::uint32_t context = 0;
    std::uint64_t flight = 0;
    std::uint32_t generation = 0; ///< of the credentials, from 1
    std::uint64_t count = 0;
    bool truth = false;

    model::fate fate{};
    std::optional<instant> until{};
    bool with_details = false;
    std::optional<instant> retry_at{};

    flight_cause cause{};
    instant deadline{};
    duration expires_in{};
    std::error_code error{};
    failure_kind kind{};
    int http_status = 0;
    std::optional<duration> retry_after{};
    duration pause{};
    int attempts = 0;
    int requests = 0;
};

std::string_view name_of(fact_kind) noexcept;
std::string_view name_of(fate) noexcept;
/// One line, without its end: the time since `start`, the kind, and the fields that are set.
std::string to_text(const fact&, instant start);

/// Stamps each fact with the time, mixes it into a hash, and hands it on.
class event_log {
public:
    using clock = std::function<std::pair<instant, wall_instant>()>;
    using listener = std::function<void(const fact&)>;

    event_log(clock time, listener next) : time_(std::move(time)), next_(std::move(next)) {}

    void note(fact f);
    /// Of all facts so far, in order: equal for equal runs.
    std::uint64_t hash() const noexcept { return hash_; }
    std::uint64_t size() const noexcept { return size_; }

private:
    void mix(std::uint64_t value) noexcept;

    clock time_;
    listener next_;
    std::uint64_t hash_ = 14695981039346656037U;
    std::uint64_t size_ = 0;
};

} // namespace faceki::model
