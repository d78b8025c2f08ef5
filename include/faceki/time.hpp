// The clock every deadline of this library is measured on.
#pragma once

#include <chrono>

#include <faceki/detail/export.hpp>

namespace faceki {

/// Monotonic time that also counts while the machine is suspended (CLOCK_BOOTTIME on Linux).
///
/// A token keeps ageing while a laptop or a virtual machine sleeps, so neither std::chrono::steady_clock
/// (stops during suspend) nor wall time (jumps) may decide whether it is alive.
/// Thread safety: now() may be called from any thread.
struct FACEKI_API boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept;
};

} // namespace faceki
