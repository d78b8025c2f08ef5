// Hands each fact to its property; counters, the budget, and where a client stands.
#include "model/judge.hpp"

#include <algorithm>

namespace faceki::model {
namespace {

constexpr duration hour = std::chrono::hours{1};
constexpr duration day = std::chrono::hours{24};
constexpr duration minute = std::chrono::minutes{1}; // the budget rounds to minutes, and to the safe side
constexpr duration day_remembered = std::chrono::hours{26};

} // namespace

std::int64_t day_of(wall_instant wall) noexcept
{
    return std::chrono::floor<std::chrono::days>(wall).time_since_epoch().count();
}

std::string_view name_of(stand s) noexcept
{
    constexpr std::string_view names[stands] = {"empty", "cooling",  "flying",   "pausing", "live",
                                                "gap",   "renewing", "rejected", "blocked", "closed"};
    return names[static_cast<std::size_t>(s)];
}

void judge::take(const fact& f)
{
    if (!clean())
        return;
    switch (f.what) {
    case fact_kind::asked:
        return on_asked(f);
    case fact_kind::cancelled:
        return on_cancelled(f);
    case fact_kind::answered:
        return on_answered(f);
    case fact_kind::dropped:
        return on_dropped(f);
    case fact_kind::peeked:
        return on_peeked(f);
    case fact_kind::invalidated:
        return on_invalidated(f);
    case fact_kind::renewed_early:
        return on_renewed_early(f);
    case fact_kind::credentials_set:
        return on_credentials_set(f);
    case fact_kind::kept_fresh:
        return on_kept_fresh(f);
    case fact_kind::closed:
        return on_closed(f);
    case fact_kind::rested:
        return on_rested(f);
    case fact_kind::context_died:
        return on_context_died(f);
    case fact_kind::flight_started:
        return on_flight_started(f);
    case fact_kind::request_began:
        return on_request_began(f);
    case fact_kind::request_sent:
        return on_request_sent(f);
    case fact_kind::response_received:
        requests_.at(f.request).received = f.at;
        return;
    case fact_kind::request_cancelled:
        return on_request_cancelled(f);
    case fact_kind::request_ended:
        return on_request_ended(f);
    case fact_kind::retry_planned:
        return on_retry_planned(f);
    case fact_kind::flight_ended:
        return on_flight_ended(f);
    case fact_kind::limits_passed:
        return on_limits_passed(f);
    case fact_kind::turned_away:
        return on_turned_away(f);
    case fact_kind::warm_up_began:
        return on_warm_up_began(f);
    case fact_kind::warm_up_ended:
        warming_ = false;
        return;
    case fact_kind::wall_jumped:
        last_wall_jump_ = f.at;
        ++era_;
        return;
    case fact_kind::quiet:
        return on_quiet(f);
    }
}

void judge::broke(std::string_view what, const fact& f)
{
    if (broken_.empty())
        broken_.append(what).append(" (at: ").append(name_of(f.what)).append(")");
}

bool judge::require(bool holds, std::string_view what, const fact& f)
{
    if (!holds)
        broke(what, f);
    return holds;
}

void judge::compare(const stats& counted, instant now, wall_instant wall)
{
    const auto same = [this](std::string_view name, std::uint64_t theirs, std::uint64_t ours) {
        if (theirs != ours && clean())
            broken_.append("stats().").append(name).append(" is ") +=
                std::to_string(theirs) + ", the facts say " + std::to_string(ours);
    };
    same("flights", counted.flights, counts_.flights);
    same("requests_sent", counted.requests_sent, counts_.requests);
    same("retries", counted.retries, counts_.retries);
    same("tokens", counted.tokens, counts_.tokens);
    same("failures", counted.failures, counts_.failures);
    same("invalidated", counted.invalidated, counts_.invalidated);
    same("waiters", counted.waiters, counts_.waits);
    same("served", counted.served, counts_.served);
    same("failed", counted.failed, counts_.failed);
    same("cancelled", counted.cancelled, counts_.cancelled);
    same("timed_out", counted.timed_out, counts_.timed_out);
    same("dropped", counted.dropped, counts_.dropped);
    same("refused", counted.refused, counts_.refused);
    same("waiting", counted.waiting, open_.size());
    if (clean() && counted.waiters != counted.served + counted.failed + counted.cancelled + counted.timed_out +
                                          counted.dropped + counted.waiting)
        broken_ = "stats(): the ends of the waiters do not add up to the waiters";
    if (clean() && (counted.requests_last_hour < sent_within(now, hour) ||
                    counted.requests_last_hour > sent_within(now, hour + minute)))
        broken_ = "stats().requests_last_hour is wrong";
    if (clean() && (counted.requests_today < sent_on_day(now, day_of(wall)) || counted.requests_today > sent_.size()))
        broken_ = "stats().requests_today is wrong";
}

void judge::finish(bool must_have_rested)
{
    if (must_have_rested && !rested_ && clean())
        broken_ = "async_close() never completed";
    for (std::size_t n = 1; n < waiters_.size() && clean(); ++n)
        if (waiters_[n].asked && !waiters_[n].done)
            broken_ = "waiter " + std::to_string(n) + " waits for ever";
    for (std::size_t n = 1; n < requests_.size() && clean(); ++n)
        if (requests_[n].flight != 0 && !requests_[n].ended)
            broken_ = "request " + std::to_string(n) + " never ended";
}

std::uint64_t judge::sent_within(instant now, duration span, bool excused_too) const noexcept
{
    return static_cast<std::uint64_t>(std::count_if(sent_.begin(), sent_.end(), [&](const sent_request& r) {
        return now - r.at < span && (excused_too || !r.excused);
    }));
}

std::uint64_t judge::sent_on_day(instant now, std::int64_t number, bool excused_too) const noexcept
{
    return static_cast<std::uint64_t>(std::count_if(sent_.begin(), sent_.end(), [&](const sent_request& r) {
        return r.day == number && now - r.at < day && (excused_too || !r.excused);
    }));
}

/// Whatever a clock that was put right makes of the days: one that comes again is the same day, with all its requests.
bool judge::budget_surely_free(instant now) const noexcept
{
    const core::budget_limits& b = told_.budget;
    const std::uint64_t of_a_day = last_wall_jump_ == instant::min() ? sent_within(now, day_remembered) : sent_.size();
    return (b.hard_per_hour == 0 || sent_within(now, hour + minute) < b.hard_per_hour) &&
           (b.hard_per_day == 0 || of_a_day < b.hard_per_day);
}

bool judge::budget_surely_used(instant now, wall_instant wall) const noexcept
{
    const core::budget_limits& b = told_.budget;
    return (b.hard_per_hour != 0 && sent_within(now, hour) >= b.hard_per_hour) ||
           (b.hard_per_day != 0 && sent_on_day(now, day_of(wall)) >= b.hard_per_day);
}

std::vector<instant> judge::landmarks(instant now) const
{
    std::vector<instant> all;
    const auto add = [&](instant when) {
        if (when > now)
            all.push_back(when);
    };
    if (held_) {
        add(held_->use_until);
        add(held_->renew_from);
        add(held_->regenerate_after);
    }
    if (retry_at_)
        add(*retry_at_);
    if (flight_ && flight_->decided)
        add(flight_->deadline);
    if (flight_ && flight_->next_attempt)
        add(*flight_->next_attempt);
    if (promised_.retry_at)
        add(*promised_.retry_at);
    if (told_.budget.hard_per_hour != 0 && !sent_.empty())
        add(sent_.back().at + hour);
    return all;
}

bool judge::is_live(instant now) const noexcept
{
    return !closed_ && held_ && !held_->rejected && now < held_->use_until;
}

bool judge::in_gap(instant now) const noexcept
{
    return !closed_ && held_ && !held_->rejected && now >= held_->use_until && now < held_->renew_from;
}

/// A cancelled request has not ended: its successor waits for that, until its deadline, or a moment if that has come.
bool judge::retiring(instant now) const noexcept
{
    constexpr duration moment = std::chrono::seconds{1};
    return std::any_of(requests_.begin(), requests_.end(), [&](const request_view& r) {
        return r.flight != 0 && !r.ended && r.outdated &&
               now < std::max(r.deadline, r.cancelled.value_or(*r.outdated) + moment);
    });
}

stand judge::stands_at(instant now, wall_instant wall) const noexcept
{
    if (closed_)
        return stand::closed;
    if (is_live(now))
        return flight_ ? stand::renewing : stand::live;
    if (flight_)
        return flight_->next_attempt ? stand::pausing : stand::flying;
    if (in_gap(now))
        return stand::gap;
    if (!open_.empty())
        return stand::flying; // about to begin
    if (cooling(now))
        return stand::cooling;
    if (budget_surely_used(now, wall))
        return stand::blocked;
    return held_ && held_->rejected && now < held_->regenerate_after ? stand::rejected : stand::empty;
}

} // namespace faceki::model
