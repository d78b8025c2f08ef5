// A clock that costs next to nothing and moves in steps: it tells when it is time to read a better one. Linux-specific.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>

#include <faceki/time.hpp>

namespace faceki {

/// Of CLOCK_MONOTONIC_COARSE, which the kernel moves on at its timer's ticks: every 1 to 10 ms. It stands still while
/// the machine is suspended, and moves on with the first tick after that.
struct coarse_tick {
    std::int64_t seconds = -1; ///< a tick that never was
    std::int64_t nanoseconds = -1;

    static coarse_tick current() noexcept
    {
        timespec t;
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t); // in place: half of what a cached token costs
        return {t.tv_sec, t.tv_nsec};
    }
    friend bool operator==(const coarse_tick&, const coarse_tick&) = default;
};

/// What was read once in a tick is late by no more than this: two ticks, 8 ms at least.
inline boot_clock::duration longest_lag() noexcept
{
    timespec step{};
    ::clock_getres(CLOCK_MONOTONIC_COARSE, &step);
    return std::max<boot_clock::duration>(std::chrono::nanoseconds{2 * step.tv_nsec}, std::chrono::milliseconds{8});
}

} // namespace faceki
