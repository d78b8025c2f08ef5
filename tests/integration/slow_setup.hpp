// A TCP relay whose connections are slow to begin, so that what a handshake costs is large against a machine's noise.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace faceki_test {

/// On a thread of its own: what comes from a client is passed on `delay` after it connected, and at once later on.
class slow_setup {
public:
    slow_setup(std::uint16_t endpoint_port, std::chrono::milliseconds delay)
        : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
          endpoint_(asio::ip::address_v4::loopback(), endpoint_port), delay_(delay)
    {
        asio::co_spawn(io_, accept(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~slow_setup()
    {
        asio::post(io_, [this] { stop(); });
        thread_.join();
    }
    slow_setup(const slow_setup&) = delete;
    slow_setup& operator=(const slow_setup&) = delete;

    /// For client_config::connect_to.
    std::string address() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

private:
    using socket = asio::ip::tcp::socket;

    struct link {
        explicit link(socket accepted)
            : client(std::move(accepted)), server(client.get_executor()), pause(client.get_executor())
        {
        }
        socket client;
        socket server;
        asio::steady_timer pause;
    };

    asio::awaitable<void> accept()
    {
        for (;;) {
            std::error_code failed;
            socket accepted = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
            if (failed)
                co_return;
            auto made = std::make_shared<link>(std::move(accepted));
            links_.push_back(made);
            asio::co_spawn(io_, begin(std::move(made), endpoint_, delay_), asio::detached);
        }
    }

    static asio::awaitable<void> begin(std::shared_ptr<link> made, asio::ip::tcp::endpoint endpoint,
                                       std::chrono::milliseconds delay)
    {
        std::error_code failed;
        made->pause.expires_after(delay);
        co_await made->pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
        if (!failed)
            co_await made->server.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failed));
        if (failed)
            co_return;
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor, relay(made, made->client, made->server), asio::detached);
        asio::co_spawn(executor, relay(made, made->server, made->client), asio::detached);
    }

    /// The first argument keeps both sockets alive.
    static asio::awaitable<void> relay(std::shared_ptr<link>, socket& from, socket& to)
    {
        std::array<char, 4096> bytes;
        std::error_code failed;
        for (;;) {
            const std::size_t size =
                co_await from.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed));
            if (failed)
                break;
            co_await asio::async_write(to, asio::buffer(bytes, size),
                                       asio::redirect_error(asio::use_awaitable, failed));
            if (failed)
                break;
        }
        to.shutdown(socket::shutdown_send, failed);
    }

    void stop()
    {
        std::error_code ignored;
        acceptor_.close(ignored);
        for (const auto& reference : links_) {
            if (const auto open = reference.lock()) {
                open->pause.cancel();
                open->client.close(ignored);
                open->server.close(ignored);
            }
        }
    }

    asio::io_context io_{1};
    asio::ip::tcp::acceptor acceptor_;
    const asio::ip::tcp::endpoint endpoint_;
    const std::chrono::milliseconds delay_;
    std::vector<std::weak_ptr<link>> links_;
    std::thread thread_;
};

} // namespace faceki_test
