// Time goes on by itself when nobody lets it pass, and a run that has come to a stand is ended.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include <faceki/testing/manual_clock.hpp>

#include "crush/tally.hpp"

namespace faceki::crush {

/// Callers let virtual time pass as they call. When all of them wait for the end of a cool-down, say, somebody else has
/// to: a thread that looks now and then, and moves to the next alarm if nothing happened in between.
class pulse {
public:
    /// `stuck` is called, on the thread, if nothing happens for minutes: somebody waits who will not be told.
    pulse(const tally& counts, std::function<void()> stuck);
    ~pulse();
    pulse(const pulse&) = delete;
    pulse& operator=(const pulse&) = delete;

    /// Thread safety: any thread.
    void of(std::shared_ptr<testing::manual_clock> clock);

private:
    void work();

    const tally& counts_;
    const std::function<void()> stuck_;
    std::mutex mutex_;
    std::shared_ptr<testing::manual_clock> clock_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace faceki::crush
