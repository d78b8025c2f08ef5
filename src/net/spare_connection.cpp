// Taking, keeping, and waiting for a warm-up.
#include "net/spare_connection.hpp"

#include <algorithm>
#include <utility>

#include <asio/steady_timer.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// One who waits, in a coroutine's frame. It parks in a timer that never ends by itself: an operation of Asio's, which
/// a context that is destroyed drops as it should. A handler in a list of ours would outlive the context, or never die.
class spare_connection::sleeper {
public:
    sleeper(spare_connection& owner, const asio::any_io_executor& executor) : owner_(owner), bed_(executor)
    {
        bed_.expires_at(asio::steady_timer::time_point::max());
        owner_.sleepers_.push_back(this);
    }
    ~sleeper() { std::erase(owner_.sleepers_, this); }
    sleeper(const sleeper&) = delete;
    sleeper& operator=(const sleeper&) = delete;

    asio::awaitable<void> sleep()
    {
        woken_ = false;
        error_code ignored; // always operation_aborted
        co_await bed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    bool was_woken() const noexcept { return woken_; } ///< false: sleep() was cancelled

    /// Resumes nothing here: the wait completes in its own time.
    void wake() noexcept
    {
        woken_ = true;
        try {
            bed_.cancel();
        } catch (...) { // an old signature: it does not throw
        }
    }

private:
    spare_connection& owner_;
    asio::steady_timer bed_;
    bool woken_ = false;
};

/// A year at most: in nanoseconds, any number of milliseconds would not fit.
spare_connection::spare_connection(const clock& time, std::chrono::milliseconds longest_idle,
                                   const exchange_log& log) noexcept
    : time_(time), longest_idle_(std::min<std::chrono::milliseconds>(longest_idle, std::chrono::hours{24 * 365})),
      log_(log)
{
}

const char* spare_connection::problem(std::chrono::milliseconds longest_idle) noexcept
{
    if (!kept_)
        return "none is kept";
    if (time_.now() - kept_since_ >= longest_idle)
        return "the kept one was idle for too long";
    if (!kept_->stream.idle_and_alive())
        return "the peer has closed the kept one, or sent what nobody asked for";
    return nullptr;
}

std::unique_ptr<connection> spare_connection::take() noexcept
{
    const char* const unfit = problem(longest_idle_);
    if (unfit == nullptr) {
        log_.connection_reused(time_.now() - kept_since_);
        return std::move(kept_);
    }
    kept_.reset();
    log_.connection_is_new(unfit);
    return nullptr;
}

void spare_connection::keep(std::unique_ptr<connection> idle) noexcept
{
    idle->stream.rest();
    kept_since_ = time_.now();
    kept_ = std::move(idle);
}

void spare_connection::made() noexcept
{
    being_made_ = false;
    for (sleeper* const waiting : sleepers_)
        waiting->wake();
}

asio::awaitable<std::error_code> spare_connection::until_made(attempt& waiting)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    sleeper bed(*this, executor);
    const attempt::cancels on_stop(waiting, [&bed] { bed.wake(); });
    while (being_made_) { // or again: another may have begun before this one got its turn
        if (waiting.stopped())
            co_return asio::error::operation_aborted;
        co_await bed.sleep();
        if (!bed.was_woken())
            co_return asio::error::operation_aborted;
    }
    if (waiting.reason() == stop_reason::closed)
        co_return asio::error::operation_aborted;
    co_return std::error_code();
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
