// The clock seam: where "now" comes from and how to be called at an instant.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <faceki/detail/asio.hpp>
#include <faceki/time.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

/// A one-shot timer, made by a clock for one executor.
/// Thread safety: none; use it from that executor (a strand) only. Destroying it disarms it; that may happen inside
/// `fire`.
class FACEKI_API alarm {
public:
    virtual ~alarm() = default;

    /// Calls `fire` once, on the alarm's executor and never inside arm(), at `when` or as soon after as it can.
    /// Replaces what was armed before. `fire` must not throw.
    virtual void arm(boot_clock::time_point when, std::function<void()> fire) = 0;

    /// Forgets what was armed: it is not called any more, not even if it is already due.
    virtual void disarm() noexcept = 0;
};

/// Source of time. Thread safety: every function may be called from any thread.
class FACEKI_API clock {
public:
    virtual ~clock() = default;

    virtual boot_clock::time_point now() const noexcept = 0;

    /// Wall time: only for Retry-After dates, day counters and display.
    virtual std::chrono::system_clock::time_point wall_now() const noexcept = 0;

    virtual std::unique_ptr<alarm> make_alarm(asio::any_io_executor executor) = 0;

    /// The same, but while it is armed it is no work of the execution context: it does not keep io_context::run() from
    /// returning, and fires only if somebody runs the context then. By default a plain alarm.
    virtual std::unique_ptr<alarm> make_quiet_alarm(asio::any_io_executor executor);
};

/// The system's clock: CLOCK_BOOTTIME, with alarms on timerfd. One object per process.
FACEKI_API std::shared_ptr<clock> system_boot_clock();

} // namespace faceki::inline FACEKI_ASIO_BACKEND
