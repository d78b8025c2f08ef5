// The system's clock: CLOCK_BOOTTIME to read, timerfd to be woken by. Linux-specific, like timer_fd and quiet_timer;
// nothing else in this room is.
#include <cerrno>
#include <ctime>
#include <system_error>
#include <unistd.h>

#include <faceki/clock.hpp>

#include <asio/posix/stream_descriptor.hpp>

#include "refresh/quiet_timer.hpp"
#include "refresh/timer_fd.hpp"

namespace faceki {

boot_clock::time_point boot_clock::now() noexcept
{
    timespec t{};
    ::clock_gettime(CLOCK_BOOTTIME, &t); // cannot fail: the clock id is a constant the kernel has known since 2.6.39
    return time_point{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec}};
}

inline namespace FACEKI_ASIO_BACKEND {
namespace {

/// One timerfd. What the pending wait needs is shared with it, so that the alarm may be destroyed at any moment.
class boot_alarm final : public alarm {
public:
    explicit boot_alarm(const asio::any_io_executor& executor) : state_(std::make_shared<state>(executor)) {}

    ~boot_alarm() override
    {
        // Disarmed, it may be destroyed on any thread, while the cancelled wait is still to be completed.
        if (armed_)
            forget();
        error_code ignored;
        state_->timer.close(ignored);
    }

    void arm(boot_clock::time_point when, std::function<void()> fire) override
    {
        state_->fire = std::move(fire);
        state_->when = when;
        if (!state_->wake.set_by(state_->timer.native_handle(), when))
            throw std::system_error(errno, std::system_category(), "timerfd_settime");
        armed_ = true;
        if (!state_->waiting)
            wait(state_);
    }

    /// The descriptor stays set, perhaps for nothing: alarms are armed for every request, and seldom fire.
    void disarm() noexcept override
    {
        forget();
        armed_ = false;
        error_code ignored;
        state_->timer.cancel(ignored);
    }

private:
    struct state {
        explicit state(const asio::any_io_executor& executor) : timer(executor, detail::open_timer(TFD_NONBLOCK)) {}

        asio::posix::stream_descriptor timer;
        std::function<void()> fire;
        boot_clock::time_point when;
        detail::earliest_wake wake; ///< never later than `when`
        bool waiting = false;
        unsigned generation = 0; ///< a wait that completes for an older one was disarmed
    };

    void forget() noexcept
    {
        ++state_->generation;
        state_->waiting = false;
        state_->fire = nullptr;
    }

    static void wait(const std::shared_ptr<state>& s)
    {
        s->timer.async_wait(asio::posix::stream_descriptor::wait_read, [s, generation = s->generation](error_code ec) {
            if (generation != s->generation)
                return;
            s->waiting = false;
            if (ec || !s->fire)
                return;
            std::uint64_t expirations = 0;
            if (::read(s->timer.native_handle(), &expirations, sizeof expirations) > 0)
                s->wake.passed();
            if (boot_clock::now() >= s->when)
                return std::exchange(s->fire, nullptr)();
            // Set for an earlier arm(), or set anew while this wait was already queued.
            s->wake.set_by(s->timer.native_handle(),
                           s->when); // cannot fail: only the descriptor or the instant could be wrong
            wait(s);
        });
        s->waiting = true;
    }

    std::shared_ptr<state> state_; ///< touched on the executor only, but for its descriptor's end
    bool armed_ = false;           ///< since disarm(); it may have fired
};

class system_clock_seam final : public clock {
public:
    boot_clock::time_point now() const noexcept override { return boot_clock::now(); }
    std::chrono::system_clock::time_point wall_now() const noexcept override
    {
        return std::chrono::system_clock::now();
    }
    std::unique_ptr<alarm> make_alarm(asio::any_io_executor executor) override
    {
        return std::make_unique<boot_alarm>(executor);
    }
    std::unique_ptr<alarm> make_quiet_alarm(asio::any_io_executor executor) override
    {
        return detail::make_quiet_boot_alarm(std::move(executor));
    }
};

} // namespace

std::unique_ptr<alarm> clock::make_quiet_alarm(asio::any_io_executor executor)
{
    return make_alarm(std::move(executor));
}

std::shared_ptr<clock> system_boot_clock()
{
    static const auto instance = std::make_shared<system_clock_seam>();
    return instance;
}

} // namespace FACEKI_ASIO_BACKEND
} // namespace faceki
