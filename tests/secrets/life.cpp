// A client's life: rejected tokens, new credentials, closing, own limits, configurations that cannot work.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>

#include <asio/use_future.hpp>

#include "secrets/encodings.hpp"
#include "secrets/hostile.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::errc;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_reply;

namespace {

mock_reply token_reply(const std::string& token)
{
    return reply(200, R"({"data":{"access_token":")" + json_inside(token) + R"(","expires_in":3600}})");
}

/// What goes wrong with it is heard.
std::error_code outcome_of(std::future<faceki::access_token>& future, witness& heard)
{
    try {
        future.get();
    } catch (const std::system_error& e) {
        heard.saw("what()", e.what());
        return e.code();
    }
    return {};
}

/// The same secrets for both of `a` and `b`: neither may show.
void check_both(const witness& heard, const secret_set& a, const secret_set& b)
{
    heard.check(a);
    heard.check(b);
}

} // namespace

BOOST_AUTO_TEST_SUITE(life)

BOOST_AUTO_TEST_CASE(a_rejected_token_and_renewals_forced_too_fast)
{
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        endpoint.script(token_reply(set.token));
        endpoint.script(reply(429, R"({"message":")" + json_inside("of " + set.token) + "\"}"));
        endpoint.script(token_reply(set.token + "-2"));
        witness heard;
        asio::io_context io;
        faceki::client_config config = config_of(set, endpoint, heard);
        faceki::client client(io.get_executor(), config);
        const auto calls = [&]() -> asio::awaitable<void> {
            const faceki::token_result first = co_await client.try_token();
            BOOST_TEST(first.token().value() == set.token);
            heard.saw(first);
            BOOST_TEST(client.invalidate(first.token()));
            const faceki::token_result second = co_await client.try_token();
            BOOST_TEST(second.error() == make_error_code(errc::rate_limited));
            heard.saw(second);
            const faceki::token_result third = co_await client.try_token(); // in the cool-down: no flight
            BOOST_TEST(third.error() == make_error_code(errc::rate_limited));
            heard.saw(third);
        };
        run_to_end(io, calls);
        BOOST_TEST(endpoint.requests() == 2U);
        BOOST_TEST(heard.lines() >= 10U);
        heard.check(set);
    }
}

BOOST_AUTO_TEST_CASE(new_credentials_during_a_flight)
{
    const secret_set& before = secret_sets().at(0);
    const secret_set& after = secret_sets().at(1);
    mock_endpoint endpoint(any_client());
    mock_reply slow = token_reply(before.token);
    slow.delay = 20s;
    endpoint.script(slow);
    endpoint.script(reply(401, R"({"message":")" + json_inside("not " + after.client_secret) + "\"}"));
    witness heard;
    faceki::client client(faceki::own_thread, config_of(before, endpoint, heard));
    faceki::diagnostics details;
    std::future<faceki::access_token> waiting = client.async_token(details, asio::use_future);
    BOOST_REQUIRE(endpoint.wait_until([&] { return endpoint.requests() == 1; }));
    client.set_credentials(faceki::credentials(after.client_id, after.client_secret));
    BOOST_TEST(outcome_of(waiting, heard) == make_error_code(errc::credentials_rejected));
    heard.saw(faceki::token_error(errc::credentials_rejected, details));
    BOOST_TEST(endpoint.requests() == 2U);
    // Bad ones are refused, and not quoted.
    for (const auto& [id, secret] : {std::pair{after.client_id, after.client_secret + "\xFF"},
                                     std::pair{before.client_secret + "\xFF", after.client_secret},
                                     std::pair{after.client_secret, std::string()}}) {
        try {
            client.set_credentials(faceki::credentials(id, secret));
            BOOST_ERROR("was accepted");
        } catch (const faceki::token_error& e) {
            BOOST_TEST(e.code() == make_error_code(errc::invalid_config));
            heard.saw(e);
        }
    }
    BOOST_TEST(heard.lines() >= 10U);
    check_both(heard, before, after);
}

BOOST_AUTO_TEST_CASE(closing_during_a_flight)
{
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        mock_reply slow = token_reply(set.token);
        slow.delay = 20s;
        endpoint.script(slow);
        witness heard;
        {
            faceki::client client(faceki::own_thread, config_of(set, endpoint, heard));
            std::future<faceki::access_token> waiting = client.async_token(asio::use_future);
            BOOST_REQUIRE(endpoint.wait_until([&] { return endpoint.requests() == 1; }));
            BOOST_TEST(client.close().request_dropped);
            BOOST_TEST(outcome_of(waiting, heard) == make_error_code(asio::error::operation_aborted));
            std::future<faceki::access_token> late = client.async_token(asio::use_future);
            BOOST_TEST(outcome_of(late, heard) == make_error_code(asio::error::operation_aborted));
        }
        BOOST_TEST(heard.lines() >= 6U);
        heard.check(set);
    }
}

