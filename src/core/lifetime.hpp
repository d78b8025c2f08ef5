// From a grant to its two deadlines.
#pragma once

#include <algorithm>

#include "core/instant.hpp"

namespace faceki::core {

struct lifetime_policy {
    duration safety_margin{0};
    duration max_uncertainty = std::chrono::seconds{1};
};

/// The token's end is not one instant but two: the endpoint started the lifetime somewhere between our request and its
/// answer.
struct lifetime {
    instant use_until{}; ///< counted from the earliest possible issue: at or after it the token is handed to nobody
    instant regenerate_after{}; ///< counted from the latest possible issue: before it no new request may be sent

    bool operator==(const lifetime&) const = default;
};

/// Longest lifetime that is believed; more is cut to it, so that adding it to an instant cannot overflow.
inline constexpr duration longest_lifetime = std::chrono::hours{24 * 365 * 10};

/// design: use_until = max(request_sent, response_received − max_uncertainty) + expires_in − safety_margin,
/// regenerate_after = response_received + expires_in.
constexpr lifetime make_lifetime(instant request_sent, instant response_received, duration expires_in,
                                 const lifetime_policy& policy) noexcept
{
    expires_in = std::clamp(expires_in, duration{0}, longest_lifetime);
    const instant earliest_issue = std::max(request_sent, response_received - policy.max_uncertainty);
    return {.use_until = earliest_issue + expires_in - policy.safety_margin,
            .regenerate_after = response_received + expires_in};
}

} // namespace faceki::core
