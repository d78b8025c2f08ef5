// The endpoint's complaints.
#include "crush/request_book.hpp"

#include <algorithm>

namespace faceki::crush {

namespace {

using namespace std::chrono_literals;

/// The first cool-down is 1 s, 20 % less at most.
constexpr boot_clock::duration shortest_cool_down = 800ms;

} // namespace

void request_book::begins(const identity& who, boot_clock::time_point now)
{
    const std::scoped_lock lock(mutex_);
    counts_.moved();
    // Who ignores its cancellation beyond its deadline is abandoned: the next one may come then.
    for (const identity& other : running_)
        if (now < other.deadline)
            counts_.blame(fault::overlapping);
    running_.push_back(who);
    if (outcome_ == last::failed && who == latest_) {
        if (++attempts_ > rules_.max_attempts)
            counts_.blame(fault::too_many_tries);
    } else {
        attempts_ = 1;
        if (outcome_ == last::granted && now < permitted_from_)
            ++early_;
        if (outcome_ == last::failed && who.generation == latest_.generation && now < failed_at_ + shortest_cool_down)
            counts_.blame(fault::impatient);
    }
    latest_ = who;
    outcome_ = last::open;
}

void request_book::ends(const identity& who)
{
    const std::scoped_lock lock(mutex_);
    const auto it = std::find(running_.begin(), running_.end(), who);
    if (it != running_.end())
        running_.erase(it);
}

void request_book::sends(boot_clock::time_point now)
{
    const std::scoped_lock lock(mutex_);
    ++requests_;
    if (rules_.hard_per_hour == 0)
        return;
    while (!sent_.empty() && sent_.front() + 1h <= now)
        sent_.pop_front();
    if (sent_.size() >= rules_.hard_per_hour)
        counts_.blame(fault::over_budget);
    sent_.push_back(now);
}

/// What comes after its flight's deadline, or after another flight began, is not the client's business any more.
void request_book::grants(const identity& who, boot_clock::time_point received, boot_clock::duration expires_in,
                          boot_clock::time_point now)
{
    const std::scoped_lock lock(mutex_);
    if (who != latest_ || now >= who.deadline)
        return;
    outcome_ = last::granted;
    permitted_from_ = received + expires_in - std::min(rules_.refresh_ahead, expires_in / 4);
}

void request_book::fails(const identity& who, boot_clock::time_point now)
{
    const std::scoped_lock lock(mutex_);
    if (who != latest_ || now >= who.deadline)
        return;
    outcome_ = last::failed;
    failed_at_ = now;
}

std::size_t request_book::requests() const
{
    const std::scoped_lock lock(mutex_);
    return requests_;
}

std::size_t request_book::early() const
{
    const std::scoped_lock lock(mutex_);
    return early_;
}

} // namespace faceki::crush
