// The same with Asio's channel: each waiter receives, and is sent the value.
#pragma once

#include <cstddef>
#include <string>

#include <faceki/detail/asio.hpp>

#include <asio/experimental/channel.hpp>
#include <asio/io_context.hpp>

namespace faceki::bench {

/// Thread safety: none.
class channel_wait {
public:
    explicit channel_wait(asio::io_context& io) : channel_(io) {}

    /// `const std::string* value = co_await channel.wait();`
    auto wait() { return channel_.async_receive(asio::use_awaitable); }

    /// Returns how many of `waiters` were there.
    std::size_t wake(const std::string& value, std::size_t waiters)
    {
        std::size_t sent = 0;
        while (sent < waiters && channel_.try_send(asio::error_code(), &value))
            ++sent;
        return sent;
    }

private:
    asio::experimental::channel<void(asio::error_code, const std::string*)> channel_;
};

} // namespace faceki::bench
