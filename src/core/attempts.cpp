// Which failures are tried again, and the pause before.
#include "core/attempts.hpp"

#include <algorithm>
#include <cstdint>

#include <faceki/error.hpp>

namespace faceki::core {
namespace {

constexpr duration longest_obeyed = std::chrono::hours{1};

/// Another attempt ends the same way, is not wanted any more, or costs what was already paid.
bool is_final(const std::error_code& code) noexcept
{
    return code == std::errc::operation_canceled || code == std::errc::not_enough_memory || code == condition::auth ||
           code == errc::budget_exhausted || code == errc::invalid_config || code == errc::malformed_token;
}

bool is_passing_answer(const attempt_failure& failure) noexcept
{
    const int status = failure.http_status;
    if (status == 0)
        return failure.code == errc::rate_limited || failure.code == errc::server_error;
    return status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
}

} // namespace

std::optional<instant> attempt_series::on_failed(const attempt_failure& failure, instant now, instant flight_deadline,
                                                 double random) noexcept
{
    if (made_ >= policy_.most || now >= flight_deadline || !may_try_again(failure))
        return std::nullopt;
    const duration pause =
        std::max(retry_pause(policy_, made_, random), failure.retry_after.value_or(duration::zero()));
    // Counted without a sign: the distance of two instants may be more than a duration holds.
    const std::uint64_t left = static_cast<std::uint64_t>(flight_deadline.time_since_epoch().count()) -
                               static_cast<std::uint64_t>(now.time_since_epoch().count());
    if (static_cast<std::uint64_t>(pause.count()) >= left)
        return std::nullopt;
    resent_ = resent_ || failure.kind == failure_kind::sent_no_answer;
    ++made_;
    return now + pause;
}

bool attempt_series::may_try_again(const attempt_failure& failure) const noexcept
{
    if (is_final(failure.code))
        return false;
    switch (failure.kind) {
    case failure_kind::not_sent:
        return failure.code == condition::transient;
    case failure_kind::sent_no_answer:
        return !resent_ && failure.code == condition::transient && failure.code != errc::malformed_http;
    case failure_kind::answered:
    case failure_kind::none:
        break;
    }
    return is_passing_answer(failure);
}

duration retry_pause(const attempt_policy& policy, int retry, double random) noexcept
{
    const duration::rep first = std::max<duration::rep>(policy.first_pause.count(), 0);
    const duration::rep longest = std::max<duration::rep>(policy.longest_pause.count(), 0);
    const int doublings = std::clamp(retry, 1, 63) - 1; // 2^62 ns are 146 years: more of them change nothing
    const duration::rep most = first <= (longest >> doublings) ? first << doublings : longest;
    // Below 1: the product is at most `most` then, whatever is rounded on the way. Written so that a NaN becomes 0.
    const double part = random > 0 ? std::min(random, 0x1.fffffffffffffp-1) : 0;
    return duration{static_cast<duration::rep>(static_cast<double>(most) * part)};
}

duration retry_after_between_flights(std::optional<duration> retry_after) noexcept
{
    return std::clamp(retry_after.value_or(duration::zero()), duration::zero(), longest_obeyed);
}

} // namespace faceki::core
