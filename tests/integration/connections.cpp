// Connections: kept and reused, resumed, replaced when the server closed them; all addresses tried; refused, silent and
// reset peers.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "integration/one_call.hpp"

#include <faceki/testing/manual_clock.hpp>

#include <asio/ip/tcp.hpp>

namespace {

using namespace std::chrono_literals;
using faceki::errc;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

/// Drops the token, so that the next call fetches: the same credentials once more.
void forget_token(faceki::client& client)
{
    client.set_credentials(faceki::credentials("test-client", "test-secret"));
}

/// Tokens that end before the idle limit of a connection, so that connections are kept.
mock_options short_lived()
{
    mock_options options;
    options.lifetime = 30s;
    return options;
}

std::uint16_t unused_port()
{
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

} // namespace

BOOST_AUTO_TEST_SUITE(connections)

BOOST_AUTO_TEST_CASE(a_connection_is_kept_for_the_next_request)
{
    mock_endpoint endpoint(short_lived());
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    const auto calls = [&]() -> asio::awaitable<void> {
        for (int n = 0; n < 5; ++n) {
            co_await client.token();
            forget_token(client);
        }
        client.close();
    };
    faceki_test::run_to_end(io, calls);
    BOOST_TEST(endpoint.requests() == 5U);
    BOOST_TEST(endpoint.accepted() == 1U);
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_connection_the_server_closed_is_replaced_and_its_session_resumed)
{
    mock_endpoint endpoint(short_lived());
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    const auto calls = [&]() -> asio::awaitable<void> {
        for (int n = 0; n < 4; ++n) {
            const faceki::token_result result = co_await client.try_token();
            BOOST_TEST(!result.error());
            forget_token(client);
            endpoint.close_idle();
            endpoint.wait_until([&] { return endpoint.open_connections() == 0; });
        }
        client.close();
    };
    faceki_test::run_to_end(io, calls);
    BOOST_TEST(endpoint.requests() == 4U);
    BOOST_TEST(endpoint.accepted() == 4U);
    const auto seen = endpoint.recorded();
    BOOST_TEST(!seen.at(0).resumed);
    for (std::size_t n = 1; n < seen.size(); ++n)
        BOOST_TEST(seen[n].resumed);
}

BOOST_AUTO_TEST_CASE(a_session_outlives_the_connection_that_the_client_closed)
{
    mock_endpoint endpoint(short_lived());
    asio::io_context io;
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.limits.max_connection_idle = 0ms;
    faceki::client client(io.get_executor(), config);
    const auto calls = [&]() -> asio::awaitable<void> {
        for (int n = 0; n < 4; ++n) {
            co_await client.token();
            forget_token(client);
        }
        client.close();
    };
    faceki_test::run_to_end(io, calls);
    const auto seen = endpoint.recorded();
    BOOST_REQUIRE(seen.size() == 4U);
    BOOST_TEST(endpoint.accepted() == 4U);
    BOOST_TEST(!seen[0].resumed);
    for (std::size_t n = 1; n < seen.size(); ++n)
        BOOST_TEST(seen[n].resumed);
}

BOOST_AUTO_TEST_CASE(a_connection_closed_by_the_reply_is_not_reused)
{
    mock_endpoint endpoint(short_lived());
    mock_reply once;
    once.fields = {"Connection: close"};
    endpoint.script(once);
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    const auto calls = [&]() -> asio::awaitable<void> {
        co_await client.token();
        forget_token(client);
        co_await client.token();
        client.close();
    };
    faceki_test::run_to_end(io, calls);
    BOOST_TEST(endpoint.accepted() == 2U);
}

BOOST_AUTO_TEST_CASE(surplus_bytes_poison_a_connection)
{
    mock_endpoint endpoint;
    const std::string body = R"({"responseCode":0,"data":{"access_token":"abc","expires_in":60}})";
    mock_reply poisoned;
    poisoned.raw =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body + "HTTP/1.1 200 OK\r\n";
    endpoint.script(poisoned);
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    const auto calls = [&]() -> asio::awaitable<void> {
        const faceki::access_token token = co_await client.token();
        BOOST_TEST(token.value() == "abc");
        forget_token(client);
        co_await client.token();
        client.close();
    };
    faceki_test::run_to_end(io, calls);
    BOOST_TEST(endpoint.accepted() == 2U);
}

BOOST_AUTO_TEST_CASE(with_tokens_that_outlast_the_idle_limit_no_connection_is_kept)
{
    mock_endpoint endpoint; // an hour against 55 s
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    client.async_token([](std::error_code failed, const faceki::access_token&) { BOOST_TEST(!failed); });
    io.run();
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(an_idle_client_does_not_keep_io_run_from_returning)
{
    mock_endpoint endpoint(short_lived());
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    client.async_token([](std::error_code failed, const faceki::access_token&) { BOOST_TEST(!failed); });
    const auto begin = std::chrono::steady_clock::now();
    io.run();
    BOOST_TEST(
        (std::chrono::steady_clock::now() - begin < 5s)); // neither for the token's lifetime nor for the idle limit
    BOOST_TEST(endpoint.open_connections() == 1U);
}

BOOST_AUTO_TEST_CASE(a_connection_idle_for_too_long_is_not_used_again)
{
    mock_endpoint endpoint(short_lived());
    const auto time = std::make_shared<faceki::testing::manual_clock>();
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.clock = time;
    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    const auto calls = [&]() -> asio::awaitable<void> {
        for (const auto idle : {0s, 54s, 55s}) {
            co_await client.token();
            forget_token(client);
            time->advance(idle);
        }
        co_await client.token();
        client.close();
    };
    faceki_test::run_to_end(io, calls);
    BOOST_TEST(endpoint.requests() == 4U);
    BOOST_TEST(endpoint.accepted() == 2U);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_costs_no_request)
{
    mock_endpoint endpoint;
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.connect_to = "127.0.0.1:" + std::to_string(unused_port());
    const auto called = faceki_test::call_once(config);
    BOOST_TEST(called.result.error() == make_error_code(errc::connect_failed));
    BOOST_TEST((called.result.diagnostics().cause == std::errc::connection_refused));
    BOOST_TEST((called.result.diagnostics().kind == faceki::failure_kind::not_sent));
    BOOST_TEST(called.stats.requests_sent == 0U);
}

BOOST_AUTO_TEST_CASE(a_name_without_an_address_is_a_resolve_error)
{
    mock_endpoint endpoint;
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.base_url = "https://no-such-host.invalid"; // RFC 6761: never resolves
    const auto called = faceki_test::call_once(config);
    BOOST_TEST(called.result.error() == make_error_code(errc::resolve_failed));
    BOOST_TEST(called.stats.requests_sent == 0U);
}

BOOST_AUTO_TEST_CASE(all_addresses_of_a_name_are_tried)
{
    // localhost resolves to ::1 and 127.0.0.1 on most machines; the endpoint listens on one of them only.
    mock_endpoint endpoint;
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.base_url = "https://localhost:" + std::to_string(endpoint.port());
    BOOST_TEST(!faceki_test::call_once(config).result.error());
}

BOOST_AUTO_TEST_CASE(silence_at_each_phase_ends_at_its_deadline)
{
    struct row {
        const char* name;
        bool stall_handshake;
        std::size_t stall_after;
        faceki::failure_kind kind;
        unsigned requests;
    };
    for (const row& r : {row{"handshake", true, mock_reply::npos, faceki::failure_kind::not_sent, 0},
                         row{"no answer", false, 0, faceki::failure_kind::sent_no_answer, 1},
                         row{"half a head", false, 12, faceki::failure_kind::sent_no_answer, 1},
                         row{"half a body", false, 150, faceki::failure_kind::answered, 1}}) {
        BOOST_TEST_CONTEXT(r.name)
        {
            mock_options options;
            options.stall_handshake = r.stall_handshake;
            mock_endpoint endpoint(options);
            mock_reply stalled;
            stalled.stall_after = r.stall_after;
            endpoint.script(stalled);
            faceki::client_config config = faceki_test::config_for(endpoint);
            config.limits.connect_timeout = 300ms;
            config.limits.attempt_timeout = 300ms;
            const auto begin = std::chrono::steady_clock::now();
            const auto called = faceki_test::call_once(config);
            const auto took = std::chrono::steady_clock::now() - begin;
            BOOST_TEST(called.result.error() == make_error_code(errc::timed_out));
            BOOST_TEST((called.result.diagnostics().kind == r.kind));
            BOOST_TEST(called.stats.requests_sent == r.requests);
            BOOST_TEST((took >= 300ms));
            BOOST_TEST_MESSAGE(std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms of 300 ms");
        }
    }
}

BOOST_AUTO_TEST_CASE(the_flight_deadline_covers_everything)
{
    mock_endpoint endpoint;
    endpoint.set_latency(20s);
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.limits.flight_deadline = 300ms;
    const auto called = faceki_test::call_once(config);
    BOOST_TEST(called.result.error() == make_error_code(errc::timed_out));
    BOOST_TEST(called.stats.requests_sent == 1U);
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; })); // at the deadline it is closed
}

BOOST_AUTO_TEST_CASE(a_peer_that_resets_raises_no_sigpipe)
{
    std::signal(SIGPIPE, SIG_DFL); // as in a program that never thought of it
    mock_endpoint endpoint;
    for (int n = 0; n < 20; ++n) {
        mock_reply cut;
        cut.cut_after = static_cast<std::size_t>(n);
        endpoint.script(cut);
        const auto called = faceki_test::call_once(faceki_test::config_for(endpoint));
        BOOST_TEST(called.result.error() == make_error_code(errc::connection_lost));
    }
}

BOOST_AUTO_TEST_CASE(plain_http_passes_on_loopback_when_asked_only)
{
    mock_options options;
    options.plain_http = true;
    mock_endpoint endpoint(options);
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.tls.ca_pem.clear();
    config.base_url = "http://127.0.0.1:" + std::to_string(endpoint.port());
    BOOST_CHECK_THROW(faceki_test::call_once(config), faceki::token_error);
    config.allow_http_on_loopback = true;
    BOOST_TEST(!faceki_test::call_once(config).result.error());
}

BOOST_AUTO_TEST_SUITE_END()
