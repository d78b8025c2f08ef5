// The awaitable refresher: one token, one request in flight, however many wait. Over any token source.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include <faceki/access_token.hpp>
#include <faceki/config.hpp>
#include <faceki/detail/coroutine_wait.hpp>
#include <faceki/detail/frameless_wait.hpp>
#include <faceki/detail/token_core.hpp>
#include <faceki/detail/wait_operation.hpp>
#include <faceki/freshness.hpp>
#include <faceki/own_thread.hpp>
#include <faceki/stats.hpp>
#include <faceki/token_result.hpp>
#include <faceki/wait_limit.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

namespace detail {

FACEKI_API std::shared_ptr<token_core> make_token_core(const asio::any_io_executor& executor,
                                                       const refresher_config& config,
                                                       std::shared_ptr<token_source> source);

struct deliver_token {
    template <class Handler>
    void operator()(Handler&& handler, const outcome_ptr& how) const
    {
        std::forward<Handler>(handler)(how->error, how->token);
    }
};

struct deliver_token_and_details {
    diagnostics* details;

    template <class Handler>
    void operator()(Handler&& handler, const outcome_ptr& how) const
    {
        try {
            *details = how->details;
        } catch (...) {
            *details = {}; // no memory for the texts; the code says the rest
        }
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

/// What async_token() takes before its completion token.
template <class T>
inline constexpr bool is_wait_argument =
    std::is_same_v<std::decay_t<T>, wait_limit> || std::is_same_v<std::decay_t<T>, diagnostics>;

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

    /// With an io_context and a thread of its own: flights run there, and so do handlers without an associated executor
    /// (an exception that leaves one ends the process, as with any thread). The destructor joins that thread when what
    /// is ready on it has run, the waiters' handlers included; destroyed by one of those, it leaves it to end by
    /// itself. Also throws std::system_error if the system gives no thread.
    basic_refresher(own_thread_t, const refresher_config& config, std::shared_ptr<token_source> source) requires
        std::constructible_from<Executor, asio::any_io_executor>
        : basic_refresher(std::make_shared<detail::private_thread>(), config, std::move(source))
    {
    }

    /// Same as close(), and does not block either (but see own_thread).
    ~basic_refresher()
    {
        if (thread_)
            thread_->end(core_);
        else
            core_->close();
    }

    basic_refresher(const basic_refresher&) = delete;
    basic_refresher& operator=(const basic_refresher&) = delete;

    executor_type get_executor() const noexcept { return executor_; }

    /// The live token; waits for one if there is none, at most within `limit`.
    ///
    /// A live token is returned without a trip through the scheduler: a loop that does nothing else never yields.
    /// Throws token_error with diagnostics. Cancellation: see the class (a coroutine's default state lets terminal
    /// cancellation through).
    [[nodiscard]] asio::awaitable<access_token, Executor> token(wait_limit limit = {})
    {
        return detail::await_token<access_token, Executor>(*core_, limit);
    }

    /// token() without exceptions: the error and its diagnostics are in the result.
    /// (If the surrounding coroutine is cancelled, Asio itself throws at its next co_await, as it always does.)
    [[nodiscard]] asio::awaitable<token_result, Executor> try_token(wait_limit limit = {})
    {
        return detail::await_token<token_result, Executor>(*core_, limit);
    }

    /// The live token, for any completion token (callback, use_future, use_awaitable, as_tuple, deferred …; none = the
    /// executor's default).
    ///
    /// Completion signature: `void(error_code, access_token)`. Always completes by a post, a live token included.
    /// The handler's associated executor, allocator and cancellation slot are honoured.
    /// Exception safety: does not throw (what completion tokens themselves throw excepted).
    template <class CompletionToken = detail::default_token<Executor>>
    requires(!detail::is_wait_argument<CompletionToken>) auto async_token(CompletionToken&& completion = {})
    {
        return async_token(wait_limit{}, std::forward<CompletionToken>(completion));
    }

    /// The same, with a limit of this caller's own.
    template <class CompletionToken = detail::default_token<Executor>>
    auto async_token(wait_limit limit, CompletionToken&& completion = {})
    {
        return start<detail::deliver_token>({}, limit, std::forward<CompletionToken>(completion));
    }

    /// The same, and says what went wrong: `details` is overwritten right before the handler runs, on its executor, and
    /// is cleared by a success. It has to live until then.
    template <class CompletionToken = detail::default_token<Executor>>
    requires(!detail::is_wait_argument<CompletionToken>) auto async_token(diagnostics& details,
                                                                          CompletionToken&& completion = {})
    {
        return async_token(details, wait_limit{}, std::forward<CompletionToken>(completion));
    }

    /// The same with both.
    template <class CompletionToken = detail::default_token<Executor>>
    auto async_token(diagnostics& details, wait_limit limit, CompletionToken&& completion = {})
    {
        return start<detail::deliver_token_and_details>({&details}, limit, std::forward<CompletionToken>(completion));
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

    /// invalidate(), if a successor may be asked for at once; else nothing: the token stays in use until its renewal is
    /// permitted, so that callers go on and see the API's own 401. What authorized() calls.
    bool invalidate_if_renewable(const access_token& token) { return core_->invalidate_if_renewable(token); }

    /// Asks for a new token although the current one lives. THIS BREAKS THE VENDOR'S POLICY (a new token only after the
    /// old one expired), and each request may be billed: it is for operators, not for code that runs by itself.
    ///
    /// The current token is handed out until the new one is there; a failure leaves it. Returns whether a request was
    /// started: not without a live token (then token() asks anyway), not while one is out, and not more often than
    /// invalidate() allows. Does not throw.
    bool renew_early() noexcept { return core_->renew_early(); }

    /// Renews at each expiry without a caller, as long as the handle lives: for loops that only peek(). See freshness.
    /// Does not throw.
    freshness keep_fresh() noexcept { return freshness(core_); }

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
                detail::start_wait<detail::wait_for::close>(*core, detail::deliver_closed{}, wait_limit{},
                                                            std::forward<decltype(handler)>(handler));
            },
            completion, core_);
    }

private:
    basic_refresher(std::shared_ptr<detail::private_thread> thread, const refresher_config& config,
                    std::shared_ptr<token_source> source)
        : executor_(thread->executor()), core_(detail::make_token_core(thread->executor(), config, std::move(source))),
          thread_(std::move(thread))
    {
    }

    template <class Deliver, class CompletionToken>
    auto start(Deliver deliver, wait_limit limit, CompletionToken&& completion)
    {
        return asio::async_initiate<CompletionToken, void(error_code, access_token)>(
            [](auto&& handler, std::shared_ptr<detail::token_core> core, Deliver how_to, wait_limit at_most) {
                detail::start_wait<detail::wait_for::token>(*core, how_to, at_most,
                                                            std::forward<decltype(handler)>(handler));
            },
            completion, core_, deliver, limit);
    }

    Executor executor_;
    std::shared_ptr<detail::token_core> core_;
    std::shared_ptr<detail::private_thread> thread_; ///< null = the executor is the user's
};

using refresher = basic_refresher<>;

} // namespace faceki::inline FACEKI_ASIO_BACKEND
