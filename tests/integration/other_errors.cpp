// The errors that no reply of the endpoint causes: proxies, limits of our own, renewals forced too fast, configurations
// that cannot work.
#include <boost/test/unit_test.hpp>
#include <thread>

#include "integration/one_call.hpp"

#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using faceki::errc;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;

/// A proxy on a thread of its own, for one connection: answers CONNECT with `answer`, then relays to `tunnel_to` unless
/// that is 0.
class one_shot_proxy {
public:
    one_shot_proxy(std::string answer, std::uint16_t tunnel_to)
        : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), answer_(std::move(answer)), tunnel_to_(tunnel_to),
          thread_([this] { serve(); })
    {
    }
    ~one_shot_proxy() { thread_.join(); }

    std::string url(const std::string& user = "") const
    {
        return "http://" + user + "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    /// The head of the CONNECT request; read it after the call.
    const std::string& request() const { return request_; }

private:
    void serve()
    {
        tcp::socket client = acceptor_.accept();
        std::string head;
        asio::read_until(client, asio::dynamic_buffer(head), "\r\n\r\n");
        request_ = head;
        asio::write(client, asio::buffer(answer_));
        if (tunnel_to_ == 0)
            return;
        tcp::socket endpoint(io_);
        endpoint.connect({asio::ip::address_v4::loopback(), tunnel_to_});
        std::thread back([&] { relay(endpoint, client); });
        relay(client, endpoint);
        back.join();
    }

    static void relay(tcp::socket& from, tcp::socket& to)
    {
        std::array<char, 4096> bytes;
        std::error_code failed;
        while (!failed) {
            const std::size_t size = from.read_some(asio::buffer(bytes), failed);
            if (!failed)
                asio::write(to, asio::buffer(bytes, size), failed);
        }
        to.shutdown(tcp::socket::shutdown_send, failed);
    }

    asio::io_context io_;
    tcp::acceptor acceptor_;
    std::string answer_;
    std::uint16_t tunnel_to_;
    std::string request_;
    std::thread thread_;
};

/// An endpoint that is not on a loopback name, so that a proxy may stand in front of it.
faceki::client_config behind_proxy(const mock_endpoint& endpoint, const std::string& proxy)
{
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.base_url = "https://api.example.test";
    config.proxy = proxy;
    return config;
}

