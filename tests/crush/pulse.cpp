// The thread that looks.
#include "crush/pulse.hpp"

#include <chrono>
#include <utility>

namespace faceki::crush {

using namespace std::chrono_literals;

pulse::pulse(const tally& counts, std::function<void()> stuck)
    : counts_(counts), stuck_(std::move(stuck)), thread_([this] { work(); })
{
}

pulse::~pulse()
{
    stop_ = true;
    thread_.join();
}

void pulse::of(std::shared_ptr<testing::manual_clock> clock)
{
    const std::scoped_lock lock(mutex_);
    clock_ = std::move(clock);
}

void pulse::work()
{
    std::uint64_t seen = 0;
    auto moved_at = std::chrono::steady_clock::now();
    while (!stop_) {
        std::this_thread::sleep_for(100us); // the pace of a time in which nothing happens
        const auto now = std::chrono::steady_clock::now();
        if (const std::uint64_t moves = counts_.moves(); moves != std::exchange(seen, moves)) {
            moved_at = now;
            continue;
        }
        std::shared_ptr<testing::manual_clock> clock;
        {
            const std::scoped_lock lock(mutex_);
            clock = clock_;
        }
        if (clock)
            clock->advance_to_next_alarm();
        if (now - moved_at > 2min)
            return stuck_();
    }
}

} // namespace faceki::crush
