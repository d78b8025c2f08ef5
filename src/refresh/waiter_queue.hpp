// The callers that wait for one flight on one executor: joined in order, taken out in O(1), completed in bounded
// batches.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <faceki/detail/token_core.hpp>

#include "refresh/context_watch.hpp"
#include "refresh/waiter_timers.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Counted by all queues of one core.
struct waiter_counts {
    std::atomic<std::size_t> waiting{0};    ///< in a queue, outcome not fixed
    std::atomic<std::size_t> unfinished{0}; ///< joined, and the handler has neither returned nor been dropped
    std::atomic<std::uint64_t> joined{0};
    std::atomic<std::uint64_t> served{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> cancelled{0};
    std::atomic<std::uint64_t> timed_out{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> refused{0};

    /// Called when `unfinished` has come to 0 while `closing`: async_close() may complete.
    std::function<void()> on_rest;
    std::atomic<bool> closing{false};

    void finished() noexcept;
};

/// Intrusive FIFO with removal from the middle.
class waiter_list {
public:
    bool empty() const noexcept { return first_ == nullptr; }
    std::size_t size() const noexcept { return size_; }
    void push_back(waiter& w) noexcept;
    waiter& pop_front() noexcept;
    void erase(waiter& w) noexcept;

private:
    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
    std::size_t size_ = 0;
};

/// Thread safety: any thread. Its mutex also is the gate to its executor: a post happens under it, and so does the end
/// of the context, so nothing is ever posted to a context that has died.
class waiter_queue final : public context_member, public std::enable_shared_from_this<waiter_queue> {
public:
    static constexpr std::size_t batch = 64;

    ~waiter_queue() override;

    /// Throws std::bad_alloc.
    static std::shared_ptr<waiter_queue> make(const asio::any_io_executor& executor,
                                              std::shared_ptr<waiter_counts> counts);

    /// A queue that was released or whose context died takes nobody.
    bool serves(const asio::any_io_executor& executor) const noexcept;
    /// Who waits here now.
    std::size_t size() const noexcept;
    /// False if it takes nobody any more; the waiter is then still the caller's. Throws std::bad_alloc only where the
    /// waiter has a limit of its own; then nothing has happened.
    bool push(waiter& w, std::optional<boot_clock::time_point> limit);
    /// Takes `w` out of its queue and completes it with `how`, by a post; nothing if its outcome is fixed already.
    static void cancel(waiter& w, const outcome_ptr& how) noexcept;
    /// Completes a waiter that never was in a queue and is counted as unfinished, by a post to its executor. False if
    /// there was no memory for that: it still is the caller's then.
    static bool deliver(waiter& w, const asio::any_io_executor& executor, const std::shared_ptr<waiter_counts>& counts,
                        const outcome_ptr& how) noexcept;
    /// When the first of those who wait here reaches a limit of its own.
    std::optional<boot_clock::time_point> next_limit() const noexcept;
    /// Fixes the outcome of those whose own limit has come and posts their completion. Returns how many.
    std::size_t expire(boot_clock::time_point now, const outcome_ptr& how) noexcept;
    /// Fixes the outcome of all who wait here and posts their completion. Returns how many. A second call does nothing.
    std::size_t release(outcome_ptr how) noexcept;
    /// After release(): false if there was no memory for that post. Who waits here then is told by a later call.
    bool post_again() noexcept;
    /// For a list of those whose post has to be tried again, which needs no memory. Its owner serialises.
    std::shared_ptr<waiter_queue> next_unposted;

    void context_shutdown() noexcept override;

private:
    waiter_queue(const asio::any_io_executor& executor, std::shared_ptr<waiter_counts> counts);

    /// Waiters with the outcome they get; null = they still wait for it.
    struct lane {
        waiter_list list;
        outcome_ptr outcome;
    };

    void drain(lane waiter_queue::*which);
    bool post_drain(lane waiter_queue::*which) noexcept;
    void rest_if_empty() noexcept;

    const std::shared_ptr<waiter_counts> counts_;
    context_watch watch_;

    mutable std::mutex mutex_;
    asio::any_io_executor executor_; ///< empty once the context is gone
    asio::any_io_executor work_;     ///< keeps the context running while somebody waits here
    lane main_;                      ///< its outcome is set = released
    bool unposted_ = false;          ///< released, and its drain could not be posted
    lane expired_;                   ///< those whose own limit came first; while it holds somebody its drain is posted
    waiter_timers timers_;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
