// Virtual time: a number, and a list of who wants to be called when.
#include <faceki/testing/manual_clock.hpp>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace faceki::testing {

struct manual_clock::state {
    struct armed {
        std::optional<boot_clock::time_point> when;
        std::function<void()> fire;
        asio::any_io_executor executor;
        unsigned generation = 0;
    };

    mutable std::mutex mutex;
    // Not zero: "long ago" must be representable, and code that takes the epoch for "never" must show.
    boot_clock::time_point now{std::chrono::hours{1000}};
    std::chrono::system_clock::time_point wall{std::chrono::hours{24 * 365 * 55}};
    std::vector<std::shared_ptr<armed>> alarms;

    void move_to(boot_clock::time_point to)
    {
        // Posts come under the mutex: an alarm that dies, with its context soon after, either is posted for before or
        // not at all. And nobody else keeps its executor.
        const std::scoped_lock lock(mutex);
        to = std::max(to, now);
        wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(to - now);
        now = to;
        std::vector<std::shared_ptr<armed>> due;
        for (const auto& a : alarms)
            if (a->when && *a->when <= now)
                due.push_back(a);
        std::stable_sort(due.begin(), due.end(), [](const auto& x, const auto& y) { return *x->when < *y->when; });
        for (const auto& a : due) {
            a->when.reset();
            asio::post(a->executor, [this_alarm = a, generation = a->generation] {
                if (generation != this_alarm->generation || !this_alarm->fire)
                    return; // re-armed or disarmed since
                std::exchange(this_alarm->fire, nullptr)();
            });
        }
    }
};

class manual_clock::manual_alarm final : public alarm {
public:
    manual_alarm(std::shared_ptr<state> s, asio::any_io_executor executor)
        : state_(std::move(s)), armed_(std::make_shared<state::armed>())
    {
        armed_->executor = std::move(executor);
        const std::scoped_lock lock(state_->mutex);
        state_->alarms.push_back(armed_);
    }

    ~manual_alarm() override
    {
        disarm();
        const std::scoped_lock lock(state_->mutex);
        std::erase(state_->alarms, armed_);
        armed_->executor = {}; // a wake-up that is posted already may outlive the strand it was meant for
    }

    void arm(boot_clock::time_point when, std::function<void()> fire) override
    {
        bool due = false;
        {
            const std::scoped_lock lock(state_->mutex);
            in_use_ = true;
            ++armed_->generation;
            armed_->when = when;
            armed_->fire = std::move(fire);
            due = when <= state_->now;
        }
        if (due)
            state_->move_to({}); // posts what is due already
    }

    /// Once disarmed it leaves the generation alone: whoever destroys it then may be on any thread, while a wake-up
    /// that was posted before looks at it on the executor.
    void disarm() noexcept override
    {
        if (!std::exchange(in_use_, false))
            return;
        const std::scoped_lock lock(state_->mutex);
        ++armed_->generation;
        armed_->when.reset();
        armed_->fire = nullptr;
    }

private:
    std::shared_ptr<state> state_;
    std::shared_ptr<state::armed> armed_;
    bool in_use_ = false; ///< armed since disarm(); it may have fired
};

manual_clock::manual_clock() : state_(std::make_shared<state>()) {}

manual_clock::~manual_clock() = default;

boot_clock::time_point manual_clock::now() const noexcept
{
    const std::scoped_lock lock(state_->mutex);
    return state_->now;
}

std::chrono::system_clock::time_point manual_clock::wall_now() const noexcept
{
    const std::scoped_lock lock(state_->mutex);
    return state_->wall;
}

std::unique_ptr<alarm> manual_clock::make_alarm(asio::any_io_executor executor)
{
    return std::make_unique<manual_alarm>(state_, std::move(executor));
}

void manual_clock::advance(boot_clock::duration by)
{
    state_->move_to(now() + by);
}

bool manual_clock::advance_to_next_alarm()
{
    const auto next = next_alarm();
    if (next)
        state_->move_to(*next);
    return next.has_value();
}

std::optional<boot_clock::time_point> manual_clock::next_alarm() const
{
    const std::scoped_lock lock(state_->mutex);
    std::optional<boot_clock::time_point> earliest;
    for (const auto& a : state_->alarms)
        if (a->when && (!earliest || *a->when < *earliest))
            earliest = a->when;
    return earliest;
}

void manual_clock::jump_wall(std::chrono::seconds by)
{
    const std::scoped_lock lock(state_->mutex);
    state_->wall += by;
}

} // namespace faceki::testing
