// Time, the alarms, and the end of a schedule.
#include <algorithm>
#include <array>

#include <faceki/error.hpp>

#include "model/pure_driver.hpp"

namespace faceki::model {

using core::action;
using core::decision;

bool pure_driver::pass(duration span)
{
    now_ += span;
    wall_ += std::chrono::duration_cast<wall_instant::duration>(span);
    return true;
}

bool pure_driver::to_an_instant(std::uint32_t value)
{
    std::array<instant, 12> ahead{};
    std::size_t count = 0;
    const auto add = [&](std::optional<instant> when) {
        if (when && *when > now_ + duration{1} && *when < now_ + std::chrono::hours{48})
            ahead[count++] = *when;
    };
    add(machine_.next_wake(wanted()));
    add(machine_.next_wake(true));
    add(machine_.next_quiet_wake());
    add(machine_.retry_at());
    add(machine_.current().use_until);
    add(machine_.current().regenerate_after);
    if (machine_.flight())
        add(machine_.flight_deadline());
    add(budget_.blocked_until(now_, wall_));
    if (flight_)
        add(flight_->next_attempt);
    if (!waiting_.empty())
        add(waiting_[value / 3 % waiting_.size()].until);
    if (count == 0)
        return false;
    return pass(ahead[value / 16 % count] - now_ + duration{static_cast<int>(value % 3) - 1});
}

/// Not with a limit per day: facts do not tell then which of the days a request still counts for.
bool pure_driver::wall_jump(std::uint32_t value)
{
    if (told_.budget.hard_per_day != 0)
        return false;
    wall_ += std::chrono::hours{value % 2 == 0 ? 24 : -24};
    note({.what = fact_kind::wall_jumped});
    return true;
}

bool pure_driver::quiet_alarm()
{
    look_at_budget();
    const bool used = used_ || wanted();
    const bool listening = machine_.next_quiet_wake().has_value();
    const decision d = machine_.on_quiet_wake(now_, used);
    check(account_.quietly_woken(d, now_, used, listening));
    if (d.what == action::watch)
        used_ = false;
    if (d.what == action::warm) {
        note({.what = fact_kind::warm_up_began});
        note({.what = fact_kind::warm_up_ended});
    }
    if (d.what == action::depart)
        depart(d);
    return true;
}

bool pure_driver::alarm()
{
    look_at_budget();
    const decision d = machine_.on_wake(now_, wanted(), random());
    check(account_.woken(d, now_, wanted()));
    if (d.what == action::abandon) {
        end_flight(d, make_error_code(errc::timed_out));
        end_source();
    }
    if (d.what == action::depart)
        depart(d);
    limits_end();
    return true;
}

bool pure_driver::something_is_due() const noexcept
{
    const auto due = [this](std::optional<instant> when) { return when && *when <= now_; };
    return due(machine_.next_wake(wanted())) || due(machine_.next_quiet_wake()) ||
           (flight_ && due(flight_->next_attempt) && now_ < machine_.flight_deadline()) ||
           std::any_of(waiting_.begin(), waiting_.end(), [&](const open_waiter& w) { return due(w.until); });
}

/// All that is due at this instant. It ends: whatever is due may lead to a few more things, and not to itself.
bool pure_driver::settle()
{
    for (int round = 0; round == 0 || something_is_due(); ++round) {
        if (round == 10) {
            check("alarms ring again and again");
            return true;
        }
        alarm();
        quiet_alarm();
        next_attempt();
        look_at_budget(); // it may have set other alarms
    }
    note({.what = fact_kind::quiet});
    return true;
}

void pure_driver::finish()
{
    settle();
    for (int round = 0; !waiting_.empty() && clean(); ++round) {
        if (round == 10)
            return check("somebody waits for ever");
        instant next = machine_.next_wake(true).value_or(now_);
        if (flight_ && flight_->next_attempt)
            next = std::min(next, *flight_->next_attempt);
        pass(std::max(next - now_, duration{0}));
        settle();
    }
    if (!closed_)
        close();
    judge_.finish();
}

} // namespace faceki::model
