// The awaitable refresher: one token, one request in flight, however many wait. Over any token source.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <faceki/access_token.hpp>
#include <faceki/config.hpp>
#include <faceki/detail/token_core.hpp>
#include <faceki/detail/wait_operation.hpp>
#include <faceki/stats.hpp>
#include <faceki/token_result.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

namespace detail {

FACEKI_API std::shared_ptr<token_core> make_token_core(const asio::any_io_executor& executor,
                                                       const refresher_config& config,
                                                       std::shared_ptr<token_source> source);

struct deliver_outcome {
    template <class Handler>
    void operator()(Handler&& handler, outcome_ptr how) const
    {
        std::forward<Handler>(handler)(std::move(how));
    }
};

struct deliver_token {
    template <class Handler>
    void operator()(Handler&& handler, const outcome_ptr& how) const
    {
        std::forward<Handler>(handler)(how->error, how->token);
    }
};

struct deliver_closed {
    template <class Handler>
    void operator()(Handler&& handler, const outcome_ptr& how) const
    {
        std::forward<Handler>(handler)(how->error);
    }
};

/// The executor's own default token, or use_awaitable where it has none.
template <class Executor>
using default_token = std::conditional_t<std::is_void_v<asio::default_completion_token_t<Executor>>,
                                         asio::use_awaitable_t<Executor>, asio::default_completion_token_t<Executor>>;

} // namespace detail

/// Gives a live bearer token to everybody who asks, and asks its source for one at most once at a time.
///
/// What all its functions share:
/// - **Thread safety**: every function may be called from any thread at any time, except the destructor, which
///   must not run together with another call on the same object.
/// - **Executor**: flights run on a strand over the executor given to the constructor; a waiter completes on its
///   handler's associated executor (that one by default), never inside the initiating call. Waiters of one
///   executor complete in the order they joined.
/// - **Cancellation**: terminal, partial and total cancellation take one waiter out in O(1) and complete it with
///   `operation_aborted`. The flight belongs to this object and goes on: its token is kept for the next caller.
/// - **Errors**: an errc (see error.hpp), `operation_aborted` after cancellation or close(),
///   `std::errc::not_enough_memory`. All waiters of a flight get the same outcome; callers within the cool-down
///   after it get it at once.
/// - **Lifetime**: the object may be destroyed while callers wait (they get `operation_aborted`), and so may any
///   io_context, its own included (but an object made over a strand holds that strand, and so must go before the
///   strand's context does: Asio's own rule). fork() without exec() needs a new object in the child.
///
/// The vendor's rule (regenerate only after expiry) is kept by construction: no request leaves while the last token may
/// be alive, unless it was rejected (invalidate()) or the credentials changed.
template <class Executor = asio::any_io_executor>
class basic_refresher {
public:
    using executor_type = Executor;

    /// Asks nothing and connects nowhere until somebody wants a token.
    /// Throws token_error(errc::invalid_config), whose message names the field, and std::bad_alloc.
    basic_refresher(const Executor& executor, const refresher_config& config, std::shared_ptr<token_source> source)
        : executor_(executor), core_(detail::make_token_core(executor, config, std::move(source)))
    {
    }

    /// Same as close(), and does not block either.
    ~basic_refresher() { core_->close(); }

    basic_refresher(const basic_refresher&) = delete;
    basic_refresher& operator=(const basic_refresher&) = delete;

    executor_type get_executor() const noexcept { return executor_; }

    /// The live token; waits for one if there is none.
    ///
    /// A live token is returned without a trip through the scheduler: a loop that does nothing else never yields.
    /// Throws token_error with diagnostics. Cancellation: see the class (a coroutine's default state lets terminal
    /// cancellation through).
    asio::awaitable<access_token, Executor> token()
    {
        if (access_token live = core_->peek())
            co_return live;
        const detail::outcome_ptr how = co_await wait_outcome();
        if (how->error)
            throw token_error(how->error, how->details);
        co_return how->token;
    }

