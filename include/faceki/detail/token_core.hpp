// The seam between the thin templates users see and the one compiled core. Not for users.
#pragma once

#include <cstdint>
#include <memory>

#include <faceki/access_token.hpp>
#include <faceki/detail/asio.hpp>
#include <faceki/diagnostics.hpp>
#include <faceki/stats.hpp>
#include <faceki/token_source.hpp>
#include <faceki/wait_limit.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// How a flight ended, or why a caller was refused: one object for all who get it.
struct outcome {
    error_code error;
    access_token token;
    faceki::diagnostics details;
};
using outcome_ptr = std::shared_ptr<const outcome>;

class waiter_queue;
class waiter_timers;

/// One waiting caller: a node of its queue's list, owned by that list from join() on.
/// complete() or drop() is called exactly once; both free the node.
class FACEKI_API waiter {
public:
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    /// Frees the node, then calls the handler. On the waiter's executor. `how` lives until this returns.
    virtual void complete(const outcome_ptr& how) = 0;
    /// Frees node and handler, uncalled: the handler's execution context is going away.
    virtual void drop() noexcept = 0;
    /// Takes a joined waiter out and completes it with operation_aborted; nothing if its outcome is fixed already.
    /// Must not run at the same time as its own completion (Asio's rule for cancellation slots).
    void cancel() noexcept;
    /// It is the next to complete: a hint to fetch what that will touch.
    virtual void prepare() noexcept {}

protected:
    waiter() = default;
    virtual ~waiter() = default;

private:
    friend class waiter_queue;
    friend class waiter_list;
    friend class waiter_timers;
    waiter* previous_ = nullptr;
    waiter* next_ = nullptr;
    waiter_queue* queue_ = nullptr; ///< null while in no queue
    std::uint32_t timer_ = 0;       ///< where its deadline stands in the queue's timers, from 1; 0 = it has none
};

/// What the templates need of the core. Thread safety: every function may be called from any thread.
class FACEKI_API token_core {
public:
    virtual ~token_core() = default;

    /// The live token or an empty one.
    virtual access_token peek() const noexcept = 0;
    /// Takes the waiter; it is completed with an outcome, by a post to `executor`, never inside this call.
    virtual void join(waiter& w, const asio::any_io_executor& executor, wait_limit limit) noexcept = 0;
    /// The same, for one that waits until a closed core has come to rest.
    virtual void join_close(waiter& w, const asio::any_io_executor& executor) noexcept = 0;

    virtual bool invalidate(const access_token& token) = 0;
    /// invalidate(), but only if its successor may be asked for now: else the token stays in use.
    virtual bool invalidate_if_renewable(const access_token& token) = 0;
    virtual bool renew_early() noexcept = 0;
    /// One more (or one less) wants a token at any time.
    virtual void keep_fresh(bool more) noexcept = 0;
    virtual void set_credentials(credentials value) = 0;
    virtual stats current_stats() const = 0;
    virtual close_report close() noexcept = 0;
    virtual const asio::any_io_executor& executor() const noexcept = 0;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
