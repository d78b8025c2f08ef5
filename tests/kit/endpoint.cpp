// The scripted endpoint: what each entry means, and that replies mean the same as over TLS.
#include <boost/test/unit_test.hpp>

#include <functional>

#include <faceki/testing/mock_endpoint.hpp>
#include <faceki/testing/world.hpp>

#include "integration/one_call.hpp"
#include "support/mock_replies.hpp"

namespace {

using namespace std::chrono_literals;
using faceki::errc;
using faceki::failure_kind;
using faceki::testing::mock_reply;
using faceki::testing::scripted_endpoint;
using faceki::testing::world;
using faceki_test::raw_reply;
using faceki_test::reply;

/// A fresh client makes one call in a fresh world.
faceki_test::call_result call_in_world(const std::function<void(scripted_endpoint&)>& script)
{
    world w;
    script(w.endpoint);
    w.config.retry.max_attempts = 1; // what an entry means, not what is done about it
    faceki::client client = w.client();
    faceki_test::call_result out;
    const auto call = [&]() -> asio::awaitable<void> { out.result = co_await client.try_token(); };
    w.spawn(call);
    w.run_for(1s);
    out.stats = client.stats();
    BOOST_TEST(w.endpoint.in_flight() == 0U);
    return out;
}

struct expectation {
    std::string name;
    std::function<void(scripted_endpoint&)> script;
    std::optional<errc> code; ///< empty = a token
    int http_status;
    failure_kind kind;
    int requests_sent;
    std::chrono::milliseconds latency;
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

std::vector<expectation> table()
{
    constexpr auto answered = failure_kind::answered;
    constexpr auto usual = 50ms;
    std::vector<expectation> rows;
    const auto add = [&rows](expectation row) { rows.push_back(std::move(row)); };
    add({"grant", [](auto& e) { e.grant("t1", 3600s); }, {}, 200, failure_kind::none, 1, usual});
    add({"nothing", [](auto&) {}, {}, 200, failure_kind::none, 1, usual});
    add({"fail 503", [](auto& e) { e.fail(503, 120ms); }, errc::server_error, 503, answered, 1, 120ms});
    add({"fail 401", [](auto& e) { e.fail(401, 0ms); }, errc::credentials_rejected, 401, answered, 1, 0ms});
    add({"fail 404", [](auto& e) { e.fail(404, 1s); }, errc::unexpected_status, 404, answered, 1, 1s});
    add({"fail 429", [](auto& e) { e.fail(429); }, errc::rate_limited, 429, answered, 1, usual});
    add({"try later, 503", [](auto& e) { e.try_later(503, 120s); }, errc::server_error, 503, answered, 1, usual, 120s});
    add({"try later, 429", [](auto& e) { e.try_later(429, 0s, 9ms); }, errc::rate_limited, 429, answered, 1, 9ms, 0s});
    add({"raw with a date", // virtual wall time is years before 9999
         [](auto& e) { e.raw("HTTP/1.1 503 \r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n\r\n"); },
         errc::server_error, 503, answered, 1, usual, 24h * 365 * 10});
    add({"raw with a date that was",
         [](auto& e) { e.raw("HTTP/1.1 503 \r\nRetry-After: Sun Nov  6 08:49:37 1994\r\n\r\n"); }, errc::server_error,
         503, answered, 1, usual, 0s});
    add({"fail 200", [](auto& e) { e.fail(200); }, errc::malformed_token, 200, answered, 1, usual});
    add({"reply", [](auto& e) { e.reply(200, R"({"status":false})"); }, errc::credentials_rejected, 200, answered, 1,
         usual});
    add({"raw", [](auto& e) { e.raw("hello\r\n\r\n"); }, errc::malformed_http, 0, failure_kind::sent_no_answer, 1,
         usual});
    add({"raw, cut", [](auto& e) { e.raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"); }, errc::connection_lost,
         200, answered, 1, usual});
    add({"raw, ended by its connection",
         [](auto& e) { e.raw("HTTP/1.1 200 OK\r\n\r\n{\"data\":{\"access_token\":\"t\"}}"); },
         {},
         200,
         failure_kind::none,
         1,
         usual});
    add({"lose", [](auto& e) { e.lose(7ms); }, errc::connection_lost, 0, failure_kind::sent_no_answer, 1, 7ms});
    add({"refuse", [](auto& e) { e.refuse(8ms); }, errc::connect_failed, 0, failure_kind::not_sent, 0, 8ms});
    return rows;
}

} // namespace

BOOST_AUTO_TEST_SUITE(endpoint)

BOOST_AUTO_TEST_CASE(each_entry_has_one_meaning_for_the_real_client)
{
    for (const expectation& row : table()) {
        BOOST_TEST_CONTEXT(row.name)
        {
            const auto called = call_in_world(row.script);
            const faceki::diagnostics& details = called.result.diagnostics();
            BOOST_TEST(called.result.error() == (row.code ? make_error_code(*row.code) : std::error_code{}));
            BOOST_TEST(static_cast<bool>(called.result) == !row.code.has_value());
            BOOST_TEST(details.http_status == row.http_status);
            BOOST_TEST((details.kind == row.kind));
            BOOST_TEST(details.requests_sent == row.requests_sent);
            BOOST_TEST(called.stats.requests_sent == static_cast<std::uint64_t>(row.requests_sent));
            BOOST_TEST((details.message.empty() == !row.code));
            const auto where_it_waited = row.requests_sent == 0 ? details.phases.connect : details.phases.server;
            BOOST_TEST((where_it_waited == row.latency));
            BOOST_TEST((details.retry_after == row.retry_after));
        }
    }
}

BOOST_AUTO_TEST_CASE(replies_mean_what_they_mean_over_tls)
{
    struct pair {
        std::function<void(scripted_endpoint&)> script;
        mock_reply reply;
    };
    const std::string rejected = R"({"status":false,"message":"client id is required","statusCode":422,"data":{}})";
    const std::string overloaded = R"({"status":true,"statusCode":503,"message":"down"})";
    const std::string raw = "HTTP/1.1 503 \r\nRetry-After: 5\r\nContent-Length: 2\r\n\r\n{}";
    std::vector<pair> pairs;
    for (const int status : {400, 401, 402, 403, 404, 408, 422, 425, 429, 500, 502, 503, 504, 599, 301, 308})
        pairs.push_back({[status](auto& e) { e.reply(status, "{}"); }, reply(status, "{}")});
    for (const int status : {200, 201, 403, 422, 500})
        for (const std::string& body : {rejected, overloaded, std::string("<html></html>")})
            pairs.push_back({[status, body](auto& e) { e.reply(status, body); }, reply(status, body)});
    pairs.push_back({[&](auto& e) { e.raw(raw); }, raw_reply(raw)});
    for (const std::string value : {"0", "120", "99999999999999999999", "soon", "Sun, 06 Nov 1994 08:49:37 GMT",
                                    "Fri, 31 Dec 9999 23:59:59 GMT", "3\r\nRetry-After: 8\r\nRetry-After: 5"})
        for (const int status : {200, 301, 429, 503}) {
            const std::string bytes =
                "HTTP/1.1 " + std::to_string(status) + " \r\nRetry-After: " + value + "\r\nContent-Length: 2\r\n\r\n{}";
            pairs.push_back({[bytes](auto& e) { e.raw(bytes); }, raw_reply(bytes)});
        }
    for (const std::string& head :
         {std::string("HTTP/1.1 503 \r\nRetry-After: 5\r\n"), std::string("HTTP/1.1 200 \r\n")})
        for (const std::string framing : {"Content-Length: 1048577\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nx\r\n"})
            pairs.push_back({[=](auto& e) { e.raw(head + framing); }, raw_reply(head + framing)});
    pairs.push_back({[](auto& e) { e.raw("hello, world\r\n\r\n"); }, raw_reply("hello, world\r\n\r\n")});

    faceki::testing::mock_endpoint tls;
    for (const pair& p : pairs) {
        tls.script(p.reply);
        const auto real = faceki_test::call_once(faceki_test::config_for(tls));
        const auto scripted = call_in_world(p.script);
        const faceki::diagnostics& expected = real.result.diagnostics();
        const faceki::diagnostics& found = scripted.result.diagnostics();
        BOOST_TEST_CONTEXT(expected.message)
        {
            BOOST_TEST(scripted.result.error() == real.result.error());
            BOOST_TEST(found.message == expected.message);
            BOOST_TEST(found.http_status == expected.http_status);
            BOOST_TEST((found.response_code == expected.response_code));
            BOOST_TEST((found.status_code == expected.status_code));
            BOOST_TEST(found.server_message == expected.server_message);
            BOOST_TEST(found.attempt == expected.attempt);
            BOOST_TEST(found.requests_sent == expected.requests_sent);
            BOOST_TEST((found.kind == expected.kind));
            BOOST_TEST((found.retry_after == expected.retry_after));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