mock_options named_endpoint(const faceki::testing::throwaway_ca& ca)
{
    faceki::testing::certificate_request shown;
    shown.dns_names = {"api.example.test"};
    mock_options options;
    options.server_certificate = ca.issue(shown);
    return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(other_errors)

BOOST_AUTO_TEST_CASE(a_proxy_that_gives_no_tunnel_is_named_and_costs_no_request)
{
    mock_endpoint endpoint;
    for (const std::string answer : {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
                                     "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "gibberish\r\n\r\n"}) {
        one_shot_proxy proxy(answer, 0);
        const auto called = faceki_test::call_once(behind_proxy(endpoint, proxy.url()));
        BOOST_TEST(called.result.error() == make_error_code(errc::proxy_refused));
        BOOST_TEST((called.result.diagnostics().kind == faceki::failure_kind::not_sent));
        BOOST_TEST(called.stats.requests_sent == 0U);
    }
    BOOST_TEST(endpoint.accepted() == 0U);
}

BOOST_AUTO_TEST_CASE(a_token_comes_through_a_tunnel_and_the_proxy_sees_no_secret)
{
    const faceki::testing::throwaway_ca ca;
    mock_endpoint endpoint(named_endpoint(ca));
    std::string request;
    {
        one_shot_proxy proxy("HTTP/1.1 200 Connection established\r\n\r\n", endpoint.port());
        faceki::client_config config = behind_proxy(endpoint, proxy.url("user:pass@"));
        config.tls.ca_pem = ca.ca_pem();
        const auto called = faceki_test::call_once(config);
        BOOST_TEST(!called.result.error(), called.result.diagnostics().message);
        BOOST_TEST(endpoint.recorded().at(0).sni == "api.example.test");
        request = proxy.request();
    }
    BOOST_TEST(request.starts_with("CONNECT api.example.test:443 HTTP/1.1\r\n"));
    BOOST_TEST(request.find("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n") != std::string::npos);
    BOOST_TEST(request.find("test-secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(more_waiters_than_allowed_are_refused_at_once)
{
    mock_options options;
    options.latency = 50ms;
    mock_endpoint endpoint(options);
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.limits.max_waiters = 10;
    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    int served = 0;
    int refused = 0;
    for (int n = 0; n < 25; ++n)
        client.async_token([&](std::error_code failed, const faceki::access_token&) {
            served += !failed;
            refused += failed == make_error_code(errc::too_many_waiters);
        });
    io.run();
    BOOST_TEST(served == 10);
    BOOST_TEST(refused == 15);
    BOOST_TEST(endpoint.requests() == 1U);
}

BOOST_AUTO_TEST_CASE(renewals_forced_too_fast_are_rate_limited_without_a_request)
{
    mock_endpoint endpoint;
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    const auto calls = [&]() -> asio::awaitable<void> {
        const faceki::access_token first = co_await client.token();
        endpoint.revoke_all();
        BOOST_TEST(client.invalidate(first));
        const faceki::access_token second = co_await client.token(); // a rejected token may be renewed at once
        BOOST_TEST(!client.invalidate(first));                       // a late 401 of the old one
        endpoint.revoke_all();
        BOOST_TEST(client.invalidate(second));
        const faceki::token_result third = co_await client.try_token(); // but not twice within 10 s
        BOOST_TEST(third.error() == make_error_code(errc::rate_limited));
        BOOST_TEST(third.diagnostics().retry_at.has_value());
        BOOST_TEST(third.diagnostics().http_status == 0);
    };
    faceki_test::run_to_end(io, calls);
    BOOST_TEST(endpoint.requests() == 2U);
    BOOST_TEST(endpoint.early() == 0U);
}

BOOST_AUTO_TEST_CASE(a_configuration_that_cannot_work_names_its_field)
{
    mock_endpoint endpoint;
    asio::io_context io;
    const struct {
        const char* field;
        std::function<void(faceki::client_config&)> spoil;
    } rows[] = {
        {"base_url", [](auto& c) { c.base_url = "ftp://127.0.0.1"; }},
        {"base_url", [](auto& c) { c.base_url = "http://sdk.faceki.com"; }},
        {"base_url", [](auto& c) { c.base_url = "https://user:pw@sdk.faceki.com"; }},
        {"client_id", [](auto& c) { c.credentials = faceki::credentials("", "s"); }},
        {"client_secret", [](auto& c) { c.credentials = faceki::credentials("i", "\xFF"); }},
        {"user_agent", [](auto& c) { c.user_agent = "a\r\nX: y"; }},
        {"ca_file", [](auto& c) { c.tls.ca_file = "/nonexistent/ca.pem"; }},
        {"ca_pem", [](auto& c) { c.tls.ca_pem = "not a certificate"; }},
        {"connect_to", [](auto& c) { c.connect_to = "nowhere"; }},
        {"proxy",
         [](auto& c) {
             c.proxy = "https://proxy:1";
             c.base_url = "https://sdk.faceki.com";
         }},
        {"flight_deadline", [](auto& c) { c.limits.flight_deadline = 0ms; }},
        {"max_waiters", [](auto& c) { c.limits.max_waiters = 0; }},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.field)
        {
            faceki::client_config config = faceki_test::config_for(endpoint);
            row.spoil(config);
            try {
                faceki::client client(io.get_executor(), config);
                BOOST_ERROR("was accepted");
            } catch (const faceki::token_error& e) {
                BOOST_TEST(e.code() == make_error_code(errc::invalid_config));
                BOOST_TEST(e.diagnostics().message.find(row.field) != std::string::npos, e.diagnostics().message);
                BOOST_TEST(e.diagnostics().message.find("pw") == std::string::npos);
            }
        }
    }
    BOOST_TEST(endpoint.accepted() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
