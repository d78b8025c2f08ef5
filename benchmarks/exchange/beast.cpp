// Reference: Boost.Beast over Boost.Asio's own TLS stream, in coroutines.
#include <optional>
#include <utility> // Boost.Asio's awaitable needs it first

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "exchange/way.hpp"

namespace faceki::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// As faceki's: never destroyed.
asio::io_context& context()
{
    static asio::io_context& one = *new asio::io_context(1);
    return one;
}

asio::ssl::context& tls(const token_endpoint& endpoint)
{
    static asio::ssl::context& one = *[&endpoint] {
        auto* const made = new asio::ssl::context(asio::ssl::context::tls_client);
        made->load_verify_file(endpoint.ca_file);
        made->set_verify_mode(asio::ssl::verify_peer);
        SSL_CTX_set_session_cache_mode(made->native_handle(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        return made;
    }();
    return one;
}

class beast_way final : public way {
public:
    beast_way(const token_endpoint& endpoint, connections how) : how_(how), endpoint_(endpoint)
    {
        request_.method(http::verb::post);
        request_.target({token_endpoint::target.data(), token_endpoint::target.size()});
        request_.set(http::field::host, "127.0.0.1:" + std::to_string(endpoint.port));
        request_.set(http::field::content_type, "application/json");
        request_.body() = token_endpoint::request_body();
        request_.prepare_payload();
    }
    ~beast_way() override
    {
        disconnect();
        SSL_SESSION_free(session_);
    }
    beast_way(const beast_way&) = delete;
    beast_way& operator=(const beast_way&) = delete;

    void run(stopwatch& timed) override
    {
        asio::co_spawn(context(), exchanges(timed), [](std::exception_ptr failed) {
            if (failed)
                std::rethrow_exception(failed);
        });
        context().run();
        context().restart();
    }

private:
    using stream = asio::ssl::stream<tcp::socket>;

    asio::awaitable<void> exchanges(stopwatch& timed)
    {
        while (timed.wanted()) {
            timed.begin();
            if (!stream_)
                co_await connect();
            http::response<http::string_body> response;
            co_await http::async_write(*stream_, request_, asio::use_awaitable);
            co_await http::async_read(*stream_, buffer_, response, asio::use_awaitable);
            if (how_ != connections::kept)
                disconnect();
            timed.end(response.body());
        }
    }

    asio::awaitable<void> connect()
    {
        stream_.emplace(context(), tls(endpoint_));
        const tcp::endpoint address(asio::ip::address_v4::loopback(), endpoint_.port);
        co_await stream_->lowest_layer().async_connect(address, asio::use_awaitable);
        stream_->lowest_layer().set_option(tcp::no_delay(true));
        stream_->set_verify_callback(asio::ssl::host_name_verification("127.0.0.1"));
        if (session_ != nullptr)
            SSL_set_session(stream_->native_handle(), session_);
        co_await stream_->async_handshake(stream::client, asio::use_awaitable);
    }

    void disconnect()
    {
        if (!stream_)
            return;
        SSL* const ssl = stream_->native_handle();
        if (how_ == connections::resumed) {
            SSL_SESSION_free(session_);
            session_ = SSL_get1_session(ssl);
        }
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); // else the session is not resumable
        stream_.reset();
    }

    const connections how_;
    const token_endpoint& endpoint_;
    http::request<http::string_body> request_;
    boost::beast::flat_buffer buffer_;
    std::optional<stream> stream_;
    SSL_SESSION* session_ = nullptr;
};

} // namespace

std::unique_ptr<way> make_beast(const token_endpoint& endpoint, connections how)
{
    return std::make_unique<beast_way>(endpoint, how);
}

} // namespace faceki::bench
