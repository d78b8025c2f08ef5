// The life of a token: one switch per event, every decision a value.
#include "core/token_machine.hpp"

#include <algorithm>
#include <ostream>

namespace faceki::core {

decision token_machine::on_call(instant now) noexcept
{
    if (phase_ == phase::closed)
        return {.what = action::refuse_closed};
    if (holds_token() && now < current_.use_until)
        return {.what = action::serve};
    if (in_flight())
        return {.what = action::join, .flight = last_flight_};
    // Dead for us, perhaps alive for the endpoint: nobody may use it and nobody may ask for another one yet. Who comes
    // now waits, unless what comes then is a refusal.
    if (phase_ == phase::live && now < renew_from_ && std::max(retry_at_, not_before_) <= renew_from_)
        return {.what = action::join};
    return refuse_or_depart(now);
}

decision token_machine::refuse_or_depart(instant now) noexcept
{
    if (now < retry_at_)
        return {.what = action::refuse, .retry_at = retry_at_};
    if (now < not_before_)
        return {.what = action::refuse_budget, .retry_at = not_before_};
    if (const instant allowed = next_departure(); now < allowed)
        return {.what = action::refuse_early, .retry_at = allowed};
    const flight_cause cause = forced_                           ? flight_cause::rejected
                               : phase_ == phase::empty          ? flight_cause::cold
                               : now < current_.regenerate_after ? flight_cause::ahead
                                                                 : flight_cause::expired;
    return depart(now, cause);
}

/// With no flight out: when the next one may start.
instant token_machine::next_departure() const noexcept
{
    instant first = phase_ == phase::live ? renew_from_ : instant::min();
    // Once the rejected token's own end has come a request is not early any more: the limit of forced renewals ends
    // there too.
    if (forced_)
        first = std::min(next_forced_, current_.regenerate_after);
    return std::max({first, retry_at_, not_before_});
}

decision token_machine::on_wake(instant now, bool wanted, double random) noexcept
{
    if (in_flight() && now >= flight_deadline_) {
        land(now);
        cool_down(failure::other, now, random, {});
        return {.what = action::abandon, .flight = last_flight_, .retry_at = retry_at_};
    }
    if (!wanted || in_flight() || phase_ == phase::closed || now < next_departure())
        return {};
    return refuse_or_depart(now);
}

decision token_machine::on_quiet_wake(instant now, bool used) noexcept
{
    if (!next_quiet_wake() || now < *next_quiet_wake())
        return {};
    if (now >= current_.regenerate_after) {
        quiet_ = quiet::nothing; // too late, after a suspend for example: the next caller departs
        return {};
    }
    switch (quiet_) {
    case quiet::watch:
        quiet_ = quiet::warm;
        return {.what = action::watch};
    case quiet::warm:
        quiet_ = policy_.refresh_ahead > duration{0} ? quiet::ahead : quiet::nothing;
        return {.what = used && policy_.prewarm ? action::warm : action::none};
    case quiet::ahead:
        quiet_ = quiet::nothing;
        return used && now >= next_departure() ? refuse_or_depart(now) : decision{};
    case quiet::nothing:
        break;
    }
    return {};
}

decision token_machine::on_granted(std::uint64_t flight, instant request_sent, instant response_received,
                                   duration expires_in, instant now, double random) noexcept
{
    if (!in_flight() || flight != last_flight_)
        return {};
    const lifetime granted = make_lifetime(request_sent, response_received, expires_in, policy_.lifetime);
    if (now >= granted.use_until) {
        land(now);
        cool_down(failure::other, now, random, {});
        return {.what = action::fail, .flight = flight, .retry_at = retry_at_};
    }
    phase_ = phase::live;
    current_ = granted;
    current_was_forced_ = forced_;
    forced_ = false;
    retry_at_ = instant::min();
    failures_ = 0;
    rejections_ = 0;
    plan_renewal(std::clamp(expires_in, duration{0}, longest_lifetime));
    return {.what = action::publish, .flight = flight};
}

/// What happens around the new token's end, each at most a quarter of its life before it.
void token_machine::plan_renewal(duration expires_in) noexcept
{
    const duration quarter = expires_in / 4;
    renew_from_ = current_.regenerate_after - std::min(policy_.refresh_ahead, quarter);
    const duration watch = std::min(quarter, policy_.longest_watch);
    watch_from_ = renew_from_ - watch;
    warm_at_ = renew_from_ - std::min(watch / 2, policy_.longest_warm_lead);
    quiet_ = policy_.prewarm || policy_.refresh_ahead > duration{0} ? quiet::watch : quiet::nothing;
}

decision token_machine::on_failed(std::uint64_t flight, failure how, instant now, double random,
                                  duration at_least) noexcept
{
    if (!in_flight() || flight != last_flight_)
        return {};
    land(now);
    cool_down(how, now, random, at_least);
    return {.what = action::fail, .flight = flight, .retry_at = retry_at_};
}

/// The flight ended without a token: the one that is held stays, as long as none may be asked for anyway.
void token_machine::land(instant now) noexcept
{
    phase_ = phase_ == phase::renewing && now < current_.regenerate_after ? phase::live : phase::empty;
}

bool token_machine::may_force(instant now) const noexcept
{
    return now >= std::max({std::min(next_forced_, current_.regenerate_after), retry_at_, not_before_});
}

bool token_machine::on_invalidated(instant now) noexcept
{
    // Past use_until it is handed out no more and its successor is due anyway: rejecting it must not bring that
    // forward.
    if (!holds_token() || now >= current_.use_until)
        return false;
    forced_ = true;
    // A token that was itself a forced renewal and is rejected again: the fault is elsewhere, so ask less and less
    // often.
    forced_interval_ =
        current_was_forced_ ? std::min(forced_interval_ * 2, policy_.forced_longest) : policy_.forced_shortest;
    if (phase_ == phase::renewing) {
        phase_ = phase::flying; // its successor is on its way already
        count_forced(now);
    } else {
        phase_ = phase::empty;
    }
    return true;
}

decision token_machine::on_renew(instant now) noexcept
{
    if (phase_ != phase::live || now >= current_.use_until || !may_force(now))
        return {};
    forced_interval_ = policy_.forced_shortest;
    count_forced(now);
    return depart(now, flight_cause::forced);
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
    return wanted && now >= not_before_ ? depart(now, flight_cause::credentials) : decision{};
}

void token_machine::on_closed() noexcept
{
    phase_ = phase::closed;
}

std::optional<instant> token_machine::next_wake(bool wanted) const noexcept
{
    if (in_flight())
        return flight_deadline_;
    if (!wanted || phase_ == phase::closed)
        return std::nullopt;
    return next_departure();
}

std::optional<instant> token_machine::next_quiet_wake() const noexcept
{
    if (phase_ != phase::live)
        return std::nullopt;
    switch (quiet_) {
    case quiet::watch:
        return watch_from_;
    case quiet::warm:
        return warm_at_;
    case quiet::ahead:
        return renew_from_;
    case quiet::nothing:
        break;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> token_machine::flight() const noexcept
{
    return in_flight() ? std::optional{last_flight_} : std::nullopt;
}

decision token_machine::depart(instant now, flight_cause cause) noexcept
{
    phase_ = phase_ == phase::live && now < current_.use_until ? phase::renewing : phase::flying;
    cause_ = cause;
    flight_deadline_ = now + policy_.flight_deadline;
    if (forced_)
        count_forced(now);
    return {.what = action::depart, .flight = ++last_flight_, .cause = cause};
}

void token_machine::count_forced(instant now) noexcept
{
    next_forced_ = now + forced_interval_;
}

void token_machine::cool_down(failure how, instant now, double random, duration at_least) noexcept
{
    const duration own = how == failure::rejected ? backoff_delay(policy_.rejected, ++rejections_, random)
                                                  : backoff_delay(policy_.cooldown, ++failures_, random);
    retry_at_ = now + std::max(own, at_least);
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
    case phase::renewing:
        return out << "renewing";
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
    case action::watch:
        return out << "watch";
    case action::warm:
        return out << "warm";
    case action::refuse:
        return out << "refuse";
    case action::refuse_early:
        return out << "refuse_early";
    case action::refuse_budget:
        return out << "refuse_budget";
    case action::refuse_closed:
        return out << "refuse_closed";
    }
    return out << "?";
}

std::ostream& operator<<(std::ostream& out, const decision& d)
{
    return out << d.what << " flight=" << d.flight << " retry_at=" << d.retry_at.time_since_epoch().count()
               << " cause=" << name_of(d.cause);
}

} // namespace faceki::core
