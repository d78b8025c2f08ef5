// Calls on a schedule that does not wait for them.
#pragma once

#include <chrono>
#include <cstddef>

#include <faceki/time.hpp>

namespace faceki::bench {

/// Starts call n at `begin + n × interval`, or as soon after as it can, with `call(due)`; runs `idle()` in between.
///
/// Latency is to be counted from `due`: when one call holds up the loop, those that should have been made meanwhile
/// were late too. Counted from the real start, one long stall would be one slow call among many (coordinated omission).
/// It never sleeps: what a timer adds on this machine is more than what is measured.
template <class Call, class Idle>
void run_open_loop(std::size_t calls, boot_clock::duration interval, Call call, Idle idle)
{
    const auto begin = boot_clock::now();
    for (std::size_t n = 0; n < calls; ++n) {
        const auto due = begin + interval * static_cast<boot_clock::rep>(n);
        while (boot_clock::now() < due)
            idle();
        call(due);
    }
}

} // namespace faceki::bench
