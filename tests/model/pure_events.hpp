// What can happen to the pure machine, its callers and its source; and where it stands when that happens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace faceki::model {

enum class pure_event : std::uint8_t {
    // Callers.
    call,
    call_with_limit,
    cancel,
    peek,
    invalidate_current,
    invalidate_if_renewable,
    invalidate_old,
    renew_early,
    set_credentials,
    keep_fresh,
    keep_fresh_no_more,
    close,

    // The source.
    send,
    receive,
    grant,
    grant_dead,
    not_sent,
    no_answer,
    server_error,
    retry_after,
    malformed,
    rejected,
    next_attempt, ///< the pause is over
    older_token,
    older_failure,

    // Time.
    a_moment,
    to_an_instant, ///< at which something is due, one before, or one beyond
    suspend,
    wall_jump,
    alarm,       ///< whether due or not
    quiet_alarm, ///< the same
    limits_end,
    settle, ///< all that is due
};
inline constexpr std::size_t pure_events = static_cast<std::size_t>(pure_event::settle) + 1;
std::string_view name_of(pure_event) noexcept;

enum class pure_stand : std::uint8_t {
    empty,
    cooling,         ///< empty, and the last flight failed a short while ago
    blocked,         ///< empty, and a hard limit of the budget is reached
    forced_limit,    ///< empty: the token was rejected, too soon after the last time
    flying_alone,    ///< nobody waits
    flying,          ///< somebody waits
    pausing,         ///< between two attempts, with or without a token
    live,            ///< handed out
    live_cooling,    ///< handed out, and its renewal failed a short while ago
    live_blocked,    ///< handed out, and a hard limit is reached
    gap,             ///< between the two deadlines: callers wait
    gap_refusing,    ///< between the two deadlines, and what comes then is a refusal
    due,             ///< dead, and nobody has asked for the next one yet
    renewing,        ///< handed out while its successor is asked for
    renewing_in_gap, ///< not handed out any more, its successor is asked for
    closed,
};
inline constexpr std::size_t pure_stands = static_cast<std::size_t>(pure_stand::closed) + 1;
std::string_view name_of(pure_stand) noexcept;

/// One entry of a schedule. What it means in detail comes from `value`, so that it can be played again, and alone.
struct pure_step {
    pure_event what{};
    std::uint32_t value = 0;
};

} // namespace faceki::model
