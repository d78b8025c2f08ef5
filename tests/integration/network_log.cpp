// The log lines of the network at trace level: which, and in what order.
#include <algorithm>
#include <string>

#include "integration/network_log.hpp"
#include "integration/one_shot_proxy.hpp"

#include <faceki/testing/manual_clock.hpp>

namespace {

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::errc;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

const lines cold = {
    "a new connection: none is kept",
    "addresses of 127.0.0.1: 1, found in T ms",
    "connecting to 127.0.0.1:P",
    "connected in T ms",
    "TLSv1.3, new session, in T ms",
    "request sent: N bytes",
    "reply received: status 200, body of N bytes, after T ms",
    "the connection is kept",
};

/// The same, but for the lines that are given.
lines cold_but(std::initializer_list<std::pair<std::size_t, const char*>> changes)
{
    lines changed = cold;
    for (const auto& [index, line] : changes)
        changed.at(index) = line;
    return changed;
}

} // namespace

BOOST_AUTO_TEST_SUITE(network_log)

BOOST_AUTO_TEST_CASE(a_cold_exchange_a_kept_connection_and_one_the_peer_closed)
{
    mock_endpoint endpoint(with_our_credentials());
    listener heard;
    asio::io_context io;
    faceki::client client(io.get_executor(), traced(endpoint, heard));
    const auto calls = [&]() -> asio::awaitable<void> {
        co_await client.token();
        const std::string sent = "request sent: " + std::to_string(endpoint.request_bytes()) + " bytes";
        BOOST_TEST(std::count(heard.unchanged().begin(), heard.unchanged().end(), sent) == 1);
        const std::string peer = "connecting to 127.0.0.1:" + std::to_string(endpoint.port());
        BOOST_TEST(std::count(heard.unchanged().begin(), heard.unchanged().end(), peer) == 1);
        check(heard.take(), cold);

        forget_token(client);
        co_await client.token();
        check(heard.take(), {"the kept connection is used again, idle for T ms", "request sent: N bytes",
                             "reply received: status 200, body of N bytes, after T ms", "the connection is kept"});

        forget_token(client);
        endpoint.close_idle();
        co_await client.token();
        check(heard.take(), cold_but({{0, "a new connection: the peer has closed the kept one, or sent what nobody "
                                          "asked for"},
                                      {4, "TLSv1.3, session resumed, in T ms"}}));
    };
    run_to_end(io, calls);
}

BOOST_AUTO_TEST_CASE(why_a_connection_is_not_used_again)
{
    mock_endpoint endpoint(with_our_credentials());
    mock_reply closing;
    closing.fields = {"Connection: close"};
    mock_reply refusing;
    refusing.status = 402;
    refusing.body = std::string(R"({"clientSecret":")") + client_secret + "\"}"; // as documented: may echo the secret
    const auto time = std::make_shared<faceki::testing::manual_clock>();
    listener heard;
    faceki::client_config config = traced(endpoint, heard);
    config.clock = time;
    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    const auto calls = [&]() -> asio::awaitable<void> {
        co_await client.token();
        forget_token(client);
        time->advance(55s);
        heard.take();
        endpoint.script(closing);
        co_await client.token();
        check(heard.take(), cold_but({{0, "a new connection: the kept one was idle for too long"},
                                      {4, "TLSv1.3, session resumed, in T ms"},
                                      {7, "the connection is not kept: the reply does not allow it, or was not "
                                          "whole"}}));
        forget_token(client);
        endpoint.set_lifetime(1h);
        co_await client.token();
        check(heard.take(),
              cold_but({{4, "TLSv1.3, session resumed, in T ms"},
                        {7, "the connection is not kept: the token lives longer than limits.max_connection_idle"}}));
        forget_token(client);
        endpoint.script(refusing);
        const faceki::token_result refused = co_await client.try_token();
        BOOST_TEST(refused.error() == make_error_code(errc::credentials_rejected));
        lines expected = cold_but(
            {{4, "TLSv1.3, session resumed, in T ms"}, {6, "reply received: status 402, body of N bytes, after T ms"}});
        expected.push_back("no token: " + refused.diagnostics().message);
        check(heard.take(), expected);
    };
    run_to_end(io, calls);
}

