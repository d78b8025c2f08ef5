// When requests may begin and leave, and which failed attempt may be followed by another.
#include <algorithm>

#include <asio/error.hpp>
#include <faceki/error.hpp>

#include "model/judge.hpp"

namespace faceki::model {

void judge::on_flight_started(const fact& f)
{
    require(!closed_, "a flight of a closed client", f);
    require(!flight_, "two flights at once", f);
    require(f.flight > last_flight_, "a flight's number was used before", f);
    require(f.count == open_.size(), "the observer was told another number of waiters than wait", f);
    require(f.cause != flight_cause::rejected || (held_ && held_->rejected), "cause=rejected, and no token was", f);
    require(f.cause != flight_cause::forced || renew_early_, "cause=forced, and nobody called renew_early()", f);
    require(f.cause != flight_cause::expired || (held_ && f.at >= held_->regenerate_after),
            "cause=expired, and no token's end has come", f);
    require(f.cause != flight_cause::ahead || (held_ && told_.refresh_ahead > duration{0}),
            "cause=ahead, and refresh_ahead is off", f);
    require(f.cause != flight_cause::credentials || generation_ > 1, "cause=credentials, and they never changed", f);
    ++counts_.flights;
    ++era_;
    last_flight_ = f.flight;
    flight_ = {.number = f.flight, .cause = f.cause, .by_renew_early = std::exchange(renew_early_, false)};
}

/// Its source was told to end, had time to, and did not until its deadline.
bool judge::has_ignored_its_end(const request_view& r, instant now) noexcept
{
    return now >= r.deadline && (r.cancelled || (r.outdated && now > *r.outdated));
}

void judge::outdate_requests(instant now) noexcept
{
    for (request_view& r : requests_)
        if (!r.ended && !r.outdated)
            r.outdated = now;
}

void judge::on_request_began(const fact& f)
{
    require(!closed_, "a request of a closed client", f);
    if (!require(flight_ && flight_->number == f.flight, "a request outside of a flight", f))
        return;
    require(f.generation == generation_, "a request with old credentials", f);
    for (const request_view& r : requests_)
        require(r.flight == 0 || r.ended || has_ignored_its_end(r, f.at), "two requests at once", f);
    if (requests_.size() <= f.request)
        requests_.resize(f.request + 1);
    requests_[f.request] = {.flight = f.flight, .generation = f.generation, .began = f.at, .deadline = f.deadline};
    if (++flight_->attempts == 1)
        check_first_request(f);
    else
        check_retry(f);
    flight_->last_request = f.request;
    flight_->next_attempt.reset();
    require(f.at < flight_->deadline, "a request begins at or after its flight's deadline", f);
}

/// The instant at which the flight was decided can be read off its deadline. It counts, not the one at which its
/// strand came to it.
void judge::check_first_request(const fact& f)
{
    const instant decided = f.deadline - told_.flight_deadline;
    flight_->decided = decided;
    flight_->deadline = f.deadline;
    require(decided <= f.at, "a flight's deadline is later than its length allows", f);
    require(!cooling(decided), "a request in the cool-down", f);
    const bool ahead = held_ && told_.refresh_ahead > duration{0} && decided >= held_->renew_from;
    require(wanted_ || keepers_ != 0 || (ahead && used_around_end()), "a request that nobody wants", f);
    if (!held_ || flight_->by_renew_early)
        return;
    if (!held_->rejected) {
        require(ahead || decided >= held_->regenerate_after, "a token was asked for before the last one's end", f);
        return;
    }
    require(ahead || decided >= held_->regenerate_after || !last_forced_ || decided >= *last_forced_ + forced_interval_,
            "a rejected token was replaced too soon after the last time", f);
    // It counts even if it was not early: what comes of it may be rejected too.
    forced(decided, decided);
    flight_->replaces_rejected = true;
}

void judge::check_retry(const fact& f)
{
    const request_view& last = requests_[flight_->last_request];
    require(f.deadline == flight_->deadline, "a flight's deadline has moved", f);
    require(flight_->attempts <= told_.max_attempts, "more attempts than retry.max_attempts", f);
    require(flight_->next_attempt && f.at >= *flight_->next_attempt, "an attempt before its pause has passed", f);
    if (require(last.ended, "an attempt began before the last one had ended", f))
        require(may_be_tried_again(last.result), "an attempt after a failure that must not be tried again", f);
}

void judge::on_request_sent(const fact& f)
{
    request_view& r = requests_.at(f.request);
    require(!r.ended, "the schedule sends a request that has ended", f);
    const bool again = r.sent.has_value();
    r.sent = f.at;
    r.received.reset();
    if (again)
        return; // the same request, on another connection
    ++counts_.requests;
    ++era_;
    if (flight_ && flight_->number == r.flight)
        ++flight_->sent;
    // It is on its way out while credentials change: its successor was decided before it counts.
    const bool excused = r.cancelled || r.outdated;
    sent_.push_back({f.at, day_of(f.wall), excused});
    if (excused)
        return;
    const core::budget_limits& b = told_.budget;
    require(b.hard_per_hour == 0 || sent_within(f.at, std::chrono::hours{1}, false) <= b.hard_per_hour,
            "more requests than budget.hard_per_hour", f);
    const bool day_was_known = last_wall_jump_ < r.deadline - told_.flight_deadline;
    require(b.hard_per_day == 0 || !day_was_known || sent_on_day(f.at, day_of(f.wall), false) <= b.hard_per_day,
            "more requests than budget.hard_per_day", f);
}

/// Callers that leave, and anything else that is no business of the flight, must not end it.
void judge::on_request_cancelled(const fact& f)
{
    request_view& r = requests_.at(f.request);
    r.cancelled = f.at;
    require(closed_ || !flight_ || flight_->number != r.flight || f.at >= r.deadline,
            "a request was cancelled although its flight goes on", f);
}

void judge::on_request_ended(const fact& f)
{
    request_view& r = requests_.at(f.request);
    require(!r.ended, "the schedule ends a request twice", f);
    r.ended = true;
    r.result = f;
    if (flight_ && flight_->number == r.flight && f.error && f.kind == failure_kind::sent_no_answer)
        ++flight_->unanswered;
}

/// Must 9: not sent = what is transient; sent and not answered = once; answered = the status decides.
bool judge::may_be_tried_again(const fact& result) const noexcept
{
    const std::error_code& e = result.error;
    if (!e || e == std::errc::operation_canceled || e == std::errc::not_enough_memory || e == condition::auth ||
        e == errc::malformed_token || e == errc::budget_exhausted || e == errc::invalid_config)
        return false;
    switch (result.kind) {
    case failure_kind::not_sent:
        return e == condition::transient;
    case failure_kind::sent_no_answer:
        return e == condition::transient && e != errc::malformed_http && flight_->unanswered <= 1;
    case failure_kind::none:
    case failure_kind::answered:
        break;
    }
    const int status = result.http_status;
    if (status == 0)
        return e == errc::rate_limited || e == errc::server_error;
    return status == 408 || status == 425 || status == 429 || status / 100 == 5;
}

duration judge::longest_pause_before(int retry, const fact& result) const noexcept
{
    duration jitter = told_.first_pause;
    for (int n = 1; n < retry && jitter < told_.longest_pause; ++n)
        jitter *= 2;
    return std::max(std::min(jitter, told_.longest_pause), result.retry_after.value_or(duration{0}));
}

void judge::on_retry_planned(const fact& f)
{
    if (!require(flight_ && flight_->number == f.flight && flight_->attempts > 0, "a retry outside of a flight", f))
        return;
    const request_view& last = requests_[flight_->last_request];
    if (!require(last.ended, "a retry was planned before its attempt had ended", f))
        return;
    require(flight_->attempts < told_.max_attempts, "more attempts than retry.max_attempts", f);
    require(may_be_tried_again(last.result), "a failure is tried again that must not be", f);
    require(f.pause >= last.result.retry_after.value_or(duration{0}), "a retry before its Retry-After", f);
    require(f.pause <= longest_pause_before(flight_->attempts, last.result), "a pause longer than it may be", f);
    require(f.at + f.pause < flight_->deadline, "a retry at or after its flight's deadline", f);
    require(!budget_surely_used(f.at, f.wall), "a retry beyond the budget", f);
    flight_->next_attempt = f.at + f.pause;
    ++counts_.retries;
}

} // namespace faceki::model
