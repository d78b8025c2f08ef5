// What changes a client's course, and what must be true when nothing is left to do.
#include <algorithm>

#include <asio/error.hpp>
#include <faceki/error.hpp>

#include "model/judge.hpp"

namespace faceki::model {
namespace {

constexpr duration forced_shortest = std::chrono::seconds{10};
constexpr duration forced_longest = std::chrono::seconds{300};
constexpr duration longest_watch = std::chrono::seconds{60};
constexpr duration longest_warm_lead = std::chrono::seconds{2};

} // namespace

void judge::on_invalidated(const fact& f)
{
    const bool current = f.token != 0 && is_live(f.at) && held_->token == f.token;
    const bool only_if_renewable = f.count != 0;
    require(!f.truth || current, "invalidate() dropped something else than the live token", f);
    require(f.truth || !current || only_if_renewable, "invalidate() left the live token", f);
    if (!f.truth || !clean())
        return;
    held_->rejected = true;
    ++era_;
    ++counts_.invalidated;
    next_forced_interval_ = held_->replaces_rejected ? std::min(forced_interval_ * 2, forced_longest) : forced_shortest;
    if (flight_) { // it counts as the one that replaces this token
        forced(f.at, f.at);
        flight_->replaces_rejected = true;
    }
}

void judge::forced(instant earliest, instant latest) noexcept
{
    last_forced_ = earliest;
    last_forced_by_ = latest;
    forced_interval_ = next_forced_interval_;
}

void judge::on_renewed_early(const fact& f)
{
    if (!f.truth) {
        const bool nothing_in_the_way = is_live(f.at) && !flight_ && !renew_early_ && !cooling(f.at) && !last_forced_ &&
                                        counts_.invalidated == 0 && budget_surely_free(f.at) && !retiring(f.at);
        require(!nothing_in_the_way, "renew_early() did nothing although it may", f);
        return;
    }
    require(is_live(f.at), "renew_early() without a live token", f);
    require(!flight_ && !renew_early_, "renew_early() while a request is out", f);
    require(!cooling(f.at), "renew_early() in the cool-down", f);
    require(!budget_surely_used(f.at, f.wall), "renew_early() beyond the budget", f);
    require(!last_forced_ || f.at >= *last_forced_ + forced_interval_, "renew_early() too soon after the last time", f);
    renew_early_ = true;
    ++era_;
    is_wanted(f.at);
    next_forced_interval_ = forced_shortest;
    forced(f.at, f.at);
}

void judge::on_credentials_set(const fact& f)
{
    generation_ = f.generation;
    if (closed_)
        return;
    ++era_;
    held_.reset();
    flight_.reset();
    outdate_requests(f.at);
    renew_early_ = false;
    retry_at_.reset();
    last_error_ = {};
    failures_in_a_row_ = 0;
    rejections_in_a_row_ = 0;
    last_forced_.reset();
    forced_interval_ = {};
    require(f.count == open_.size(), "set_credentials() lost waiters", f);
    wanted_ = !open_.empty() || keepers_ != 0;
    wanted_since_ = f.at;
}

void judge::on_kept_fresh(const fact& f)
{
    f.truth ? ++keepers_ : --keepers_;
    if (f.truth)
        is_wanted(f.at);
}

void judge::on_closed(const fact& f)
{
    if (closed_) {
        require(f.count == 0 && !f.truth, "a second close() did something", f);
        return;
    }
    bool current_is_out = false; // what the current flight sent
    bool any_is_out = false;
    for (const request_view& r : requests_)
        if (r.flight != 0 && !r.ended && r.sent) {
            any_is_out = true;
            current_is_out = current_is_out || (flight_ && flight_->number == r.flight);
        }
    if (f.with_details) {
        require(f.truth || !current_is_out, "close() does not say that a sent request was dropped", f);
        require(!f.truth || any_is_out, "close() says that a sent request was dropped, and none was out", f);
        require(f.count == open_.size(), "close() counted other waiters than there were", f);
    }
    ends_as_closed();
}

void judge::ends_as_closed()
{
    fix_all(0, asio::error::operation_aborted, {});
    closed_ = true;
    held_.reset();
    flight_.reset();
    renew_early_ = false;
}

/// With the client's own context the client ends too.
void judge::on_context_died(const fact& f)
{
    dead_contexts_.push_back(f.context);
    if (f.context == 0)
        ends_as_closed();
}

void judge::on_rested(const fact& f)
{
    require(closed_, "async_close() completed on an open client", f);
    require(
        std::all_of(requests_.begin(), requests_.end(), [](const request_view& r) { return r.flight == 0 || r.ended; }),
        "async_close() completed while a request was out", f);
    require(!warming_, "async_close() completed while a connection was made", f);
    require(std::all_of(waiters_.begin(), waiters_.end(),
                        [](const waiter_view& w) { return !w.asked || w.done || w.asked_after_close; }),
            "async_close() completed before a waiter's handler", f);
    rested_ = true;
}

/// Before the token's end somebody uses it, or nobody does: this long counts.
duration judge::watched() const noexcept
{
    return std::min(held_->expires_in / 4, longest_watch);
}

bool judge::used_around_end() const noexcept
{
    return keepers_ != 0 || !open_.empty() || (last_use_ && *last_use_ >= held_->renew_from - watched());
}

void judge::on_warm_up_began(const fact& f)
{
    require(told_.prewarm, "a connection was made ready although that is switched off", f);
    require(!closed_, "a connection was made ready by a closed client", f);
    require(!warming_, "two connections are made ready at once", f);
    if (!require(held_ && !held_->rejected, "a connection was made ready without a token that ends", f))
        return;
    require(std::all_of(requests_.begin(), requests_.end(),
                        [](const request_view& r) { return r.flight == 0 || r.ended || r.cancelled; }),
            "a connection was made ready while a request was out", f);
    const duration lead = std::min(watched() / 2, longest_warm_lead);
    require(f.at >= held_->renew_from - lead && f.at < held_->regenerate_after,
            "a connection was made ready too early or too late", f);
    require(used_around_end(), "a connection was made ready for a client that nobody uses", f);
    warming_ = true;
}

/// Nothing is left to do: whoever waits now must have something to wait for.
void judge::on_quiet(const fact& f)
{
    require(undelivered_ == 0, "an outcome is known, and did not reach its waiter", f);
    require(!renew_early_, "renew_early() said yes, and no flight started", f);
    if (flight_) {
        require(f.at < flight_->deadline, "a flight goes on beyond its deadline", f);
        require(!flight_->next_attempt || *flight_->next_attempt > f.at, "a retry is due, and did not start", f);
    }
    check_those_who_wait(f);
    if (closed_ || flight_ || keepers_ == 0 || !clean() || retiring(f.at) || cooling(f.at) || !budget_surely_free(f.at))
        return;
    instant due = instant::min();
    if (held_ && !held_->rejected)
        due = held_->renew_from;
    else if (held_ && last_forced_)
        due = std::min(held_->regenerate_after, last_forced_by_ + forced_longest);
    else if (held_)
        due = held_->regenerate_after; // a rejection during a renewal counts as a forced one, at a time nobody sees
    require(f.at < due, "it is kept fresh, a new token is due, and nobody asks for it", f);
}

void judge::check_those_who_wait(const fact& f)
{
    if (open_.empty() || !clean())
        return;
    for (const std::uint32_t n : open_)
        require(!waiters_[n].until || *waiters_[n].until > f.at, "a waiter's own limit has passed, and it still waits",
                f);
    require(!is_live(f.at), "a caller waits although a token lives", f);
    require(flight_ || in_gap(f.at) || retiring(f.at), "a caller waits for nothing", f);
}

} // namespace faceki::model
