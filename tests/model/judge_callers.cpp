// What callers may get: each exactly one outcome, and the right one.
#include <algorithm>
#include <utility>

#include <faceki/error.hpp>

#include <asio/error.hpp>

#include "model/judge.hpp"

namespace faceki::model {

void judge::on_asked(const fact& f)
{
    if (waiters_.size() <= f.waiter)
        waiters_.resize(f.waiter + 1);
    waiter_view& w = waiters_[f.waiter];
    if (!require(!w.asked, "the schedule asks twice for one waiter", f))
        return;
    w = {.fate = f.fate,
         .asked = true,
         .until = f.until,
         .context = f.context,
         .asked_after_close = closed_,
         .asked_at = f.at,
         .era = era_};
    last_use_ = f.at;
    if (is_live(f.at)) {
        require(f.fate == fate::hit, "a token lives, and a call did not get it at once", f);
        return fix(w, held_->token, {}, {});
    }
    switch (f.fate) {
    case fate::hit:
        return broke("a call was served at once although no token lives", f);
    case fate::waits:
        ++counts_.waits;
        require(!closed_, "a call waits for a closed client", f);
        require(!cooling(f.at) || (in_gap(f.at) && *retry_at_ <= held_->renew_from),
                "a call waits in the cool-down instead of failing at once", f);
        require(open_.size() < told_.max_waiters, "more wait than limits.max_waiters", f);
        open_.push_back(f.waiter);
        is_wanted(f.at);
        return;
    case fate::refused:
        ++counts_.refused;
        fix(w, 0, closed_ ? asio::error::operation_aborted : std::error_code{}, {});
        w.may_be_crowded = open_.size() >= told_.max_waiters;
        if (closed_ || flight_)
            break;
        w.may_be_cooling = cooling(f.at);
        if (w.may_be_cooling) {
            w.retry_at = retry_at_;
            w.error = last_error_;
            break;
        }
        w.may_be_early = held_ && held_->rejected && f.at < held_->regenerate_after;
        w.may_be_over_budget = !budget_surely_free(f.at);
        break;
    }
    require(closed_ || w.may_be_crowded || w.may_be_cooling || w.may_be_early || w.may_be_over_budget,
            "a call was refused without a reason", f);
}

void judge::fix(waiter_view& w, std::uint32_t token, std::error_code error, std::optional<instant> retry_at) noexcept
{
    w.fixed = true;
    w.token = token;
    w.error = error;
    w.retry_at = retry_at;
    ++undelivered_;
}

/// One outcome for all who wait.
void judge::fix_all(std::uint32_t token, std::error_code error, std::optional<instant> retry_at) noexcept
{
    for (const std::uint32_t n : open_)
        fix(waiters_[n], token, error, retry_at);
    open_.clear();
}

void judge::is_wanted(instant now) noexcept
{
    if (!std::exchange(wanted_, true))
        wanted_since_ = now;
}

judge::waiter_view* judge::asked_waiter(const fact& f)
{
    if (require(f.waiter < waiters_.size() && waiters_[f.waiter].asked, "a waiter ended that never asked", f))
        return &waiters_[f.waiter];
    return nullptr;
}

void judge::on_cancelled(const fact& f)
{
    waiter_view* const w = asked_waiter(f);
    if (!w || w->fixed)
        return; // too late: it gets what was fixed before
    fix(*w, 0, asio::error::operation_aborted, {});
    w->counted = true;
    ++counts_.cancelled;
    std::erase(open_, f.waiter);
}

/// All whose own limit has come, and nobody else.
void judge::on_limits_passed(const fact& f)
{
    std::uint64_t count = 0;
    std::erase_if(open_, [&](std::uint32_t n) {
        waiter_view& w = waiters_[n];
        if (!w.until || *w.until > f.at)
            return false;
        fix(w, 0, make_error_code(errc::timed_out), {});
        w.counted = true;
        ++count;
        return true;
    });
    counts_.timed_out += count;
    require(count == f.count, "other waiters left by a limit of their own than those whose limit has come", f);
}

/// All who wait for a flight that the budget forbids now.
void judge::on_turned_away(const fact& f)
{
    require(!flight_ && !budget_surely_free(f.at), "waiters were turned away by a budget that is not used up", f);
    fix_all(0, make_error_code(errc::budget_exhausted), {});
}

void judge::on_answered(const fact& f)
{
    waiter_view* const w = asked_waiter(f);
    if (!w)
        return;
    require(!w->done, "a waiter completed twice", f);
    require(std::find(dead_contexts_.begin(), dead_contexts_.end(), w->context) == dead_contexts_.end(),
            "a handler ran on a context that is gone", f);
    require((f.token == 0) == static_cast<bool>(f.error), "an outcome that is neither a token nor an error", f);
    require(w->fixed, "a waiter got an outcome that no flight had", f);
    if (!clean())
        return;
    w->done = true;
    --undelivered_;
    if (w->fate == fate::refused)
        return check_refusal(*w, f);
    require(f.token == w->token, "a waiter got another token than the one that was its outcome", f);
    require(f.error == w->error, "a waiter got another error than the one that was its outcome", f);
    if (f.with_details && f.error != errc::budget_exhausted)
        require(f.retry_at == w->retry_at, "a waiter was told another retry_at than its flight had", f);
    if (w->fate == fate::waits && !w->counted)
        ++(f.error ? counts_.failed : counts_.served);
}

void judge::check_refusal(const waiter_view& w, const fact& f)
{
    require(f.token == 0, "a refused call got a token", f);
    if (w.asked_after_close) {
        require(f.error == asio::error::operation_aborted, "a closed client gave another error than operation_aborted",
                f);
        return;
    }
    if (w.may_be_cooling && f.error == w.error) {
        require(!f.with_details || f.retry_at == w.retry_at,
                "a refused call was told another retry_at than the failed "
                "flight had",
                f);
        return;
    }
    require((w.may_be_crowded && f.error == errc::too_many_waiters) ||
                (w.may_be_early && f.error == errc::rate_limited) ||
                (w.may_be_over_budget && f.error == errc::budget_exhausted),
            "a refused call got an error that does not fit", f);
    if (!f.with_details || f.error == errc::too_many_waiters)
        return;
    if (!require(f.retry_at && *f.retry_at > w.asked_at, "a refused call was not told when to come again", f))
        return;
    if (f.error == errc::budget_exhausted && last_wall_jump_ != instant::min())
        return; // the day that begins then may have a count already
    require(promised_.era != w.era || !promised_.retry_at || w.asked_at < *promised_.retry_at,
            "a call at the instant that an earlier one was told is refused again", f);
    promised_ = {w.era, f.retry_at};
}

void judge::on_dropped(const fact& f)
{
    waiter_view* const w = asked_waiter(f);
    if (!w)
        return;
    require(!w->done, "a waiter was dropped after it had completed", f);
    require(std::find(dead_contexts_.begin(), dead_contexts_.end(), w->context) != dead_contexts_.end(),
            "a handler was destroyed uncalled although its context lives", f);
    if (!clean())
        return;
    w->done = true;
    if (w->fixed)
        --undelivered_;
    std::erase(open_, f.waiter);
    if (w->fate == fate::waits && !w->counted)
        ++counts_.dropped;
}

/// The instant of the call decides, for peek() as for calls.
void judge::on_peeked(const fact& f)
{
    last_use_ = f.at;
    if (is_live(f.at))
        require(f.token == held_->token,
                f.token == 0 ? "peek() gave nothing although a token lives"
                             : "peek() gave another token than the current one",
                f);
    else
        require(f.token == 0, "peek() gave a token although none lives", f);
}

} // namespace faceki::model
