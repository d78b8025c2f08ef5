// timerfd on CLOCK_BOOTTIME, for the two kinds of alarm.
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sys/timerfd.h>
#include <system_error>

#include <faceki/detail/asio.hpp>
#include <faceki/time.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Closed in programs that are executed. Throws std::system_error.
inline int open_timer(int flags = 0)
{
    const int fd = ::timerfd_create(CLOCK_BOOTTIME, flags | TFD_CLOEXEC);
    if (fd < 0)
        throw std::system_error(errno, std::system_category(), "timerfd_create");
    return fd;
}

/// Becomes readable at `when`, or at once if that is past, in place of what was set before. False: see errno.
inline bool set_timer(int fd, boot_clock::time_point when) noexcept
{
    const auto since_boot = std::max(when.time_since_epoch(), boot_clock::duration{1}); // 0 would disarm
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    itimerspec spec{};
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = (since_boot - seconds).count();
    return ::timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, nullptr) == 0;
}

/// A timer's descriptor that nobody sets back, and the earliest instant it is set for: arming and disarming for
/// instants that are later costs no system call, and whoever waits looks once too often at times.
class earliest_wake {
public:
    /// The descriptor becomes readable at `when` or before. False: see errno.
    bool set_by(int fd, boot_clock::time_point when) noexcept
    {
        if (set_for_ <= when)
            return true;
        if (!set_timer(fd, when))
            return false;
        set_for_ = when;
        return true;
    }
    /// It was readable, and has been read.
    void passed() noexcept { set_for_ = boot_clock::time_point::max(); }

private:
    boot_clock::time_point set_for_ = boot_clock::time_point::max();
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