BOOST_AUTO_TEST_CASE(a_proxy_with_a_password)
{
    const faceki::testing::throwaway_ca ca;
    mock_options options = named_endpoint(ca);
    options.client_id = client_id;
    options.client_secret = client_secret;
    mock_endpoint endpoint(options);
    listener heard;
    {
        one_shot_proxy proxy(tunnel_granted, endpoint.port());
        faceki::client_config config = behind_proxy(endpoint, proxy.url(proxy_user + std::string("@")));
        config.tls.ca_pem = ca.ca_pem();
        config.credentials = faceki::credentials(client_id, client_secret);
        config.log = heard.hook();
        config.log_level = faceki::log_level::trace;
        BOOST_TEST(!call_once(config).result.error());
        BOOST_TEST(heard.unchanged().at(2) == "connecting to the proxy at 127.0.0.1:" + proxy.port());
        BOOST_TEST(proxy.request().find("Proxy-Authorization: Basic " + std::string(proxy_user_base64)) !=
                   std::string::npos);
    }
    check(heard.take(), {"a new connection: none is kept", "addresses of 127.0.0.1: 1, found in T ms",
                         "connecting to the proxy at 127.0.0.1:P", "connected in T ms",
                         "asking the proxy for a tunnel to api.example.test:443", "the tunnel stands after T ms",
                         "TLSv1.3, new session, in T ms", "request sent: N bytes",
                         "reply received: status 200, body of N bytes, after T ms",
                         "the connection is not kept: the token lives longer than limits.max_connection_idle"});
    {
        one_shot_proxy proxy("HTTP/1.1 407 hostile words\r\nX: hostile\r\n\r\n", 0);
        faceki::client_config config = behind_proxy(endpoint, proxy.url(proxy_user + std::string("@")));
        config.log = heard.hook();
        config.log_level = faceki::log_level::trace;
        BOOST_TEST(call_once(config).result.error() == make_error_code(errc::proxy_refused));
    }
    check(heard.take(), {"a new connection: none is kept", "addresses of 127.0.0.1: 1, found in T ms",
                         "connecting to the proxy at 127.0.0.1:P", "connected in T ms",
                         "asking the proxy for a tunnel to api.example.test:443",
                         "no token: the proxy asks for other credentials (407): see the proxy setting or HTTPS_PROXY"});
}

BOOST_AUTO_TEST_CASE(a_failed_handshake)
{
    const faceki::testing::throwaway_ca stranger;
    mock_endpoint endpoint(with_our_credentials());
    listener heard;
    faceki::client_config config = traced(endpoint, heard);
    config.tls.ca_pem = stranger.ca_pem();
    const auto called = call_once(config);
    BOOST_TEST(called.result.error() == make_error_code(errc::tls_failed));
    lines expected(cold.begin(), cold.begin() + 4);
    expected.push_back("no token: " + called.result.diagnostics().message);
    BOOST_TEST(expected.back().starts_with("no token: TLS: "));
    check(heard.take(), expected);
}

BOOST_AUTO_TEST_CASE(a_refused_connection)
{
    listener heard;
    faceki::client_config config;
    {
        const mock_endpoint gone(with_our_credentials());
        config = traced(gone, heard);
    }
    BOOST_TEST(call_once(config).result.error() == make_error_code(errc::connect_failed));
    lines expected(cold.begin(), cold.begin() + 3);
    expected.push_back("no connection to 127.0.0.1:P: Connection refused");
    expected.push_back("no token: no connection to the endpoint: Connection refused");
    check(heard.take(), expected);
}

BOOST_AUTO_TEST_CASE(a_name_with_several_addresses_and_one_with_none)
{
    mock_endpoint endpoint(with_our_credentials());
    listener heard;
    faceki::client_config config = traced(endpoint, heard);
    config.base_url = "https://localhost:" + std::to_string(endpoint.port());
    BOOST_TEST(!call_once(config).result.error());
    lines told = heard.take();
    BOOST_TEST(told.at(1).starts_with("addresses of localhost: "), told.at(1));
    // ::1 first, where there is one, and nobody listens there.
    BOOST_TEST(std::count(told.begin(), told.end(), "connecting to 127.0.0.1:P") == 1);
    BOOST_TEST(std::count(told.begin(), told.end(), "connecting to [::1]:P") ==
               std::count(told.begin(), told.end(), "no connection to [::1]:P: Connection refused"));

    config.base_url = "https://no-such-host.invalid";
    const auto called = call_once(config);
    BOOST_TEST(called.result.error() == make_error_code(errc::resolve_failed));
    check(heard.take(), {"a new connection: none is kept", "no token: " + called.result.diagnostics().message});
}

BOOST_AUTO_TEST_CASE(an_answer_that_breaks_off_or_does_not_come)
{
    const struct {
        const char* what;
        std::size_t cut_after;
        std::size_t stall_after;
        errc code;
        const char* last;
    } rows[] = {
        {"cut", 40, mock_reply::npos, errc::connection_lost, "no token: the connection was lost "},
        {"stalled", mock_reply::npos, 40, errc::timed_out, "no token: no answer within limits.attempt_timeout"},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.what)
        {
            mock_endpoint endpoint(with_our_credentials());
            mock_reply reply;
            reply.cut_after = row.cut_after;
            reply.stall_after = row.stall_after;
            endpoint.script(reply);
            listener heard;
            faceki::client_config config = traced(endpoint, heard);
            config.limits.attempt_timeout = 200ms;
            BOOST_TEST(call_once(config).result.error() == make_error_code(row.code));
            lines told = heard.take();
            BOOST_TEST(told.back().starts_with(row.last), told.back());
            told.pop_back();
            lines expected(cold.begin(), cold.begin() + 6);
            expected.push_back("the connection is not kept: the reply does not allow it, or was not whole");
            check(told, expected);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
