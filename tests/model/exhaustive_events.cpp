// The driver of the small world: as the real one, it only obeys.
#include "model/exhaustive_events.hpp"

#include <algorithm>

namespace faceki::model {
namespace {

using core::action;
using core::decision;
using core::duration;
using core::instant;

constexpr double middle = 0.5;
constexpr instant now = packed_now;
constexpr duration retry_after = 3 * tick;
constexpr duration blocked_for = 2 * tick;

constexpr small_step impossible{};
small_step done(const char* broken) noexcept
{
    return {.possible = true, .broken = broken};
}

void release_all(small_world& w) noexcept
{
    w.waiters.fill(waits::not_at_all);
}

bool replace_one(small_world& w, waits from, waits to) noexcept
{
    const auto one = std::find(w.waiters.begin(), w.waiters.end(), from);
    if (one == w.waiters.end())
        return false;
    *one = to;
    return true;
}

small_step pass(small_world& w) noexcept
{
    for (waits& one : w.waiters)
        if (one == waits::with_limit)
            one = waits::overdue;
    return {.possible = true, .now = now + tick};
}

/// The flight's end, if the decision says so, is the end of all who wait.
small_step end_of_flight(small_world& w, const decision& d, const char* broken) noexcept
{
    if (d.what == action::publish || d.what == action::fail || d.what == action::abandon)
        release_all(w);
    return done(broken);
}

small_step wake(small_world& w) noexcept
{
    const bool wanted = w.wanted();
    const decision d = w.machine.on_wake(now, wanted, middle);
    return end_of_flight(w, d, w.account.woken(d, now, wanted));
}

small_step quiet_wake(small_world& w, bool used) noexcept
{
    const bool listening = w.machine.next_quiet_wake().has_value();
    const decision d = w.machine.on_quiet_wake(now, used);
    return done(w.account.quietly_woken(d, now, used, listening));
}

small_step call(small_world& w, waits how) noexcept
{
    if (!replace_one(w, waits::not_at_all, how))
        return impossible;
    const decision d = w.machine.on_call(now);
    if (d.what != action::join && d.what != action::depart)
        replace_one(w, how, waits::not_at_all); // answered at once
    return done(w.account.called(d, now));
}

small_step leave(small_world& w, waits who) noexcept
{
    return replace_one(w, who, waits::not_at_all) ? done(nullptr) : impossible;
}

small_step limits_end(small_world& w) noexcept
{
    std::replace(w.waiters.begin(), w.waiters.end(), waits::overdue, waits::not_at_all);
    return done(nullptr);
}

small_step granted(small_world& w, std::int8_t token, instant sent, instant received,
                   duration expires_in = small_lifetime) noexcept
{
    if (!w.account.now_known.flight)
        return impossible;
    const std::uint64_t number = w.account.now_known.last_number;
    const decision d = w.machine.on_granted(number, sent, received, expires_in, now, middle);
    if (d.what == action::publish)
        w.token = token;
    return end_of_flight(w, d, w.account.granted(d, number, sent, received, expires_in, now));
}

small_step failed(small_world& w, core::failure how, duration at_least) noexcept
{
    if (!w.account.now_known.flight)
        return impossible;
    const std::uint64_t number = w.account.now_known.last_number;
    const decision d = w.machine.on_failed(number, how, now, middle, at_least);
    return end_of_flight(w, d, w.account.failed(d, number, how, now, at_least));
}

/// The number of a flight that is out no more: the last one's too, if it has ended.
std::uint64_t older_flight(const small_world& w) noexcept
{
    const seen& s = w.account.now_known;
    return s.flight ? s.last_number - 1 : s.last_number;
}

small_step older_token(small_world& w) noexcept
{
    const std::uint64_t number = older_flight(w);
    const decision d = w.machine.on_granted(number, now, now, small_lifetime, now, middle);
    small_step step = done(w.account.granted(d, number, now, now, small_lifetime, now));
    step.same = true;
    return step;
}

small_step older_failure(small_world& w) noexcept
{
    const std::uint64_t number = older_flight(w);
    const decision d = w.machine.on_failed(number, core::failure::rejected, now, middle, retry_after);
    small_step step = done(w.account.failed(d, number, core::failure::rejected, now, retry_after));
    step.same = true;
    return step;
}

/// Compared by value: a token that is not the current one is none of the machine's business.
small_step invalidate(small_world& w, std::int8_t token) noexcept
{
    if (w.token != token)
        return impossible;
    return done(w.account.invalidated(w.machine.on_invalidated(now), now));
}

small_step renew(small_world& w) noexcept
{
    const decision d = w.machine.on_renew(now);
    return done(w.account.renewed(d, now));
}

small_step new_credentials(small_world& w) noexcept
{
    const bool wanted = w.wanted();
    const decision d = w.machine.on_new_credentials(now, wanted);
    w.token = 0;
    if (d.what != action::depart)
        release_all(w); // blocked by the budget: they are told so
    return done(w.account.new_credentials(d, now, wanted));
}

small_step block(small_world& w, instant until) noexcept
{
    w.machine.set_not_before(until);
    w.account.blocked_until(until);
    return done(nullptr);
}

small_step keep_fresh(small_world& w, bool kept) noexcept
{
    if (w.kept_fresh == kept)
        return impossible;
    w.kept_fresh = kept;
    return done(nullptr);
}

small_step close(small_world& w) noexcept
{
    w.machine.on_closed();
    w.account.closed();
    w.token = 0;
    release_all(w);
    return done(nullptr);
}

} // namespace

small_step take(small_world& w, small_event event)
{
    const instant start = w.account.now_known.flight.value_or(seen_flight{.started = now}).started;
    switch (event) {
    case small_event::a_tick_passes:
        return pass(w);
    case small_event::wake:
        return wake(w);
    case small_event::quiet_wake_unused:
        return quiet_wake(w, false);
    case small_event::quiet_wake_used:
        return quiet_wake(w, true);
    case small_event::call:
        return call(w, waits::without_limit);
    case small_event::call_with_limit:
        return call(w, waits::with_limit);
    case small_event::cancel_without_limit:
        return leave(w, waits::without_limit);
    case small_event::cancel_with_limit:
        return leave(w, waits::with_limit);
    case small_event::cancel_overdue:
        return leave(w, waits::overdue);
    case small_event::limits_end:
        return limits_end(w);
    case small_event::granted_a_at_once:
        return granted(w, 1, now, now);
    case small_event::granted_b_at_once:
        return granted(w, 2, now, now);
    case small_event::granted_a_slowly:
        return granted(w, 1, start, now);
    case small_event::granted_b_slowly:
        return granted(w, 2, start, now);
    case small_event::granted_a_late:
        return granted(w, 1, start, start);
    case small_event::granted_b_late:
        return granted(w, 2, start, start);
    case small_event::granted_dead:
        return granted(w, 1, now, now, duration{0});
    case small_event::failed:
        return failed(w, core::failure::other, {});
    case small_event::failed_with_retry_after:
        return failed(w, core::failure::other, retry_after);
    case small_event::rejected:
        return failed(w, core::failure::rejected, {});
    case small_event::rejected_with_retry_after:
        return failed(w, core::failure::rejected, retry_after);
    case small_event::older_token:
        return older_token(w);
    case small_event::older_failure:
        return older_failure(w);
    case small_event::invalidate_a:
        return invalidate(w, 1);
    case small_event::invalidate_b:
        return invalidate(w, 2);
    case small_event::renew_early:
        return renew(w);
    case small_event::new_credentials:
        return new_credentials(w);
    case small_event::budget_used_up:
        return block(w, now + blocked_for);
    case small_event::budget_free:
        return block(w, instant::min());
    case small_event::keep_fresh:
        return keep_fresh(w, true);
    case small_event::keep_fresh_no_more:
        return keep_fresh(w, false);
    case small_event::close:
        return close(w);
    }
    return impossible;
}

const char* judge(const small_world& w)
{
    if (const char* wrong = w.account.standing(w.machine, now, w.wanted()))
        return wrong;
    if (w.machine.phase() == core::phase::closed)
        return w.anyone_waits() ? "closed, and somebody waits" : nullptr;
    if (w.account.token_lives(now) && w.anyone_waits())
        return "a token lives, and somebody waits";
    return w.anyone_waits() ? w.account.waiting_ends(w.machine, now) : nullptr;
}

} // namespace faceki::model
