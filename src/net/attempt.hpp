// One attempt's connection, its time limit, and the way out of whatever it waits on.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <faceki/clock.hpp>

#include "net/exchange_log.hpp"
#include "net/tls_stream.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// A connection and the alarm that limits the attempts made on it.
struct connection {
    /// A quiet alarm will do: an attempt waits for its stream, the name service or a warm-up, each of them work of the
    /// context. It has no descriptor and no wait of its own, which every request would begin and cancel.
    connection(clock& time, const asio::any_io_executor& executor)
        : timer(time.make_quiet_alarm(executor)), stream(executor)
    {
    }

    std::unique_ptr<alarm> timer;
    tls_stream stream;
};

enum class stop_reason {
    none,
    expired, ///< the limit passed; limit() starts anew
    closed,  ///< the source was closed, for good
};

/// Lives in the frame of the attempt's coroutine. stop() never resumes that coroutine: it closes the socket, and the
/// pending wait completes with operation_aborted in its own time. Thread safety: none; lives on one strand.
class attempt {
public:
    attempt(clock& time, std::unique_ptr<connection> uses, const exchange_log& log)
        : time_(time), log_(log), connection_(std::move(uses))
    {
    }
    ~attempt()
    {
        if (connection_)
            connection_->timer->disarm();
    }
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;

    tls_stream& stream() noexcept { return connection_->stream; }
    boot_clock::time_point now() const noexcept { return time_.now(); }
    std::chrono::system_clock::time_point wall_now() const noexcept { return time_.wall_now(); }
    const exchange_log& log() const noexcept { return log_; }

    /// Expires at `when`, in place of any earlier limit.
    void limit(boot_clock::time_point when)
    {
        if (reason_ == stop_reason::expired)
            reason_ = stop_reason::none;
        limit_ = when;
        connection_->timer->arm(when, [this] { stop(stop_reason::expired); });
    }

    /// For loops that may run long without a wait: the alarm cannot fire while this strand is busy.
    bool stopped() noexcept
    {
        if (reason_ == stop_reason::none && now() >= limit_)
            stop(stop_reason::expired);
        return reason_ != stop_reason::none;
    }
    stop_reason reason() const noexcept { return reason_; }

    void stop(stop_reason why) noexcept
    {
        if (reason_ == stop_reason::closed)
            return;
        reason_ = why;
        if (connection_)
            connection_->stream.close();
        if (cancel_)
            cancel_();
    }

    /// While one lives, stop() also calls `cancel`: for waits on something other than the socket.
    class cancels {
    public:
        cancels(attempt& owner, std::function<void()> cancel) : owner_(owner) { owner_.cancel_ = std::move(cancel); }
        ~cancels() { owner_.cancel_ = nullptr; }
        cancels(const cancels&) = delete;
        cancels& operator=(const cancels&) = delete;

    private:
        attempt& owner_;
    };

    /// What it is doing, to end the sentence "no … within 5000 ms".
    const char* doing = "connection";

    /// Ends the attempt: the connection is wanted for the next one. An idle one has no timer running.
    std::unique_ptr<connection> release_connection() noexcept
    {
        connection_->timer->disarm();
        return std::move(connection_);
    }

private:
    clock& time_;
    const exchange_log& log_;
    std::unique_ptr<connection> connection_;
    std::function<void()> cancel_;
    boot_clock::time_point limit_ = boot_clock::time_point::max();
    stop_reason reason_ = stop_reason::none;
};

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
