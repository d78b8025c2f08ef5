// The errors that no reply of the endpoint causes: proxies, limits of our own, renewals forced too fast, configurations
// that cannot work.
#include <boost/test/unit_test.hpp>

#include "integration/one_shot_proxy.hpp"

namespace {

using namespace std::chrono_literals;
using faceki::errc;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki_test::behind_proxy;
using faceki_test::named_endpoint;
using faceki_test::one_shot_proxy;

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
