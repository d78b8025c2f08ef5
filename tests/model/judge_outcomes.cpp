// How flights end: one outcome for all who wait, never a dead token, a cool-down after each failure.
#include <algorithm>
#include <cmath>

#include <faceki/error.hpp>

#include "model/judge.hpp"

namespace faceki::model {

void judge::on_flight_ended(const fact& f)
{
    if (!require(flight_ && flight_->number == f.flight, "the end of a flight that is not out", f))
        return;
    require(f.cause == flight_->cause, "a flight ended with another cause than it started with", f);
    require(f.attempts == flight_->attempts, "the observer was told another number of attempts", f);
    require(f.requests == flight_->sent, "the observer was told another number of requests", f);
    require(f.count == open_.size(), "a flight's outcome goes to others than those who wait", f);
    if (flight_->attempts == 0)
        on_failure_without_request(f);
    else if (f.error)
        on_failure(f);
    else
        on_token(f, requests_[flight_->last_request]);
    flight_.reset();
    outdate_requests(f.at);
    wanted_ = keepers_ != 0;
    wanted_since_ = f.at;
    ++era_;
}

core::lifetime judge::deadlines_of(const request_view& r, instant now) const noexcept
{
    const instant sent = r.sent.value_or(r.began);
    const instant received = r.received.value_or(now);
    const duration lasts = std::clamp(r.result.expires_in, duration{0}, duration{std::chrono::hours{24 * 3650}});
    return {.use_until = std::max(sent, received - told_.max_uncertainty) + lasts - told_.safety_margin,
            .regenerate_after = received + lasts};
}

void judge::on_token(const fact& f, const request_view& r)
{
    if (!require(r.ended && !r.result.error && r.result.at == f.at, "a token that nobody granted", f))
        return;
    const core::lifetime ends = deadlines_of(r, f.at);
    require(f.at < ends.use_until, "a token was published that lives no more", f);
    require(f.pause == duration{0} && !f.retry_at, "a cool-down after a success", f);
    held_ = {.token = r.result.token,
             .use_until = ends.use_until,
             .regenerate_after = ends.regenerate_after,
             .renew_from = ends.regenerate_after - std::min(told_.refresh_ahead, r.result.expires_in / 4),
             .expires_in = r.result.expires_in,
             .replaces_rejected = flight_->replaces_rejected};
    retry_at_.reset();
    failures_in_a_row_ = 0;
    rejections_in_a_row_ = 0;
    ++counts_.tokens;
    fix_all(held_->token, {}, {});
}

void judge::on_failure(const fact& f)
{
    const request_view& r = requests_[flight_->last_request];
    const bool just_ended = r.ended && r.result.at == f.at;
    std::optional<duration> retry_after;
    if (just_ended && !flight_->next_attempt && !r.result.error) {
        require(f.at >= deadlines_of(r, f.at).use_until, "a live token was thrown away", f);
        require(f.error == errc::malformed_token, "a token that was dead on arrival is malformed_token", f);
    } else if (just_ended && !flight_->next_attempt && f.error == r.result.error) {
        retry_after = r.result.retry_after;
        const bool goes_on = may_be_tried_again(r.result) && flight_->attempts < told_.max_attempts &&
                             budget_surely_free(f.at) &&
                             longest_pause_before(flight_->attempts, r.result) < flight_->deadline - f.at;
        require(!goes_on, "a flight gave up although another attempt was due", f);
    } else {
        require(f.error == errc::timed_out && f.at >= flight_->deadline, "a flight ended with an error nobody gave", f);
    }
    fail(f, retry_after);
}

/// Its strand had no turn before its deadline.
void judge::on_failure_without_request(const fact& f)
{
    require(f.error == errc::timed_out, "a flight ended without a request", f);
    require(f.at - told_.flight_deadline >= (wanted_ ? wanted_since_
                                             : held_ ? held_->renew_from
                                                     : instant::max()),
            "a flight ended without a request before its deadline can have passed", f);
    if (held_ && held_->rejected)
        forced(wanted_since_, f.at - told_.flight_deadline);
    fail(f, {});
}

void judge::fail(const fact& f, std::optional<duration> retry_after)
{
    check_cool_down(f, retry_after);
    ++counts_.failures;
    last_error_ = f.error;
    retry_at_ = f.retry_at;
    fix_all(0, f.error, f.retry_at);
}

void judge::check_cool_down(const fact& f, std::optional<duration> retry_after)
{
    using seconds = std::chrono::duration<double>;
    const bool rejected = f.error == errc::credentials_rejected;
    const unsigned in_a_row = rejected ? ++rejections_in_a_row_ : ++failures_in_a_row_;
    const double base =
        rejected ? std::min(5.0 * std::pow(2.0, in_a_row - 1), 300.0) : std::min(std::pow(1.6, in_a_row - 1), 120.0);
    const double spread = rejected ? 0.0 : 0.2;
    const double at_least =
        seconds(std::clamp(retry_after.value_or(duration{0}), duration{0}, duration{std::chrono::hours{1}})).count();
    constexpr double rounding = 1e-6;
    const double pause = seconds(f.pause).count();
    require(pause >= std::max(base * (1 - spread), at_least) - rounding, "a cool-down shorter than it has to be", f);
    require(pause <= std::max(base * (1 + spread), at_least) + rounding, "a cool-down longer than it may be", f);
    require(f.retry_at == f.at + f.pause, "a cool-down whose end does not fit its length", f);
}

} // namespace faceki::model
