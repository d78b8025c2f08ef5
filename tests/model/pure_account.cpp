// The properties of single events. Each decision has one condition, and of the conditions exactly one holds.
#include "model/pure_account.hpp"

#include <algorithm>

namespace faceki::model {

using core::action;
using core::decision;
using core::duration;
using core::instant;

namespace {

/// Whether `told` − `now` is what the policy says of the n-th failure in a row, give or take the spread.
bool fits(const core::backoff_policy& policy, unsigned n, instant now, instant told, duration at_least) noexcept
{
    double delay = static_cast<double>(policy.initial.count());
    for (unsigned i = 1; i < n && delay < static_cast<double>(policy.longest.count()); ++i)
        delay *= policy.factor;
    delay = std::min(delay, static_cast<double>(policy.longest.count()));
    const duration least{static_cast<duration::rep>(delay * (1 - policy.spread)) - 1};
    const duration most{static_cast<duration::rep>(delay * (1 + policy.spread)) + 1};
    return told >= now + std::max(least, at_least) && told <= now + std::max(most, at_least) && told > now;
}

} // namespace

bool pure_account::token_lives(instant now) const noexcept
{
    const seen& s = now_known;
    return s.token && !s.rejected && !s.closed && now < s.token->use_until;
}

/// The first instant at which a flight that a caller wants may start; a flight that is out does not count here.
instant pure_account::permitted_from() const noexcept
{
    const seen& s = now_known;
    instant first = std::max(s.retry_at, s.not_before);
    if (s.rejected)
        first = std::max(first, std::min(s.next_forced, s.token->regenerate_after));
    else if (s.token)
        first = std::max(first, s.token->renew_from);
    return first;
}

/// Whatever the reason.
const char* pure_account::departed(const decision& d, instant now) noexcept
{
    seen& s = now_known;
    if (d.what != action::depart)
        return "a flight may start and is wanted, and does not start";
    if (d.flight <= s.last_number)
        return "a flight's number is used a second time";
    s.last_number = d.flight;
    s.flight = {now, now + policy_.flight_deadline, d.cause};
    if (s.rejected)
        s.next_forced = now + s.forced_interval;
    return nullptr;
}

namespace {

const char* right_cause(const seen& s, const decision& d, instant now) noexcept
{
    if (s.rejected)
        return d.cause == flight_cause::rejected ? nullptr : "the cause is a rejected token, and is not told";
    if (d.cause == flight_cause::cold)
        return !s.token || s.last_failed ? nullptr : "cold, and there was a token";
    if (!s.token)
        return "there was no token, and the cause is not cold";
    const auto right = now < s.token->regenerate_after ? flight_cause::ahead : flight_cause::expired;
    return d.cause == right ? nullptr : "expired and ahead are confused";
}

} // namespace

const char* pure_account::called(const decision& d, instant now) noexcept
{
    const seen& s = now_known;
    if (s.closed)
        return d.what == action::refuse_closed ? nullptr : "closed, and a call is not refused";
    if (token_lives(now))
        return d.what == action::serve ? nullptr : "a token lives, and is not handed out";
    if (d.what == action::serve)
        return "a token is handed out that is dead, rejected, or not there";
    if (s.flight)
        return d.what == action::join && d.flight == s.last_number ? nullptr : "a flight is out, and is not joined";
    const bool in_gap = s.token && !s.rejected && now < s.token->renew_from;
    if (in_gap && std::max(s.retry_at, s.not_before) <= s.token->renew_from)
        return d.what == action::join && d.flight == 0 ? nullptr : "between the two deadlines a caller does not wait";
    if (now < s.retry_at)
        return d.what == action::refuse && d.retry_at == s.retry_at ? nullptr : "the cool-down is not kept";
    if (now < s.not_before)
        return d.what == action::refuse_budget && d.retry_at == s.not_before ? nullptr : "the budget is not kept";
    if (const instant first = permitted_from(); now < first)
        return d.what == action::refuse_early && d.retry_at == first ? nullptr
                                                                     : "forced renewals come faster than they may";
    if (const char* wrong = right_cause(s, d, now))
        return wrong;
    return departed(d, now);
}

const char* pure_account::woken(const decision& d, instant now, bool wanted) noexcept
{
    seen& s = now_known;
    if (s.flight && now >= s.flight->deadline) {
        if (d.what != action::abandon || d.flight != s.last_number)
            return "a flight's deadline passed, and it is not abandoned";
        return ended_without_token(d, now, core::failure::other, {});
    }
    // A token that lives and may be replaced already (the lead before its end) is replaced for whoever waits, as for
    // keep_fresh().
    const bool may = !s.closed && !s.flight && now >= permitted_from();
    if (!wanted || !may)
        return d == decision{} ? nullptr : "nothing was due, and something happens";
    if (const char* wrong = right_cause(s, d, now))
        return wrong;
    return departed(d, now);
}

const char* pure_account::quietly_woken(const decision& d, instant now, bool used, bool listening) noexcept
{
    seen& s = now_known;
    const next_quiet stage = listening ? s.quiet : next_quiet::nothing;
    const instant due = stage == next_quiet::watch  ? s.token->watch_from
                        : stage == next_quiet::warm ? s.token->warm_at
                                                    : s.token.value_or(seen_token{}).renew_from;
    if (stage == next_quiet::nothing || now < due)
        return d == decision{} ? nullptr : "a quiet wake does something that is not due";
    if (now >= s.token->regenerate_after) {
        s.quiet = next_quiet::nothing;
        return d == decision{} ? nullptr : "a quiet wake after the token's end does something";
    }
    switch (stage) {
    case next_quiet::watch:
        s.quiet = next_quiet::warm;
        return d == decision{.what = action::watch} ? nullptr : "the last quarter begins, and nobody watches";
    case next_quiet::warm:
        s.quiet = policy_.refresh_ahead > duration{0} ? next_quiet::ahead : next_quiet::nothing;
        return d == decision{.what = used && policy_.prewarm ? action::warm : action::none}
                   ? nullptr
                   : "a connection is made ready without use, or is not with it";
    default:
        break;
    }
    s.quiet = next_quiet::nothing;
    if (!used || now < permitted_from())
        return d == decision{} ? nullptr : "a flight ahead of the end starts unused or forbidden";
    if (d.cause != flight_cause::ahead)
        return "ahead of the end, and the cause says otherwise";
    return departed(d, now);
}

const char* pure_account::granted(const decision& d, std::uint64_t flight, instant sent, instant received,
                                  duration expires_in, instant now) noexcept
{
    seen& s = now_known;
    if (!s.flight || flight != s.last_number)
        return d == decision{} ? nullptr : "the token of an older flight is taken";
    const core::lifetime_policy& cut = policy_.lifetime;
    const instant use_until = std::max(sent, received - cut.max_uncertainty) + expires_in - cut.safety_margin;
    if (now >= use_until)
        return d.what == action::fail && d.flight == flight ? ended_without_token(d, now, core::failure::other, {})
                                                            : "a token that is dead on arrival is published";
    if (d != decision{.what = action::publish, .flight = flight})
        return "a good token is not published";
    const instant end = received + expires_in;
    const instant renew_from = end - std::min(policy_.refresh_ahead, expires_in / 4);
    const duration watch = std::min(expires_in / 4, policy_.longest_watch);
    s.token = seen_token{.use_until = use_until,
                         .regenerate_after = end,
                         .renew_from = renew_from,
                         .watch_from = renew_from - watch,
                         .warm_at = renew_from - std::min(watch / 2, policy_.longest_warm_lead),
                         .came_of_rejection = s.rejected};
    s.flight.reset();
    s.rejected = s.last_failed = false;
    s.failures = s.rejections = 0;
    s.retry_at = instant::min();
    s.quiet = policy_.prewarm || policy_.refresh_ahead > duration{0} ? next_quiet::watch : next_quiet::nothing;
    return nullptr;
}

const char* pure_account::failed(const decision& d, std::uint64_t flight, core::failure how, instant now,
                                 duration at_least) noexcept
{
    if (!now_known.flight || flight != now_known.last_number)
        return d == decision{} ? nullptr : "the failure of an older flight is taken";
    if (d.what != action::fail || d.flight != flight)
        return "a flight failed, and its waiters are not told";
    return ended_without_token(d, now, how, at_least);
}

const char* pure_account::ended_without_token(const decision& d, instant now, core::failure how,
                                              duration at_least) noexcept
{
    seen& s = now_known;
    s.flight.reset();
    s.last_failed = true;
    s.retry_at = d.retry_at;
    const bool rejected = how == core::failure::rejected;
    const unsigned n = rejected ? ++s.rejections : ++s.failures;
    return fits(rejected ? policy_.rejected : policy_.cooldown, n, now, d.retry_at, at_least)
               ? nullptr
               : "the cool-down is longer or shorter than the policy says";
}

const char* pure_account::invalidated(bool dropped, instant now) noexcept
{
    seen& s = now_known;
    if (dropped != token_lives(now))
        return dropped ? "a token that nobody gets any more is dropped" : "a rejected token stays in use";
    if (!dropped)
        return nullptr;
    s.rejected = true;
    s.forced_interval =
        s.token->came_of_rejection ? std::min(s.forced_interval * 2, policy_.forced_longest) : policy_.forced_shortest;
    if (s.flight)
        s.next_forced = now + s.forced_interval; // the flight that is out counts as the forced one
    return nullptr;
}

const char* pure_account::renewed(const decision& d, instant now) noexcept
{
    seen& s = now_known;
    const bool may = token_lives(now) && !s.flight && now >= std::min(s.next_forced, s.token->regenerate_after) &&
                     now >= std::max(s.retry_at, s.not_before);
    if (!may)
        return d == decision{} ? nullptr : "an early renewal starts that may not";
    if (d.cause != flight_cause::forced)
        return "an early renewal does not say so";
    s.forced_interval = policy_.forced_shortest;
    s.next_forced = now + s.forced_interval;
    return departed(d, now);
}

const char* pure_account::new_credentials(const decision& d, instant now, bool wanted) noexcept
{
    seen& s = now_known;
    if (s.closed)
        return d == decision{} ? nullptr : "closed, and new credentials do something";
    s = {.forced_interval = s.forced_interval, .not_before = s.not_before, .last_number = s.last_number};
    if (!wanted || now < s.not_before)
        return d == decision{} ? nullptr : "new credentials start a flight that nobody wants or the budget forbids";
    if (d.cause != flight_cause::credentials)
        return "new credentials, and the cause says otherwise";
    return departed(d, now);
}

void pure_account::closed() noexcept
{
    now_known = {.closed = true, .not_before = now_known.not_before, .last_number = now_known.last_number};
}

} // namespace faceki::model
