// What is decided in advance about one client's life.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "crush/dice.hpp"
#include "crush/tally.hpp"

namespace faceki::crush {

using namespace std::chrono_literals;

/// Where the client's flights run.
enum class home { one_thread, two_threads, strand, own_thread };

/// How its life ends.
enum class finish {
    destroyed,            ///< with its waiters inside
    destroyed_by_handler, ///< the same, by a handler on its own executor
    drained,              ///< when all its waiters have ended
    closed_midway,        ///< close() while callers still come
    closed_in_peace,      ///< async_close(), waited for
    home_dies,            ///< its own context dies while callers still come
    callers_die,          ///< contexts of its waiters die, with the waiters inside
    none_after_last
};

struct plan {
    std::size_t waiters = 0;
    crush::home where = home::one_thread;
    crush::finish how = finish::destroyed;
    bool real_time = false;          ///< the system's clock in place of the manual one
    bool disturbed = true;           ///< tokens are rejected, credentials change, renewals are forced
    bool home_dropped = false;       ///< the home context is destroyed with what is queued there, not run dry
    bool wait_at_the_end = false;    ///< for the last waiter, before the next life
    bool loud_observer = false;      ///< an observer that throws
    double midway = 0.5;             ///< after this part of the calls happens what happens midway
    unsigned trouble = 1;            ///< 0 = the source never fails … 2 = it often does
    boot_clock::duration pace{1ms};  ///< virtual time that passes per call, on average
    boot_clock::duration latency{0}; ///< of an answer, at most
    boot_clock::duration use{0};     ///< a token's life beyond that, at most
    std::size_t window = 64;         ///< callers of one thread that wait at the same time, about
    std::size_t strands = 4;         ///< of each calling thread
    std::chrono::milliseconds refresh_ahead{0};
    std::chrono::milliseconds first_pause{50};
    std::uint64_t hard_per_hour = 0;
    std::size_t max_waiters = 2'097'152;
};

/// `left` of the run's `all` waiters have not been called for yet.
inline plan make_plan(dice& d, std::size_t left, std::size_t all, std::size_t threads, plant planted)
{
    plan p;
    const auto size = [&](double least, double most) { return static_cast<std::size_t>(d.of_any_size(least, most)); };
    p.waiters = d.one_in(4) ? size(2000, 40'000) : size(64, 2000);
    p.waiters = std::min(p.waiters, std::max<std::size_t>(64, all / 8));
    p.where = static_cast<home>(d.below(4));
    p.how = static_cast<finish>(d.below(static_cast<std::size_t>(finish::none_after_last)));
    p.real_time = d.one_in(8);
    p.disturbed = !d.one_in(3);
    p.home_dropped = d.one_in(3);
    p.wait_at_the_end = d.one_in(4);
    p.loud_observer = d.one_in(4);
    p.midway = 0.5 + static_cast<double>(d.below(45)) / 100;
    p.trouble = static_cast<unsigned>(d.below(3));
    p.latency = p.real_time ? 1ms : 1ms + d.up_to(200ms);
    p.use = p.real_time ? 4ms : 1ms + d.up_to(100ms);
    p.strands = d.one_in(8) ? 200 : d.below(8);
    if (d.one_in(6))
        p.refresh_ahead = 30ms;
    if (d.one_in(3))
        p.first_pause = 1s;
    if (d.one_in(16)) {
        p.hard_per_hour = 5 + d.below(20);
        p.waiters = std::min<std::size_t>(p.waiters, 300);
    }
    if (d.one_in(12)) {
        p.max_waiters = 16 + d.below(100);
        p.waiters = std::min<std::size_t>(p.waiters, 1000);
    }
    if (p.real_time) {
        p.waiters = std::min<std::size_t>(p.waiters, 400);
        p.first_pause = 1ms;
        p.hard_per_hour = 0;
    }
    // Asio: a strand has to go before its context. A client with a thread of its own goes with that thread.
    if (p.where == home::strand || p.where == home::own_thread) {
        p.home_dropped = false;
        if (p.how == finish::home_dies)
            p.how = finish::destroyed;
    }
    p.waiters = std::min(p.waiters, left);
    p.window = d.one_in(8) ? p.waiters / threads + 1 : size(2, 200);
    // While the windows fill, a part of a token's life passes; seldom more than that, as a token that old on arrival is
    // a failed flight.
    const double life_ns = static_cast<double>((p.latency + p.use).count());
    p.pace = boot_clock::duration{
        static_cast<boot_clock::rep>(life_ns * d.of_any_size(0.1, 2) / static_cast<double>((p.window + 16) * threads))};
    if (planted == plant::calm) {
        p.real_time = false;
        p.disturbed = false;
        p.trouble = 0;
        p.window = 2;
        p.latency = 0ms;
        p.use = 10h;
        p.pace = 1us;
    }
    return p;
}

} // namespace faceki::crush
