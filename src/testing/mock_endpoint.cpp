// The endpoint's thread: listens, accepts, and ends what it accepted.
#include <faceki/testing/mock_endpoint.hpp>

#include <faceki/detail/asio.hpp>

#include <future>
#include <thread>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <fcntl.h>

#include "testing/mock_connection.hpp"

namespace faceki::testing {
namespace {

using asio::ip::tcp;

constexpr int rounds_to_wait = 4;
constexpr int backlog = 4096; // the kernel cuts it to net.core.somaxconn

/// Else a child process would keep every connection open that was open when it was started.
void close_on_exec(int fd) noexcept
{
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// Shared by those who have something to end: says that the last of them has.
struct last_word {
    last_word() = default;
    ~last_word() { spoken.set_value(); }
    last_word(const last_word&) = delete;
    last_word& operator=(const last_word&) = delete;

    std::promise<void> spoken;
};

} // namespace

class mock_endpoint::server {
public:
    explicit server(mock_options options)
        : hub_{options, options.base_path + "/auth/api/generate-token", mock_state(options), nullptr, {}}
    {
        if (!options.plain_http) {
            const bool own = options.server_certificate.chain_pem.empty();
            hub_.tls = make_server_context(own ? ca_.issue() : options.server_certificate, options.max_tls_version);
        }
        const tcp::endpoint address(asio::ip::make_address(options.address), options.port);
        acceptor_.open(address.protocol());
        close_on_exec(acceptor_.native_handle());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(address);
        acceptor_.listen(backlog);
        port_ = acceptor_.local_endpoint().port();
        const bool v6 = address.address().is_v6();
        url_ = (options.plain_http ? "http://" : "https://") + (v6 ? "[" + options.address + "]" : options.address) +
               ":" + std::to_string(port_) + options.base_path;
        asio::co_spawn(io_, accept(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }

    ~server()
    {
        asio::post(io_, [this] { stop(); });
        thread_.join();
    }

    /// Posts to the endpoint's thread and waits until the connections it closed have ended.
    void close_idle()
    {
        auto done = std::make_shared<last_word>();
        std::future<void> all_ended = done->spoken.get_future();
        asio::post(io_, [this, done = std::move(done)] { close_idle(done, rounds_to_wait); });
        all_ended.wait();
    }

    mock_state& state() noexcept { return hub_.state; }
    const std::string& url() const noexcept { return url_; }
    std::uint16_t port() const noexcept { return port_; }
    const std::string& ca_pem() const noexcept { return ca_.ca_pem(); }

private:
    /// A reply that the client has read may still have its completion in the queue here: whoever saw the reply must
    /// find its connection idle, so what is in the queue goes first.
    void close_idle(std::shared_ptr<last_word> done, int rounds)
    {
        if (rounds > 0) {
            asio::post(io_, [this, done = std::move(done), rounds] { close_idle(done, rounds - 1); });
            return;
        }
        for (mock_connection* const connection : hub_.connections)
            connection->close_if_idle(done);
    }

    asio::awaitable<void> accept()
    {
        for (std::size_t number = 1;;) {
            error_code ec;
            tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
            if (stopping_)
                co_return;
            if (ec) {
                // Out of descriptors, or the client left: neither ends the endpoint.
                pause_.expires_after(std::chrono::milliseconds{10});
                co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
                continue;
            }
            close_on_exec(socket.native_handle());
            socket.set_option(tcp::no_delay(true), ec);
            hub_.state.connection_opened(endpoint_now());
            auto connection = std::make_shared<mock_connection>(hub_, std::move(socket), number++);
            asio::co_spawn(io_, mock_connection::serve(std::move(connection)), asio::detached);
        }
    }

    void stop()
    {
        stopping_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (mock_connection* const connection : hub_.connections)
            connection->abort();
    }

    throwaway_ca ca_;
    mock_hub hub_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    asio::steady_timer pause_{io_};
    bool stopping_ = false;
    std::uint16_t port_ = 0;
    std::string url_;
    std::thread thread_;
};

mock_endpoint::mock_endpoint(mock_options options) : server_(std::make_unique<server>(std::move(options))) {}
mock_endpoint::~mock_endpoint() = default;

std::string mock_endpoint::url() const
{
    return server_->url();
}
std::uint16_t mock_endpoint::port() const
{
    return server_->port();
}
const std::string& mock_endpoint::ca_pem() const
{
    return server_->ca_pem();
}

void mock_endpoint::script(mock_reply reply)
{
    server_->state().script(std::move(reply));
}
void mock_endpoint::set_lifetime(std::chrono::milliseconds lifetime)
{
    server_->state().set_lifetime(lifetime);
}
void mock_endpoint::set_latency(std::chrono::milliseconds latency)
{
    server_->state().set_latency(latency);
}
void mock_endpoint::revoke_all()
{
    server_->state().revoke_all();
}
void mock_endpoint::close_idle()
{
    server_->close_idle();
}

std::size_t mock_endpoint::requests() const
{
    return server_->state().requests();
}
std::size_t mock_endpoint::early() const
{
    return server_->state().early();
}
std::size_t mock_endpoint::failed() const
{
    return server_->state().failed();
}
std::size_t mock_endpoint::presented() const
{
    return server_->state().presented();
}
std::size_t mock_endpoint::dead() const
{
    return server_->state().dead();
}
std::size_t mock_endpoint::accepted() const
{
    return server_->state().accepted();
}
std::size_t mock_endpoint::open_connections() const
{
    return server_->state().open_connections();
}
std::vector<boot_clock::time_point> mock_endpoint::accept_times() const
{
    return server_->state().accept_times();
}
std::size_t mock_endpoint::request_bytes() const
{
    return server_->state().request_bytes();
}
std::vector<recorded_request> mock_endpoint::recorded() const
{
    return server_->state().recorded();
}

bool mock_endpoint::wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) const
{
    return server_->state().wait_until(condition, limit);
}

} // namespace faceki::testing
