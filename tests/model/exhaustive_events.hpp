// All that can happen in a small world.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/exhaustive_state.hpp"

namespace faceki::model {

enum class small_event : std::uint8_t {
    a_tick_passes,
    wake,
    quiet_wake_unused,
    quiet_wake_used,
    call,
    call_with_limit,
    cancel_without_limit,
    cancel_with_limit,
    cancel_overdue,
    limits_end,
    granted_a_at_once,
    granted_b_at_once,
    granted_a_slowly, ///< sent when the flight started, answered now
    granted_b_slowly,
    granted_a_late, ///< answered when the flight started, and the process was asleep since
    granted_b_late,
    granted_dead,
    failed,
    failed_with_retry_after,
    rejected,
    rejected_with_retry_after,
    older_token,
    older_failure,
    invalidate_a,
    invalidate_b,
    renew_early,
    new_credentials,
    budget_used_up,
    budget_free,
    keep_fresh,
    keep_fresh_no_more,
    close,
    last = close
};
inline constexpr std::size_t small_events = static_cast<std::size_t>(small_event::last) + 1;
std::string_view name_of(small_event) noexcept;

inline constexpr core::duration small_lifetime = 4 * tick;

/// What came of an event.
struct small_step {
    bool possible = false;
    bool same = false;              ///< the event must not change anything
    const char* broken = nullptr;   ///< a property, in words
    core::instant now = packed_now; ///< later than that if time passed
};

/// The machine is asked, the driver obeys, and the account looks at both.
small_step take(small_world& world, small_event event);

/// What must hold of a state, whatever happens next.
const char* judge(const small_world& world);

} // namespace faceki::model
