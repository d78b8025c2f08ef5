// The system's clock: CLOCK_BOOTTIME to read, timerfd to be woken by. The only Linux-specific file of this room.
#include <cerrno>
#include <ctime>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>

#include <faceki/clock.hpp>

#include <asio/posix/stream_descriptor.hpp>

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
        ++state_->generation;
        state_->fire = nullptr;
        error_code ignored;
        state_->timer.close(ignored);
    }

    void arm(boot_clock::time_point when, std::function<void()> fire) override
    {
        state_->fire = std::move(fire);
        const auto since_boot = std::max(when.time_since_epoch(), boot_clock::duration{1}); // 0 would disarm
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
        itimerspec spec{};
        spec.it_value.tv_sec = seconds.count();
        spec.it_value.tv_nsec = (since_boot - seconds).count();
        if (::timerfd_settime(state_->timer.native_handle(), TFD_TIMER_ABSTIME, &spec, nullptr) != 0)
            throw std::system_error(errno, std::system_category(), "timerfd_settime");
        wait(state_);
    }

    void disarm() noexcept override
    {
        ++state_->generation;
        state_->fire = nullptr;
        error_code ignored;
        state_->timer.cancel(ignored);
        const itimerspec off{};
        ::timerfd_settime(state_->timer.native_handle(), 0, &off, nullptr);
    }

private:
    struct state {
        explicit state(const asio::any_io_executor& executor) : timer(executor, open()) {}

        static int open()
        {
            const int fd = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
            if (fd < 0)
                throw std::system_error(errno, std::system_category(), "timerfd_create");
            return fd;
        }

        asio::posix::stream_descriptor timer;
        std::function<void()> fire;
        unsigned generation = 0; ///< a wait that completes for an older one was disarmed
    };

    static void wait(const std::shared_ptr<state>& s)
    {
        ++s->generation;
        error_code ignored;
        s->timer.cancel(ignored);
        s->timer.async_wait(asio::posix::stream_descriptor::wait_read, [s, generation = s->generation](error_code ec) {
            if (ec || generation != s->generation || !s->fire)
                return;
            std::uint64_t expirations = 0;
            // Re-armed while this wait was already queued: nothing to read yet, so wait on.
            if (::read(s->timer.native_handle(), &expirations, sizeof expirations) < 0)
                return wait(s);
            std::exchange(s->fire, nullptr)();
        });
    }

    std::shared_ptr<state> state_;
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
};

} // namespace

std::shared_ptr<clock> system_boot_clock()
{
    static const auto instance = std::make_shared<system_clock_seam>();
    return instance;
}

} // namespace FACEKI_ASIO_BACKEND
} // namespace faceki
