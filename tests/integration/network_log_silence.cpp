// What the log of the network never tells, and that nobody need listen.
#include <stdexcept>
#include <string>
#include <string_view>

#include "integration/network_log.hpp"

namespace {

using namespace faceki_test;
using faceki::errc;
using faceki::log_level;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_reply;

} // namespace

BOOST_AUTO_TEST_SUITE(network_log_silence)

BOOST_AUTO_TEST_CASE(words_of_the_server_are_in_no_line)
{
    mock_endpoint endpoint(with_our_credentials());
    mock_reply talkative;
    talkative.status = 418;
    talkative.body = R"({"status":false,"message":"hostile words","statusCode":418})";
    talkative.fields = {"X: hostile"};
    endpoint.script(talkative);
    mock_reply gibberish;
    gibberish.raw = "hostile bytes\r\n\r\n";
    endpoint.script(gibberish);
    mock_reply own;
    own.body = std::string(R"({"data":{"access_token":")") + scripted_token + R"(","expires_in":30}})";
    endpoint.script(own);
    listener heard; // looks for all of it
    const faceki::client_config config = traced(endpoint, heard);
    BOOST_TEST(call_once(config).result.error() == make_error_code(errc::unexpected_status));
    BOOST_TEST(heard.take().at(6) == "reply received: status 418, body of N bytes, after T ms");
    BOOST_TEST(call_once(config).result.error() == make_error_code(errc::malformed_http));
    const lines malformed = heard.take(); // no status and no size are told of what is no reply
    BOOST_TEST(malformed.at(5) == "request sent: N bytes");
    BOOST_TEST(malformed.at(6) == "the connection is not kept: the reply does not allow it, or was not whole");
    BOOST_TEST(malformed.at(7) == "no token: the answer is not valid HTTP/1.1");
    BOOST_TEST(call_once(config).result.token().value() == scripted_token);
    BOOST_TEST(heard.take().size() == 8U);
}

BOOST_AUTO_TEST_CASE(below_trace_the_network_is_silent)
{
    mock_endpoint endpoint(with_our_credentials());
    for (const log_level level : {log_level::off, log_level::error, log_level::info}) {
        for (const int status : {200, 503}) {
            mock_reply reply;
            reply.status = status;
            endpoint.script(reply);
            listener heard;
            faceki::client_config config = traced(endpoint, heard);
            config.log_level = level;
            BOOST_TEST(call_once(config).result.error() ==
                       (status == 200 ? std::error_code() : make_error_code(errc::server_error)));
            BOOST_TEST(heard.unchanged().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_hook_that_throws_changes_nothing)
{
    mock_endpoint endpoint(with_our_credentials());
    listener unused;
    faceki::client_config config = traced(endpoint, unused);
    std::size_t told = 0;
    config.log = [&](log_level, std::string_view line) {
        told += line.starts_with("net: ");
        throw std::runtime_error("out of disk");
    };
    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    const auto calls = [&]() -> asio::awaitable<void> {
        co_await client.token();
        forget_token(client);
        co_await client.token();
    };
    run_to_end(io, calls);
    BOOST_TEST(told == 12U);
    BOOST_TEST(endpoint.requests() == 2U);
    BOOST_TEST(endpoint.accepted() == 1U);

    config.base_url = "https://no-such-host.invalid";
    BOOST_TEST(call_once(config).result.error() == make_error_code(errc::resolve_failed));
}

BOOST_AUTO_TEST_CASE(a_hook_may_close_the_client_at_any_line)
{
    mock_endpoint endpoint(with_our_credentials());
    for (std::size_t line = 1; line <= 8; ++line) {
        BOOST_TEST_CONTEXT(line)
        {
            asio::io_context io;
            std::size_t told = 0;
            faceki::client* closes = nullptr;
            listener unused;
            faceki::client_config config = traced(endpoint, unused);
            config.log = [&](log_level, std::string_view text) {
                told += text.starts_with("net: ");
                if (told == line)
                    closes->close();
            };
            faceki::client client(io.get_executor(), config);
            closes = &client;
            const auto call = [&]() -> asio::awaitable<void> {
                const faceki::token_result result = co_await client.try_token();
                BOOST_TEST(result.error() == asio::error::operation_aborted);
            };
            const auto begin = std::chrono::steady_clock::now();
            run_to_end(io, call);
            BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds{2})); // no limit ran out
            BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
        }
    }
}

BOOST_AUTO_TEST_CASE(connect_to_cannot_break_a_line)
{
    mock_endpoint endpoint(with_our_credentials());
    listener heard;
    for (const char* const target : {"127.0.0.1\nforged:80", "a b:80", "[127.0.0.1]:80", "127.0.0.1", "host:0",
                                     "host:65536", ":80", "::1:80", "host:80x"}) {
        faceki::client_config config = traced(endpoint, heard);
        config.connect_to = target;
        BOOST_CHECK_EXCEPTION(call_once(config), faceki::token_error, [](const faceki::token_error& e) {
            return e.diagnostics().message == "connect_to must be address:port or [IPv6 address]:port";
        });
    }
    BOOST_TEST(heard.unchanged().empty());
}

BOOST_AUTO_TEST_SUITE_END()
