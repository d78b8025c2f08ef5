// Callers: as the refresher, the driver asks the machine and obeys.
#include "model/pure_driver.hpp"

#include <utility>

#include <faceki/error.hpp>

#include <asio/error.hpp>

namespace faceki::model {

using core::action;
using core::decision;

namespace {

core::machine_policy policy_of(const rules& told)
{
    core::machine_policy policy;
    policy.flight_deadline = told.flight_deadline;
    policy.lifetime = {.safety_margin = told.safety_margin, .max_uncertainty = told.max_uncertainty};
    policy.refresh_ahead = told.refresh_ahead;
    policy.prewarm = told.prewarm;
    return policy;
}

} // namespace

pure_driver::pure_driver(const rules& told)
    : told_(told), attempt_policy_{told.max_attempts, told.first_pause, told.longest_pause}, machine_(policy_of(told)),
      budget_(told.budget), account_(policy_of(told)), judge_(told),
      log_([this] { return time(); }, [this](const fact& f) { judge_.take(f); }), now_(std::chrono::hours{1000}),
      wall_(std::chrono::sys_days{std::chrono::year{2026} / 3 / 1})
{
}

std::string pure_driver::broken() const
{
    return account_broken_ ? account_broken_ : judge_.broken();
}

double pure_driver::random() noexcept
{
    value_ = value_ * 1664525U + 1013904223U;
    return static_cast<double>(value_) / 0x1p32;
}

void pure_driver::look_at_budget()
{
    const instant until = budget_.blocked_until(now_, wall_).value_or(instant::min());
    machine_.set_not_before(until);
    account_.blocked_until(until);
}

bool pure_driver::call(std::optional<instant> until)
{
    used_ = true;
    look_at_budget();
    const decision d = machine_.on_call(now_);
    check(account_.called(d, now_));
    const std::uint32_t number = ++waiters_;
    const bool waits = d.what == action::join || d.what == action::depart;
    note({.what = fact_kind::asked,
          .waiter = number,
          .fate = waits                     ? fate::waits
                  : d.what == action::serve ? fate::hit
                                            : fate::refused,
          .until = until});
    if (waits)
        waiting_.push_back({number, until});
    switch (d.what) {
    case action::serve:
        answer(number, current_, {}, {});
        break;
    case action::depart:
        depart(d);
        break;
    case action::refuse:
        answer(number, 0, last_error_, last_retry_at_);
        break;
    case action::refuse_early:
        answer(number, 0, make_error_code(errc::rate_limited), d.retry_at);
        break;
    case action::refuse_budget:
        answer(number, 0, make_error_code(errc::budget_exhausted), d.retry_at);
        break;
    case action::refuse_closed:
        answer(number, 0, asio::error::operation_aborted, {});
        break;
    default:
        break;
    }
    return true;
}

bool pure_driver::cancel(std::uint32_t value)
{
    if (waiting_.empty())
        return false;
    const auto who = waiting_.begin() + static_cast<std::ptrdiff_t>(value % waiting_.size());
    const std::uint32_t number = who->number;
    waiting_.erase(who);
    note({.what = fact_kind::cancelled, .waiter = number});
    answer(number, 0, asio::error::operation_aborted, {});
    return true;
}

bool pure_driver::peek()
{
    used_ = true;
    const bool lives = current_ != 0 && now_ < machine_.current().use_until;
    note({.what = fact_kind::peeked, .token = lives ? current_ : 0});
    return true;
}

bool pure_driver::invalidate(std::uint32_t token, bool only_if_renewable)
{
    bool dropped = false;
    if (token == current_ && !(only_if_renewable && !machine_.may_force(now_))) {
        dropped = machine_.on_invalidated(now_);
        check(account_.invalidated(dropped, now_));
    }
    if (dropped)
        current_ = 0;
    note({.what = fact_kind::invalidated, .token = token, .count = only_if_renewable, .truth = dropped});
    return true;
}

bool pure_driver::renew_early()
{
    look_at_budget();
    const decision d = machine_.on_renew(now_);
    check(account_.renewed(d, now_));
    note({.what = fact_kind::renewed_early, .truth = d.what == action::depart});
    if (d.what == action::depart)
        depart(d);
    return true;
}

bool pure_driver::set_credentials()
{
    look_at_budget();
    const bool was_wanted = wanted();
    const decision d = machine_.on_new_credentials(now_, was_wanted);
    check(account_.new_credentials(d, now_, was_wanted));
    current_ = 0;
    note({.what = fact_kind::credentials_set, .generation = ++generation_, .count = waiting_.size()});
    end_source();
    if (const auto blocked = machine_.next_wake(true); !machine_.flight() && !waiting_.empty() && now_ < *blocked) {
        note({.what = fact_kind::turned_away});
        release_all(0, make_error_code(errc::budget_exhausted), blocked);
    }
    if (d.what == action::depart)
        depart(d);
    return true;
}

bool pure_driver::keep_fresh(bool more)
{
    if (!more && keepers_ == 0)
        return false;
    more ? ++keepers_ : --keepers_;
    note({.what = fact_kind::kept_fresh, .truth = more});
    return true;
}

bool pure_driver::close()
{
    const bool dropped = !closed_ && flight_ && flight_->running && flight_->sent;
    note({.what = fact_kind::closed, .count = closed_ ? 0 : waiting_.size(), .truth = dropped});
    machine_.on_closed();
    account_.closed();
    closed_ = true;
    current_ = 0;
    release_all(0, asio::error::operation_aborted, {});
    end_source();
    note({.what = fact_kind::rested});
    return true;
}

bool pure_driver::limits_end()
{
    std::vector<std::uint32_t> left;
    std::erase_if(waiting_, [&](const open_waiter& w) {
        const bool over = w.until && *w.until <= now_;
        if (over)
            left.push_back(w.number);
        return over;
    });
    if (left.empty())
        return false;
    note({.what = fact_kind::limits_passed, .count = left.size()});
    for (const std::uint32_t number : left)
        answer(number, 0, make_error_code(errc::timed_out), {});
    return true;
}

void pure_driver::release_all(std::uint32_t token, std::error_code error, std::optional<instant> retry_at)
{
    for (const open_waiter& w : std::exchange(waiting_, {}))
        answer(w.number, token, error, retry_at);
}

void pure_driver::answer(std::uint32_t waiter, std::uint32_t token, std::error_code error,
                         std::optional<instant> retry_at)
{
    note({.what = fact_kind::answered,
          .waiter = waiter,
          .token = token,
          .with_details = true,
          .retry_at = retry_at,
          .error = error});
}

} // namespace faceki::model