BOOST_AUTO_TEST_CASE(limits_of_the_callers_own)
{
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        mock_reply slow = token_reply(set.token);
        slow.delay = 200ms;
        endpoint.script(slow);
        witness heard;
        faceki::client_config config = config_of(set, endpoint, heard);
        config.limits.max_waiters = 1;
        faceki::client client(faceki::own_thread, config);
        std::future<faceki::access_token> early = client.async_token(faceki::within(20ms), asio::use_future);
        std::future<faceki::access_token> too_many = client.async_token(asio::use_future);
        BOOST_TEST(outcome_of(too_many, heard) == make_error_code(errc::too_many_waiters));
        BOOST_TEST(outcome_of(early, heard) == make_error_code(errc::timed_out));
        BOOST_TEST(endpoint.wait_until([&] { return bool(client.peek()); }));
        BOOST_TEST(client.peek().value() == set.token);
        BOOST_TEST(heard.lines() >= 8U);
        heard.check(set);
    }
}

BOOST_AUTO_TEST_CASE(configurations_that_cannot_work)
{
    using config_change = std::function<void(faceki::client_config&, const secret_set&)>;
    const faceki::testing::throwaway_ca ca;
    const std::string key = ca.issue().key_pem;
    const struct {
        const char* field;
        config_change spoil;
    } rows[] = {
        {"client_secret",
         [](auto& c, auto& s) { c.credentials = faceki::credentials(s.client_id, s.client_secret + "\xFF"); }},
        {"client_secret",
         [](auto& c, auto& s) {
             c.credentials = faceki::credentials("id", s.client_secret + "\r\n");
             c.send_credentials = faceki::credentials_in::headers;
         }},
        {"client_secret",
         [](auto& c, auto& s) {
             c.credentials = faceki::credentials(s.client_id, s.client_secret);
             c.limits.max_credential_bytes = s.client_id.size();
         }},
        {"client_id",
         [](auto& c, auto& s) { c.credentials = faceki::credentials(s.client_secret + "\xFF", s.client_secret); }},
        {"client_id", [](auto& c, auto& s) { c.credentials = faceki::credentials("", s.client_secret); }},
        {"base_url",
         [](auto& c, auto& s) { c.base_url = "https://user:" + encoded("percent", s.client_secret) + "@127.0.0.1"; }},
        {"base_url", [](auto& c, auto& s) { c.base_url = "https://127.0.0.1/?secret=" + s.client_secret; }},
        {"base_url", [](auto& c, auto& s) { c.base_url = s.client_secret; }},
        {"base_url", [](auto& c, auto& s) { c.base_url = "https://127.0.0.1:" + s.client_secret; }},
        {"base_url", [](auto& c, auto& s) { c.base_url = "http://" + s.token + ".example.test"; }},
        {"connect_to", [](auto& c, auto& s) { c.connect_to = "user:" + s.proxy_password + "@127.0.0.1:1"; }},
        {"user_agent", [](auto& c, auto& s) { c.user_agent = s.client_secret + "\r\n"; }},
        {"ca_pem", [&key](auto& c, auto&) { c.tls.ca_pem = key; }},
        {"ca_pem", [](auto& c, auto& s) { c.tls.ca_pem = s.client_secret; }},
        {"ca_file", [](auto& c, auto& s) { c.tls.ca_file = "/nonexistent/" + encoded("hex", s.client_secret); }},
        {"proxy",
         [](auto& c, auto& s) { c.proxy = "socks5://u:" + encoded("percent", s.proxy_password) + "@proxy:1"; }},
        {"proxy", [](auto& c, auto& s) { c.proxy = "http://u:" + s.proxy_password + "/@proxy:1"; }},
        {"proxy", [](auto& c, auto& s) { c.proxy = "http://u:12/" + s.proxy_password + "@proxy:1"; }},
        {"proxy", [](auto& c, auto& s) { c.proxy = "http://u:%zz" + s.proxy_password + "@proxy:1"; }},
        {"proxy", [](auto& c, auto& s) { c.proxy = "http://u:p@" + s.proxy_password + ":x"; }},
        {"proxy", [](auto& c, auto& s) { c.proxy = "u:" + s.proxy_password + "@proxy"; }},
    };
    mock_endpoint endpoint(any_client());
    const sentinel key_guard({{"private key", key.substr(key.find('\n') + 1, 100)}});
    for (const secret_set& set : secret_sets()) {
        int n = 0;
        for (const auto& row : rows) {
            BOOST_TEST_CONTEXT(set.name << ": row " << n++ << ", " << row.field)
            {
                witness heard;
                faceki::client_config config = config_of(set, endpoint, heard);
                if (row.field == std::string_view("proxy"))
                    config.base_url = "https://api.example.test";
                row.spoil(config, set);
                try {
                    asio::io_context io;
                    faceki::client client(io.get_executor(), config);
                    BOOST_ERROR("was accepted");
                } catch (const faceki::token_error& e) {
                    BOOST_TEST(e.code() == make_error_code(errc::invalid_config));
                    BOOST_TEST(e.diagnostics().message.find(row.field) != std::string::npos, e.diagnostics().message);
                    BOOST_TEST(key_guard.find(e.what()) == "");
                    heard.saw(e);
                }
                heard.check(set);
            }
        }
    }
    BOOST_TEST(endpoint.accepted() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
