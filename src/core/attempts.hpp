// The attempts of one flight: whether a failed one is followed by another, and when.
#pragma once

#include <optional>
#include <system_error>

#include <faceki/diagnostics.hpp>

#include "core/instant.hpp"

namespace faceki::core {

struct attempt_policy {
    int most = 3; ///< the first one included; 1 or less = no retry
    duration first_pause = std::chrono::seconds{1};
    duration longest_pause = std::chrono::seconds{5};

    bool operator==(const attempt_policy&) const = default;
};

/// How an attempt failed, as far as the next one is concerned.
struct attempt_failure {
    std::error_code code;
    failure_kind kind = failure_kind::none;
    int http_status = 0; ///< 0 = not known
    std::optional<duration> retry_after = std::nullopt;
};

/// Counts the attempts of one flight, one after the other. O(1), allocates nothing. Thread safety: none.
///
/// What is tried again, by the kind of the failure:
/// - not_sent: what is transient.
/// - sent_no_answer: what is transient, except bytes that are no HTTP, which somebody did answer. It may have been
///   billed: one such resend in the whole series.
/// - answered: the status decides, also when the answer broke off behind its head: 408 425 429 5xx. Without a status
///   (a user's own source): rate_limited and server_error.
/// - none: the source did not say, so the worst is assumed, an answer.
///
/// Never, whatever the kind: a cancelled attempt, one that had no memory, and errors that another attempt cannot
/// change: credentials_rejected, budget_exhausted, invalid_config, malformed_token (it was billed).
/// An error of a foreign category is transient only if that category says so of faceki::condition::transient.
class attempt_series {
public:
    explicit attempt_series(const attempt_policy& policy) noexcept : policy_(policy) {}

    /// The attempt failed at `now`: the instant the next one starts, always before the flight's deadline; or nothing:
    /// the flight ends with this failure. `random` in [0, 1).
    std::optional<instant> on_failed(const attempt_failure& failure, instant now, instant flight_deadline,
                                     double random) noexcept;

    int made() const noexcept { return made_; } ///< attempts, from 1, the one that on_failed() has planned included

private:
    bool may_try_again(const attempt_failure& failure) const noexcept;

    attempt_policy policy_;
    int made_ = 1;
    bool resent_ = false; ///< a request that may have been billed has been tried again
};

/// Full jitter: anything from 0 to first × 2^(retry − 1), at most `longest`. `retry` counts from 1.
duration retry_pause(const attempt_policy& policy, int retry, double random) noexcept;

/// What a failed flight adds to the cool-down: Retry-After is obeyed between flights up to 1 h.
duration retry_after_between_flights(std::optional<duration> retry_after) noexcept;

} // namespace faceki::core
