// Which threads run where, so that a thread whose latency is measured waits for nobody who is not part of the question.
#pragma once

#include <sched.h>

#include "harness/side_by_side.hpp"

namespace faceki::bench {

/// One processor for the thread that is measured, the rest for what plays other machines. On a machine with one
/// processor all share it. The destructor gives the calling thread back what it had.
class processors {
public:
    processors()
    {
        CPU_ZERO(&all_);
        apart_ = ::sched_getaffinity(0, sizeof all_, &all_) == 0 && CPU_COUNT(&all_) > 1;
        for (int n = 0; n < CPU_SETSIZE; ++n)
            if (CPU_ISSET(static_cast<std::size_t>(n), &all_))
                last_ = static_cast<std::size_t>(n);
    }
    ~processors() { move_to(all_); }
    processors(const processors&) = delete;
    processors& operator=(const processors&) = delete;

    /// The calling thread, and those that it starts from now on, run on all but the last.
    void take_others() const
    {
        cpu_set_t others = all_;
        CPU_CLR(last_, &others);
        move_to(others);
    }
    /// They run on the last.
    void take_last() const
    {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(last_, &one);
        move_to(one);
    }

private:
    void move_to(const cpu_set_t& mask) const
    {
        if (apart_)
            require(::sched_setaffinity(0, sizeof mask, &mask) == 0, "a processor to run on");
    }

    cpu_set_t all_;
    bool apart_ = false;
    std::size_t last_ = 0;
};

/// While one lives, the calling thread gives way to no other program, where the system allows that (it takes root), nor
/// do threads that it starts meanwhile. Use it with pauses: the kernel takes the processor away from threads that keep
/// it for most of a second.
class first_in_line {
public:
    first_in_line() { schedule(SCHED_FIFO, 1); }
    ~first_in_line() { schedule(SCHED_OTHER, 0); }
    first_in_line(const first_in_line&) = delete;
    first_in_line& operator=(const first_in_line&) = delete;

private:
    static void schedule(int policy, int priority)
    {
        sched_param how{};
        how.sched_priority = priority;
        static_cast<void>(::sched_setscheduler(0, policy, &how));
    }
};

} // namespace faceki::bench
