// The thread, its table of instants, and the alarms in it.
#include "refresh/quiet_timer.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <asio/post.hpp>
#include <pthread.h>
#include <unistd.h>

#include "net/signals_blocked.hpp"
#include "refresh/timer_fd.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {
namespace {

using namespace std::chrono_literals;

/// Of this process's ancestors, and of itself: tells a process from the one it was forked from, without the system call
/// that getpid() is.
std::atomic<unsigned> forks{0};

void count_forks()
{
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
    static_cast<void>(registered);
}

class quiet_alarm;
using alarm_table = std::multimap<boot_clock::time_point, quiet_alarm*>;

/// Thread safety: every function may be called from any thread of its process, at the same time for different alarms.
class quiet_timer {
public:
    static quiet_timer& of_this_process();

    bool is_of_this_process() const noexcept { return made_after_ == forks.load(std::memory_order_relaxed); }
    /// In place of what was armed before; if it throws, nothing is armed.
    void arm(quiet_alarm& which, boot_clock::time_point when, unsigned generation);
    /// When it returns, nothing is posted for `which` any more.
    void disarm(quiet_alarm& which) noexcept;

private:
    explicit quiet_timer(const quiet_timer* before) : before_(before) { count_forks(); }

    // With mutex_ held.
    void start();
    void post_due() noexcept;

    void work() noexcept;

    const unsigned made_after_ = forks.load();
    const quiet_timer* const before_; ///< a forked child's inheritance: left as it is, its mutex may be held for ever
    std::mutex mutex_;
    alarm_table table_;
    int timer_ = -1;     ///< -1 = no thread yet; never changes after that
    earliest_wake wake_; ///< of timer_; never later than the table's first
};

class quiet_alarm final : public alarm {
public:
    explicit quiet_alarm(asio::any_io_executor executor) : executor_(std::move(executor)) {}
    ~quiet_alarm() override { disarm(); }

    void arm(boot_clock::time_point when, std::function<void()> fire) override
    {
        disarm();
        quiet_timer& timer = quiet_timer::of_this_process();
        if (timer_ != &timer) {
            place_.reset(); // in the table of a process we were forked from
            timer_ = &timer;
        }
        timer.arm(*this, when, intent_->generation);
        intent_->fire = std::move(fire);
        armed_ = true;
    }

    /// Once disarmed it does not touch its intent any more: whoever destroys it then may be on any thread, while a
    /// wake-up that was posted before finds on the executor that it is not wanted.
    void disarm() noexcept override
    {
        if (!std::exchange(armed_, false))
            return;
        ++intent_->generation;
        intent_->fire = nullptr;
        if (timer_ != nullptr && timer_->is_of_this_process())
            timer_->disarm(*this);
    }

private:
    friend class quiet_timer;

    /// What a wake-up in the executor's queue shares with its alarm; touched on the executor only. No executor in it: a
    /// queue's wake-ups may outlive the strand they were meant for.
    struct intent {
        std::function<void()> fire;
        unsigned generation = 0; ///< a wake-up posted for an older one was disarmed
    };

    /// Called by the timer's thread, with its mutex held. Never runs anything inline.
    void post()
    {
        asio::post(executor_, [shared = intent_, generation = posted_generation_] {
            if (generation == shared->generation && shared->fire)
                std::exchange(shared->fire, nullptr)();
        });
    }

    const asio::any_io_executor executor_;
    const std::shared_ptr<intent> intent_ = std::make_shared<intent>();
    quiet_timer* timer_ = nullptr;
    bool armed_ = false; ///< since disarm(); it may have fired

    // Under the timer's mutex.
    std::optional<alarm_table::iterator> place_; ///< empty = not armed, or posted already
    unsigned posted_generation_ = 0;
};

/// Never destroyed: its thread may still run while the process runs its exit handlers.
quiet_timer& quiet_timer::of_this_process()
{
    static std::atomic<quiet_timer*> latest{nullptr};
    quiet_timer* found = latest.load(std::memory_order_acquire);
    while (found == nullptr || !found->is_of_this_process()) {
        std::unique_ptr<quiet_timer> fresh(new quiet_timer(found));
        if (latest.compare_exchange_strong(found, fresh.get(), std::memory_order_acq_rel))
            return *fresh.release();
    }
    return *found;
}

void quiet_timer::arm(quiet_alarm& which, boot_clock::time_point when, unsigned generation)
{
    const std::scoped_lock lock(mutex_);
    start();
    which.place_ = table_.emplace(when, &which);
    which.posted_generation_ = generation;
    if (wake_.set_by(timer_, when))
        return;
    const int reason = errno;
    table_.erase(*std::exchange(which.place_, std::nullopt));
    throw std::system_error(reason, std::system_category(), "timerfd_settime");
}

void quiet_timer::disarm(quiet_alarm& which) noexcept
{
    const std::scoped_lock lock(mutex_);
    // The timer stays set, perhaps for nothing: the thread then looks, and sets it anew. So a new token, whose alarm is
    // later than the one it replaces, costs no system call.
    if (which.place_)
        table_.erase(*std::exchange(which.place_, std::nullopt));
}

void quiet_timer::start()
{
    if (timer_ >= 0)
        return;
    const int fd = open_timer();
    try {
        const faceki::net::signals_blocked quiet; // inherited by the thread
        timer_ = fd;
        std::thread([this] { work(); }).detach();
    } catch (...) {
        timer_ = -1;
        ::close(fd);
        throw;
    }
}

void quiet_timer::work() noexcept
{
    for (;;) {
        std::uint64_t expirations = 0;
        // Sleeps here; an earlier instant that arm() sets ends the sleep earlier.
        if (::read(timer_, &expirations, sizeof expirations) < 0 && errno != EINTR)
            std::this_thread::sleep_for(10ms); // somebody closed a descriptor that was not theirs: no reason to spin
        const std::scoped_lock lock(mutex_);
        wake_.passed();
        post_due();
    }
}

void quiet_timer::post_due() noexcept
{
    const auto now = boot_clock::now();
    while (!table_.empty() && table_.begin()->first <= now) {
        quiet_alarm& due = *table_.begin()->second;
        try {
            due.post();
            table_.erase(*std::exchange(due.place_, std::nullopt));
        } catch (...) {
            // No memory to post: again a little later.
            auto entry = table_.extract(table_.begin());
            entry.key() = now + 10ms;
            due.place_ = table_.insert(std::move(entry));
        }
    }
    if (!table_.empty())
        wake_.set_by(timer_, table_.begin()->first); // cannot fail: the instant has been set once, or is like one
}

} // namespace

std::unique_ptr<alarm> make_quiet_boot_alarm(asio::any_io_executor executor)
{
    return std::make_unique<quiet_alarm>(std::move(executor));
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
