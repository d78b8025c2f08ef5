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

/// What all queues of one core share: its lock, their counters, and what a cancelled waiter gets.
struct waiter_counts {
    explicit waiter_counts(outcome_ptr for_cancelled) noexcept : aborted(std::move(for_cancelled)) {}

    std::mutex mutex; ///< the core's: who joins holds it anyhow, so that no queue needs a lock of its own for it
    const outcome_ptr aborted;
    /// Under `mutex`: a plain store, where the others need a read-modify-write.
    std::atomic<std::uint64_t> joined{0};
    std::atomic<std::uint64_t> settled{0};  ///< of them: outcome fixed, or dropped
    std::atomic<std::uint64_t> answered{0}; ///< never were in a queue
    std::atomic<std::uint64_t> ended{0};    ///< of joined and answered: the handler has returned or been dropped
    std::atomic<std::uint64_t> served{0};   ///< counted with their batch, after their handlers
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> cancelled{0};
    std::atomic<std::uint64_t> timed_out{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> refused{0};

    /// Called when all have ended while `closing`: async_close() may complete.
    std::function<void()> on_rest;
    std::atomic<bool> closing{false};

    /// In a queue, outcome not fixed. (What only grows is read last: never less than there are.)
    std::size_t waiting() const noexcept
    {
        const auto gone = settled.load(std::memory_order_relaxed);
        return static_cast<std::size_t>(joined.load(std::memory_order_relaxed) - gone);
    }
    /// Every handler has returned or been dropped. Exact once nobody joins any more.
    bool all_ended() const noexcept
    {
        const auto gone = ended.load();
        return joined.load() + answered.load() == gone;
    }
    void finished(std::uint64_t handlers = 1) noexcept;
};

/// Intrusive FIFO with removal from the middle.
class waiter_list {
public:
    bool empty() const noexcept { return first_ == nullptr; }
    /// Precondition: not empty().
    waiter& front() const noexcept { return *first_; }
    std::size_t size() const noexcept { return size_; }
    void push_back(waiter& w) noexcept;
    waiter& pop_front() noexcept;
    void erase(waiter& w) noexcept;

private:
    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
    std::size_t size_ = 0;
};

/// Thread safety: any thread; size(), push() and next_limit() with the mutex of its counts held, nothing else with it.
///
/// Who still waits here is guarded by that mutex, whose outcome is fixed by the queue's own, and where one becomes the
/// other both are held (first its own). That one also is the gate to the executor: a post happens under it, and so does
/// the end of the context, so nothing is ever posted to a context that has died.
class waiter_queue final : public context_member, public std::enable_shared_from_this<waiter_queue> {
public:
    static constexpr std::size_t batch = 64;

    ~waiter_queue() override;

    /// Throws std::bad_alloc.
    static std::shared_ptr<waiter_queue> make(const asio::any_io_executor& executor,
                                              std::shared_ptr<waiter_counts> counts);

    /// Who waits here now.
    std::size_t size() const noexcept { return main_.list.size(); }
    /// How many wait here now, `w` included; 0 if it is still the caller's: `executor` is another one, or the queue was
    /// released, or its context died. Throws std::bad_alloc only where the waiter has a
    /// limit of its own; then nothing has happened.
    std::size_t push(waiter& w, const asio::any_io_executor& executor, std::optional<boot_clock::time_point> limit);
    /// See waiter::cancel(): out of its queue, and completed by a post.
    static void cancel(waiter& w) noexcept;
    /// Completes a waiter that never was in a queue and is counted as answered, by a post to its executor. False if
    /// there was no memory for that: it still is the caller's then.
    static bool deliver(waiter& w, const asio::any_io_executor& executor, const std::shared_ptr<waiter_counts>& counts,
                        const outcome_ptr& how) noexcept;
    /// When the first of those who wait here reaches a limit of its own.
    std::optional<boot_clock::time_point> next_limit() const noexcept { return timers_.earliest(); }
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
    void drop_all(lane& orphans, lane& expired) noexcept;

    const std::shared_ptr<waiter_counts> counts_;
    context_watch watch_;

    std::mutex mutex_;
    asio::any_io_executor executor_; ///< empty once the context is gone. Changed with both held, read with either
    bool unposted_ = false;          ///< released, and its drain could not be posted
    lane expired_;                   ///< those whose own limit came first; while it holds somebody its drain is posted

    // Under the mutex of the counts; the list under our own once it is released.
    asio::any_io_executor work_; ///< keeps the context running while somebody waits here
    lane main_;                  ///< its outcome is set = released. It is set with both held, read with either
    waiter_timers timers_;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
