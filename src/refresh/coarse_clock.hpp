// A clock that costs next to nothing and moves in steps: it tells when it is time to read a better one.
#pragma once

#include <cstdint>

#include <faceki/time.hpp>

namespace faceki {

/// CLOCK_MONOTONIC_COARSE, which the kernel moves on at its timer's ticks: every 1 to 10 ms. It stands still while the
/// machine is suspended, and moves on with the first tick after that.
std::int64_t coarse_tick() noexcept;

/// What was read once in a tick is late by no more than this: two ticks, 8 ms at least.
boot_clock::duration longest_lag() noexcept;

} // namespace faceki
