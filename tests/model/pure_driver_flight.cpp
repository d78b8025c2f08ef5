// The source's side: requests, what came of them, and the flight's end.
#include <algorithm>
#include <utility>

#include <faceki/error.hpp>

#include <asio/error.hpp>

#include "model/pure_driver.hpp"

namespace faceki::model {

using core::action;
using core::decision;

void pure_driver::depart(const decision& d)
{
    flight_ = flight_out{.number = d.flight, .cause = d.cause, .attempts = core::attempt_series(attempt_policy_)};
    note({.what = fact_kind::flight_started, .flight = d.flight, .count = waiting_.size(), .cause = d.cause});
    begin_attempt();
}

void pure_driver::begin_attempt()
{
    flight_->request = ++requests_;
    flight_->running = true;
    ++flight_->begun;
    flight_->began = now_;
    flight_->sent.reset();
    flight_->received.reset();
    flight_->next_attempt.reset();
    note({.what = fact_kind::request_began,
          .request = flight_->request,
          .flight = flight_->number,
          .generation = generation_,
          .deadline = machine_.flight_deadline()});
}

bool pure_driver::send()
{
    if (!flight_ || !flight_->running || flight_->sent)
        return false;
    flight_->sent = now_;
    ++flight_->requests;
    budget_.on_request(now_, wall_);
    note({.what = fact_kind::request_sent, .request = flight_->request});
    return true;
}

bool pure_driver::receive()
{
    if (!flight_ || !flight_->running || !flight_->sent)
        return false;
    flight_->received = now_;
    note({.what = fact_kind::response_received, .request = flight_->request});
    return true;
}

bool pure_driver::grant(duration expires_in)
{
    if (!flight_ || !flight_->running)
        return false;
    const instant sent = flight_->sent.value_or(flight_->began);
    const instant received = flight_->received.value_or(now_);
    const std::uint32_t token = ++tokens_;
    note({.what = fact_kind::request_ended, .request = flight_->request, .token = token, .expires_in = expires_in});
    flight_->running = false;
    const decision d = machine_.on_granted(flight_->number, sent, received, expires_in, now_, random());
    check(account_.granted(d, flight_->number, sent, received, expires_in, now_));
    if (d.what == action::publish) {
        current_ = token;
        end_flight(d, {});
    } else {
        end_flight(d, make_error_code(errc::malformed_token));
    }
    return true;
}

/// Its life ends just now, or ended before.
bool pure_driver::grant_dead(std::uint32_t value)
{
    if (!flight_ || !flight_->running)
        return false;
    const instant sent = flight_->sent.value_or(flight_->began);
    const instant received = flight_->received.value_or(now_);
    const duration just_dead = now_ + told_.safety_margin - std::max(sent, received - told_.max_uncertainty);
    return grant(value % 2 == 0 ? just_dead : just_dead / 2);
}

bool pure_driver::fail(errc code, failure_kind kind, int status, std::optional<duration> retry_after)
{
    if (!flight_ || !flight_->running)
        return false;
    flight_out& f = *flight_;
    const std::error_code error = make_error_code(code);
    note({.what = fact_kind::request_ended,
          .request = f.request,
          .error = error,
          .kind = kind,
          .http_status = status,
          .retry_after = retry_after});
    f.running = false;
    const core::attempt_failure failure{.code = error, .kind = kind, .http_status = status, .retry_after = retry_after};
    f.next_attempt = f.attempts.on_failed(failure, now_, machine_.flight_deadline(), random());
    if (f.next_attempt && budget_.blocked_until(now_, wall_))
        f.next_attempt.reset();
    if (f.next_attempt) {
        note({.what = fact_kind::retry_planned, .flight = f.number, .error = error, .pause = *f.next_attempt - now_});
        return true;
    }
    const auto how = code == errc::credentials_rejected ? core::failure::rejected : core::failure::other;
    const duration at_least = core::retry_after_between_flights(retry_after);
    const decision d = machine_.on_failed(f.number, how, now_, random(), at_least);
    check(account_.failed(d, f.number, how, now_, at_least));
    end_flight(d, error);
    return true;
}

bool pure_driver::next_attempt()
{
    if (!flight_ || !flight_->next_attempt || now_ < *flight_->next_attempt || now_ >= machine_.flight_deadline())
        return false;
    begin_attempt();
    return true;
}

/// The driver obeys: what the machine has not told it to do is not done.
void pure_driver::end_flight(const decision& d, std::error_code error)
{
    if (d.what != action::publish && d.what != action::fail && d.what != action::abandon)
        return;
    const bool failed = static_cast<bool>(error);
    last_error_ = error;
    last_retry_at_ = failed ? std::optional{d.retry_at} : std::nullopt;
    note({.what = fact_kind::flight_ended,
          .flight = flight_->number,
          .count = waiting_.size(),
          .retry_at = last_retry_at_,
          .cause = flight_->cause,
          .error = error,
          .pause = failed ? d.retry_at - now_ : duration{0},
          .attempts = flight_->begun,
          .requests = flight_->requests});
    release_all(failed ? 0 : current_, error, last_retry_at_);
    if (!flight_->running)
        flight_.reset();
}

void pure_driver::end_source()
{
    if (flight_ && flight_->running) {
        note({.what = fact_kind::request_cancelled, .request = flight_->request});
        note({.what = fact_kind::request_ended, .request = flight_->request, .error = asio::error::operation_aborted});
    }
    flight_.reset();
}

/// The result of a flight that is out no more; the last one's too, once it has ended.
bool pure_driver::older_token()
{
    const std::uint64_t last = account_.now_known.last_number;
    const std::uint64_t number = machine_.flight() ? last - 1 : last;
    if (number == 0)
        return false;
    const decision d = machine_.on_granted(number, now_, now_, std::chrono::hours{1}, now_, random());
    check(account_.granted(d, number, now_, now_, std::chrono::hours{1}, now_));
    return true;
}

bool pure_driver::older_failure()
{
    const std::uint64_t last = account_.now_known.last_number;
    const std::uint64_t number = machine_.flight() ? last - 1 : last;
    if (number == 0)
        return false;
    const decision d = machine_.on_failed(number, core::failure::rejected, now_, random());
    check(account_.failed(d, number, core::failure::rejected, now_, {}));
    return true;
}

pure_stand pure_driver::stand() const noexcept
{
    const seen& s = account_.now_known;
    const bool lives = account_.token_lives(now_);
    const bool cooling = now_ < s.retry_at;
    const bool blocked = now_ < s.not_before;
    if (s.closed)
        return pure_stand::closed;
    if (flight_ && flight_->next_attempt)
        return pure_stand::pausing;
    if (s.flight && s.token && !s.rejected && now_ < s.token->regenerate_after)
        return lives ? pure_stand::renewing : pure_stand::renewing_in_gap;
    if (s.flight)
        return waiting_.empty() ? pure_stand::flying_alone : pure_stand::flying;
    if (lives)
        return cooling ? pure_stand::live_cooling : blocked ? pure_stand::live_blocked : pure_stand::live;
    if (s.token && !s.rejected && now_ < s.token->renew_from)
        return std::max(s.retry_at, s.not_before) > s.token->renew_from ? pure_stand::gap_refusing : pure_stand::gap;
    if (cooling)
        return pure_stand::cooling;
    if (blocked)
        return pure_stand::blocked;
    if (s.rejected && now_ < std::min(s.next_forced, s.token->regenerate_after))
        return pure_stand::forced_limit;
    return machine_.phase() == core::phase::live ? pure_stand::due : pure_stand::empty;
}

} // namespace faceki::model
