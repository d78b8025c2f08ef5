// What is usually written to wait for a value with Asio: a timer that never expires, cancelled when the value is there.
#pragma once

#include <string>

#include <faceki/detail/asio.hpp>

#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>

namespace faceki::bench {

/// Thread safety: none, as the timer's; with several threads each has one of its own.
class timer_condition {
public:
    explicit timer_condition(asio::io_context& io) : timer_(io, asio::steady_timer::time_point::max()) {}

    /// `co_await condition.wait()`, and then value(). Each waiter has a code of its own in real code; one for all costs
    /// the reference less.
    auto wait() { return timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored_)); }
    const std::string* value() const noexcept { return value_; }

    void wake(const std::string& value)
    {
        value_ = &value;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    asio::error_code ignored_;
    const std::string* value_ = nullptr;
};

} // namespace faceki::bench
