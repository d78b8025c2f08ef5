// A state of the small world in few bytes, the same for all states that have the same future.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "model/pure_account.hpp"

namespace faceki::model {

inline constexpr core::duration tick = std::chrono::seconds{1}; ///< all that happens, happens at whole ticks

enum class waits : std::int8_t {
    not_at_all,
    without_limit,
    with_limit, ///< one tick is left
    overdue,    ///< its own limit is reached, and the driver has not seen it yet
};

/// Machine, waiters and what the properties remember. The source has no memory but when its flight started.
struct small_world {
    explicit small_world(const core::machine_policy& policy) noexcept : machine(policy), account(policy) {}

    bool anyone_waits() const noexcept;
    bool wanted() const noexcept { return kept_fresh || anyone_waits(); }

    core::token_machine machine;
    pure_account account;
    std::array<waits, 3> waiters{}; ///< in order: which of them it is makes no difference
    bool kept_fresh = false;
    std::int8_t token = 0; ///< which of the two is current, from 1; 0 = none was published for these credentials
};

/// Instants as halves of a tick from now, those behind us all alike; flights numbered from the last one; counts of
/// failures up to the one from which the pause does not grow. Nothing in the machine can tell the difference: it only
/// asks whether instants have come, and whether a result is the last flight's.
using packed_state = std::array<std::int8_t, 48>;

/// The instant of every state that is unpacked.
inline constexpr core::instant packed_now{std::chrono::hours{1000}};

/// Nothing if an instant or a count is none that the small policies can lead to.
std::optional<packed_state> pack(const small_world& world, core::instant now);
small_world unpack(const packed_state& bytes, const core::machine_policy& policy);

} // namespace faceki::model