    /// token() without exceptions: the error and its diagnostics are in the result.
    /// (If the surrounding coroutine is cancelled, Asio itself throws at its next co_await, as it always does.)
    asio::awaitable<token_result, Executor> try_token()
    {
        if (access_token live = core_->peek())
            co_return token_result(std::move(live));
        co_return token_result(co_await wait_outcome());
    }

    /// The live token, for any completion token (callback, use_future, use_awaitable, as_tuple, deferred …; none = the
    /// executor's default).
    ///
    /// Completion signature: `void(error_code, access_token)`. Always completes by a post, a live token included.
    /// The handler's associated executor, allocator and cancellation slot are honoured.
    /// Exception safety: does not throw (what completion tokens themselves throw excepted).
    template <class CompletionToken = detail::default_token<Executor>>
    auto async_token(CompletionToken&& completion = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code, access_token)>(
            [](auto&& handler, std::shared_ptr<detail::token_core> core) {
                detail::start_wait<detail::deliver_token, detail::wait_for::token>(
                    std::move(core), std::forward<decltype(handler)>(handler));
            },
            completion, core_);
    }

    /// The live token, or an empty one if there is none at this moment. Never waits, never starts a request, never
    /// allocates or throws.
    access_token peek() const noexcept { return core_->peek(); }

    /// The API answered 401 to this token: it is dropped, if it is still the current one, and the next call may renew
    /// it at once.
    ///
    /// Compared by value, so the late 401 of an old token never drops its successor. Returns whether it was dropped.
    /// Such early renewals are limited to one per 10 s, doubling to 300 s while the new tokens are rejected too;
    /// callers in between get errc::rate_limited with diagnostics().retry_at. Exception safety: strong
    /// (std::bad_alloc).
    bool invalidate(const access_token& token) { return core_->invalidate(token); }

    /// From now on these credentials count. The old ones' token is dropped, their flight is cancelled and never
    /// published, its waiters wait for the new one; remembered failures are forgotten. Throws
    /// token_error(errc::invalid_config) if they cannot be sent; then nothing has changed.
    void set_credentials(credentials value) { core_->set_credentials(std::move(value)); }

    /// Counters up to now.
    faceki::stats stats() const { return core_->current_stats(); }

    /// Ends everything, without blocking: waiters complete with `operation_aborted`, a flight is cancelled, sockets and
    /// timers are closed by this object's executor as soon as it runs. A getaddrinfo that hangs may outlive it, on a
    /// thread that touches nothing of ours. Afterwards token() fails with `operation_aborted` and peek() is empty. A
    /// second call does nothing.
    close_report close() noexcept { return core_->close(); }

    /// close(), and completes when nothing of this object runs any more: no flight, no timer, no waiter's handler.
    /// Completion signature: `void(error_code)`, always success. Not cancellable.
    template <class CompletionToken = detail::default_token<Executor>>
    auto async_close(CompletionToken&& completion = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code)>(
            [](auto&& handler, std::shared_ptr<detail::token_core> core) {
                core->close();
                detail::start_wait<detail::deliver_closed, detail::wait_for::close>(
                    std::move(core), std::forward<decltype(handler)>(handler));
            },
            completion, core_);
    }

private:
    auto wait_outcome()
    {
        asio::use_awaitable_t<Executor> completion;
        return asio::async_initiate<asio::use_awaitable_t<Executor>, void(detail::outcome_ptr)>(
            [](auto&& handler, std::shared_ptr<detail::token_core> core) {
                detail::start_wait<detail::deliver_outcome, detail::wait_for::token>(
                    std::move(core), std::forward<decltype(handler)>(handler));
            },
            completion, core_);
    }

    Executor executor_;
    std::shared_ptr<detail::token_core> core_;
};

using refresher = basic_refresher<>;

} // namespace faceki::inline FACEKI_ASIO_BACKEND
