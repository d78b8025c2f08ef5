// A CONNECT proxy for one connection, and an endpoint with a name, so that a proxy may stand in front of it.
#pragma once

#include <array>
#include <string>
#include <thread>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include "integration/one_call.hpp"

namespace faceki_test {

/// On a thread of its own: answers CONNECT with `answer`, then relays to `tunnel_to` unless that is 0.
class one_shot_proxy {
public:
    one_shot_proxy(std::string answer, std::uint16_t tunnel_to)
        : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), answer_(std::move(answer)), tunnel_to_(tunnel_to),
          thread_([this] { serve(); })
    {
    }
    ~one_shot_proxy() { thread_.join(); }
    one_shot_proxy(const one_shot_proxy&) = delete;
    one_shot_proxy& operator=(const one_shot_proxy&) = delete;

    /// `user`: "" or "name:password@"
    std::string url(const std::string& user = "") const { return "http://" + user + "127.0.0.1:" + port(); }
    std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
    /// All that came before the tunnel; read it after the call.
    const std::string& request() const { return request_; }

private:
    using socket = asio::ip::tcp::socket;

    void serve()
    {
        socket client = acceptor_.accept();
        std::string head;
        asio::read_until(client, asio::dynamic_buffer(head), "\r\n\r\n");
        request_ = head;
        asio::write(client, asio::buffer(answer_));
        if (tunnel_to_ == 0)
            return;
        socket endpoint(io_);
        endpoint.connect({asio::ip::address_v4::loopback(), tunnel_to_});
        std::thread back([&] { relay(endpoint, client); });
        relay(client, endpoint);
        back.join();
    }

    static void relay(socket& from, socket& to)
    {
        std::array<char, 4096> bytes;
        std::error_code failed;
        while (!failed) {
            const std::size_t size = from.read_some(asio::buffer(bytes), failed);
            if (!failed)
                asio::write(to, asio::buffer(bytes, size), failed);
        }
        to.shutdown(socket::shutdown_send, failed);
    }

    asio::io_context io_;
    asio::ip::tcp::acceptor acceptor_;
    std::string answer_;
    std::uint16_t tunnel_to_;
    std::string request_;
    std::thread thread_;
};

inline constexpr const char* tunnel_granted = "HTTP/1.1 200 Connection established\r\n\r\n";

/// Shows a certificate for api.example.test: a loopback endpoint would never be proxied.
inline faceki::testing::mock_options named_endpoint(const faceki::testing::throwaway_ca& ca)
{
    faceki::testing::certificate_request shown;
    shown.dns_names = {"api.example.test"};
    faceki::testing::mock_options options;
    options.server_certificate = ca.issue(shown);
    return options;
}

/// For it; tls.ca_pem is that of the endpoint's own CA still.
inline faceki::client_config behind_proxy(const faceki::testing::mock_endpoint& endpoint, const std::string& proxy)
{
    faceki::client_config config = config_for(endpoint);
    config.base_url = "https://api.example.test";
    config.proxy = proxy;
    return config;
}

} // namespace faceki_test
