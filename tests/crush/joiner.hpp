// One thread with an io_context of its own, and the waiters it calls for: callbacks and coroutines, on the context and
// on strands of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <asio/cancellation_signal.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "crush/life.hpp"

namespace faceki::crush {

class joiner;

/// One thread's waiters of one life. Kept by each of them, as their signals are in it.
struct cohort {
    cohort(std::shared_ptr<crush::life> l, joiner& who, std::size_t first_waiter, std::size_t count)
        : of(std::move(l)), by(who), first(first_waiter), size(count),
          signals(std::make_unique<asio::cancellation_signal[]>(count))
    {
    }

    /// By any thread, once for each waiter.
    void ended(std::size_t n, bool called) noexcept;

    const std::shared_ptr<crush::life> of;
    joiner& by;
    const std::size_t first; ///< the number of its first waiter in the run's tally
    const std::size_t size;
    const std::unique_ptr<asio::cancellation_signal[]> signals;
    std::atomic<std::size_t> open{0};
    std::atomic<bool> pausing{false}; ///< its joiner goes on when enough of these have ended
};

/// Thread safety: its public functions are called by who directs it, one after the other.
class joiner {
public:
    joiner(std::size_t index, tally& counts, std::uint64_t seed);
    ~joiner(); ///< when its context has run dry
    joiner(const joiner&) = delete;
    joiner& operator=(const joiner&) = delete;

    /// Calls for the waiters `first` … `first + count − 1`, then arrives.
    void start(std::shared_ptr<crush::life> l, std::size_t first, std::size_t count);
    /// Its context is destroyed, with all that waits or is queued in it, and a new one takes its place. After the
    /// arrival.
    void die();
    void wait_for_rebirth();

private:
    friend struct cohort;

    /// An executor, and the latest waiters that may be cancelled from it.
    struct seat {
        asio::any_io_executor executor;
        std::vector<std::size_t> latest;
        std::size_t next = 0;

        void remember(std::size_t n);
    };

    void work();
    void go_on();
    void step(std::size_t at);
    void call(seat& s);
    void disturb(seat& s);
    void cancel_some(seat& s, std::size_t most);
    void cancel_at_home();
    void arrive();
    wait_limit some_limit();
    asio::cancellation_type some_cancellation();

    const std::size_t index_;
    tally& counts_;
    const std::uint64_t seed_;
    std::atomic<bool> dying_{false};
    std::mutex posting_; ///< a context has to outlive each post to it
    std::unique_ptr<asio::io_context> io_ = std::make_unique<asio::io_context>();
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_{asio::make_work_guard(*io_)};

    // On its thread, or while that waits to go on.
    dice dice_{0, 0, 0};
    std::shared_ptr<cohort> cohort_;
    std::vector<seat> seats_;
    seat home_; ///< waiters without an executor of their own; its executor stays empty
    std::size_t called_ = 0;
    std::size_t turns_left_ = 0;
    bool keeps_fresh_ = false;
    access_token older_; ///< its late 401
    freshness fresh_;    ///< may outlive its client

    std::thread thread_; ///< last: it uses all of the above
};

} // namespace faceki::crush
