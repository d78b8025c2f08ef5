// The properties of a state: what the machine says of itself, and that its alarms are neither missing nor idle.
#include "model/pure_account.hpp"

#include <algorithm>

namespace faceki::model {

using core::action;
using core::decision;
using core::duration;
using core::instant;
using core::phase;
using core::token_machine;

namespace {

constexpr double middle = 0.5;

} // namespace

const char* pure_account::standing(const token_machine& machine, instant now, bool wanted) const noexcept
{
    const seen& s = now_known;
    const phase p = machine.phase();
    if ((p == phase::closed) != s.closed)
        return "closed is not final";
    if (machine.flight() != (s.flight ? std::optional{s.last_number} : std::nullopt))
        return "the flight that is out is not the one that was started";
    if (s.flight && machine.flight_deadline() != s.flight->deadline)
        return "the flight's deadline has moved";
    if (s.flight && machine.cause() != s.flight->cause)
        return "the flight has another cause than it started with";
    if (p == phase::live || p == phase::renewing) {
        if (!s.token || s.rejected)
            return "a token is held that is not there";
        if (machine.current().use_until != s.token->use_until ||
            machine.current().regenerate_after != s.token->regenerate_after)
            return "the token's deadlines are not what was granted";
    } else if (token_lives(now)) {
        return "a living token is held no more";
    }
    if (now < s.retry_at && machine.retry_at() != s.retry_at)
        return "the cool-down has moved";
    if (const char* wrong = wakes(machine, now, wanted))
        return wrong;
    if (const char* wrong = quiet_wakes(machine, now))
        return wrong;
    return forcing(machine, now);
}

/// The alarm is set for the instant at which something happens: not before, or it would spin; not after, or never.
const char* pure_account::wakes(const token_machine& machine, instant now, bool wanted) const noexcept
{
    const std::optional<instant> when = machine.next_wake(wanted);
    token_machine then = machine;
    if (!when)
        return now_known.flight || (wanted && !now_known.closed) ? "an alarm is missing"
               : then.on_wake(now, wanted, middle).what == action::none
                   ? nullptr
                   : "something is due, and no alarm is set for it";
    const instant due = std::max(*when, now);
    if (due > now && then.on_wake(due - duration{1}, wanted, middle).what != action::none)
        return "the alarm is set too late";
    if (then.on_wake(due, wanted, middle).what == action::none)
        return "the alarm rings for nothing";
    const std::optional<instant> next = then.next_wake(wanted);
    return next && *next <= due ? "the alarm rings again at once" : nullptr;
}

const char* pure_account::quiet_wakes(const token_machine& machine, instant now) const noexcept
{
    const seen& s = now_known;
    const std::optional<instant> when = machine.next_quiet_wake();
    if (machine.phase() != phase::live || s.quiet == next_quiet::nothing)
        return when ? "a quiet alarm is set for nothing" : nullptr;
    const instant right = s.quiet == next_quiet::watch  ? s.token->watch_from
                          : s.quiet == next_quiet::warm ? s.token->warm_at
                                                        : s.token->renew_from;
    if (when != right)
        return "the quiet alarm is set for another instant";
    // At most the three steps, then silence.
    token_machine then = machine;
    const instant due = std::max(*when, now);
    for (int step = 0; step < 3; ++step)
        if (then.on_quiet_wake(due, false).what == action::depart)
            return "a flight without use";
    const std::optional<instant> next = then.next_quiet_wake();
    return next && *next <= due ? "the quiet alarm rings again and again" : nullptr;
}

/// may_force() tells beforehand what becomes of the caller after invalidate().
const char* pure_account::forcing(const token_machine& machine, instant now) const noexcept
{
    const seen& s = now_known;
    if (!token_lives(now) || s.flight)
        return nullptr;
    token_machine then = machine;
    const bool told = machine.may_force(now);
    if (!then.on_invalidated(now))
        return "a living token cannot be rejected";
    return told == (then.on_call(now).what == action::depart) ? nullptr : "may_force() says something else";
}

const char* pure_account::waiting_ends(const token_machine& machine, instant now) const noexcept
{
    const instant latest =
        now_known.flight ? now_known.flight->deadline : std::max(now, permitted_from()) + policy_.flight_deadline;
    token_machine then = machine;
    instant t = now;
    for (int step = 0; step < 2; ++step) {
        const std::optional<instant> when = then.next_wake(true);
        if (!when)
            return "somebody waits for ever: no alarm is set";
        t = std::max(t, *when);
        if (then.on_wake(t, true, middle).what == action::abandon)
            return t <= std::max(latest, now) ? nullptr : "somebody waits longer than a flight may take";
    }
    return "somebody waits for ever: the alarm completes nobody";
}

} // namespace faceki::model
