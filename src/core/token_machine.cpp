// The life of a token: one switch per event, every decision a value.
#include "core/token_machine.hpp"

#include <algorithm>
#include <ostream>

namespace faceki::core {

decision token_machine::on_call(instant now) noexcept
{
    switch (phase_) {
    case phase::closed:
        return {.what = action::refuse_closed};
    case phase::flying:
        return {.what = action::join, .flight = last_flight_};
    case phase::live:
        if (now < current_.use_until)
            return {.what = action::serve};
        // Dead for us, perhaps alive for the endpoint: nobody may use it and nobody may ask for another one yet.
        if (now < current_.regenerate_after)
            return {.what = action::join};
        break;
    case phase::empty:
        break;
    }
    if (now < retry_at_)
        return {.what = action::refuse, .retry_at = retry_at_};
    if (const instant allowed = next_departure(); now < allowed)
        return {.what = action::refuse_early, .retry_at = allowed};
    return depart(now);
}

/// With no token and no flight: when the next one may start.
instant token_machine::next_departure() const noexcept
{
    // Once the rejected token's own end has come a request is not early any more: the limit of forced renewals ends
    // there too.
    return forced_ ? std::max(retry_at_, std::min(next_forced_, current_.regenerate_after)) : retry_at_;
}

decision token_machine::on_wake(instant now, bool wanted, double random) noexcept
{
    if (phase_ == phase::flying && now >= flight_deadline_) {
        phase_ = phase::empty;
        cool_down(failure::other, now, random);
        return {.what = action::abandon, .flight = last_flight_, .retry_at = retry_at_};
    }
    if (!wanted || phase_ == phase::flying || phase_ == phase::closed)
        return {};
    return now >= *next_wake(wanted) ? depart(now) : decision{};
}

decision token_machine::on_granted(std::uint64_t flight, instant request_sent, instant response_received,
                                   duration expires_in, instant now, double random) noexcept
{
    if (phase_ != phase::flying || flight != last_flight_)
        return {};
    const lifetime granted = make_lifetime(request_sent, response_received, expires_in, policy_.lifetime);
    if (now >= granted.use_until) {
        phase_ = phase::empty;
        cool_down(failure::other, now, random);
        return {.what = action::fail, .flight = flight, .retry_at = retry_at_};
    }
    phase_ = phase::live;
    current_ = granted;
    current_was_forced_ = forced_;
    forced_ = false;
    retry_at_ = instant::min();
    failures_ = 0;
    rejections_ = 0;
    return {.what = action::publish, .flight = flight};
}

decision token_machine::on_failed(std::uint64_t flight, failure how, instant now, double random) noexcept
{
    if (phase_ != phase::flying || flight != last_flight_)
        return {};
    phase_ = phase::empty;
    cool_down(how, now, random);
    return {.what = action::fail, .flight = flight, .retry_at = retry_at_};
}

bool token_machine::may_force(instant now) const noexcept
{
    return now >= std::min(next_forced_, current_.regenerate_after);
}

bool token_machine::on_invalidated(instant now) noexcept
{
    // Past use_until it is handed out no more and its successor is due anyway: rejecting it must not bring that
    // forward.
    if (phase_ != phase::live || now >= current_.use_until)
        return false;
    phase_ = phase::empty;
    forced_ = true;
    // A token that was itself a forced renewal and is rejected again: the fault is elsewhere, so ask less and less
    // often.
    forced_interval_ =
        current_was_forced_ ? std::min(forced_interval_ * 2, policy_.forced_longest) : policy_.forced_shortest;
    return true;
}

decision token_machine::on_new_credentials(instant now, bool wanted) noexcept
{
    if (phase_ == phase::closed)
        return {};
    phase_ = phase::empty;
    retry_at_ = instant::min();
    failures_ = 0;
    rejections_ = 0;
    forced_ = false;
    current_was_forced_ = false;
    next_forced_ = instant::min();
    return wanted ? depart(now) : decision{};
}

void token_machine::on_closed() noexcept
{
    phase_ = phase::closed;
}

std::optional<instant> token_machine::next_wake(bool wanted) const noexcept
{
    if (phase_ == phase::flying)
        return flight_deadline_;
    if (!wanted || phase_ == phase::closed)
        return std::nullopt;
    return phase_ == phase::live ? current_.regenerate_after : next_departure();
}

std::optional<std::uint64_t> token_machine::flight() const noexcept
{
    return phase_ == phase::flying ? std::optional{last_flight_} : std::nullopt;
}

decision token_machine::depart(instant now) noexcept
{
    phase_ = phase::flying;
    flight_deadline_ = now + policy_.flight_deadline;
    if (forced_)
        next_forced_ = now + forced_interval_;
    return {.what = action::depart, .flight = ++last_flight_};
}

void token_machine::cool_down(failure how, instant now, double random) noexcept
{
    if (how == failure::rejected)
        retry_at_ = now + backoff_delay(policy_.rejected, ++rejections_, random);
    else
        retry_at_ = now + backoff_delay(policy_.cooldown, ++failures_, random);
}

std::ostream& operator<<(std::ostream& out, phase p)
{
    switch (p) {
    case phase::empty:
        return out << "empty";
    case phase::flying:
        return out << "flying";
    case phase::live:
        return out << "live";
    case phase::closed:
        return out << "closed";
    }
    return out << "?";
}

std::ostream& operator<<(std::ostream& out, action a)
{
    switch (a) {
    case action::none:
        return out << "none";
    case action::serve:
        return out << "serve";
    case action::join:
        return out << "join";
    case action::depart:
        return out << "depart";
    case action::publish:
        return out << "publish";
    case action::fail:
        return out << "fail";
    case action::abandon:
        return out << "abandon";
    case action::refuse:
        return out << "refuse";
    case action::refuse_early:
        return out << "refuse_early";
    case action::refuse_closed:
        return out << "refuse_closed";
    }
    return out << "?";
}

std::ostream& operator<<(std::ostream& out, const decision& d)
{
    return out << d.what << " flight=" << d.flight << " retry_at=" << d.retry_at.time_since_epoch().count();
}

} // namespace faceki::core
