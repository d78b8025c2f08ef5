// The kit's endpoint, token route: fresh tokens, the script, the documented shape, and what counts as early.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "raw_client.hpp"

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

namespace {

constexpr const char* credentials_of_a = R"({"clientId":"a","clientSecret":"s"})";
constexpr const char* credentials_of_b = R"({"clientId":"b","clientSecret":"s"})";

mock_options anybody(std::chrono::milliseconds lifetime = 1h)
{
    mock_options options;
    options.client_id.clear();
    options.lifetime = lifetime;
    return options;
}

mock_reply reply_with(int status, std::string body)
{
    mock_reply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kit_token_route)

BOOST_AUTO_TEST_CASE(a_good_request_gets_a_fresh_token)
{
    mock_endpoint endpoint;
    BOOST_TEST(endpoint.url() == "https://127.0.0.1:" + std::to_string(endpoint.port()));
    raw::client client(endpoint);
    std::set<std::string> tokens;
    for (int i = 0; i < 20; ++i) {
        const raw::response reply = client.call(raw::token_request());
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.head.find("Content-Type: application/json\r\n") != std::string::npos);
        const std::string token = raw::token_of(reply);
        BOOST_TEST(reply.body == R"({"responseCode":0,"data":{"access_token":")" + token +
                                     R"(","expires_in":3600,"token_type":"Bearer"}})");
        BOOST_TEST(token.size() == 850U);
        BOOST_TEST(std::count(token.begin(), token.end(), '.') == 2);
        BOOST_TEST(token.starts_with("eyJ"));
        tokens.insert(token);
    }
    BOOST_TEST(tokens.size() == 20U);
    BOOST_TEST(endpoint.requests() == 20U);
    BOOST_TEST(endpoint.early() == 19U);
    BOOST_TEST(endpoint.accepted() == 1U);
    BOOST_TEST(endpoint.request_bytes() == 20 * raw::token_request().size());
}

BOOST_AUTO_TEST_CASE(the_lifetime_is_written_as_seconds)
{
    mock_endpoint endpoint;
    raw::client client(endpoint);
    const auto written = [&](std::chrono::milliseconds lifetime) {
        endpoint.set_lifetime(lifetime);
        return raw::json_field(client.call(raw::token_request()).body, "expires_in");
    };
    BOOST_TEST(written(2s) == "2");
    BOOST_TEST(written(1500ms) == "1.5");
    BOOST_TEST(written(1234ms) == "1.234");
    BOOST_TEST(written(1050ms) == "1.05");
    BOOST_TEST(written(1ms) == "0.001");
    BOOST_TEST(written(0ms) == "0");
    BOOST_TEST(written(-500ms) == "-0.5");
    BOOST_TEST(written(-2s) == "-2");
}

BOOST_AUTO_TEST_CASE(what_was_seen_is_recorded)
{
    mock_endpoint endpoint;
    raw::options want;
    want.sni = "localhost";
    want.offer_http_1_1 = true;
    raw::client first(endpoint, want);
    first.call(raw::token_request());
    raw::client second(endpoint);
    second.call(raw::token_request());
    const auto seen = endpoint.recorded();
    BOOST_REQUIRE(seen.size() == 2U);
    BOOST_TEST(seen[0].method == "POST");
    BOOST_TEST(seen[0].target == "/auth/api/generate-token");
    BOOST_TEST(seen[0].body == R"({"clientId":"test-client","clientSecret":"test-secret"})");
    BOOST_REQUIRE(seen[0].fields.size() == 3U);
    BOOST_TEST(seen[0].fields[0].first == "Host");
    BOOST_TEST(seen[0].fields[0].second == "127.0.0.1");
    BOOST_TEST(seen[0].fields[2].first == "Content-Length");
    BOOST_TEST(seen[0].sni == "localhost");
    BOOST_TEST(seen[0].tls_version == "TLSv1.3");
    BOOST_TEST(seen[0].alpn == "http/1.1");
    BOOST_TEST(!seen[0].resumed);
    BOOST_TEST(seen[0].connection == 1U);
    BOOST_TEST(seen[0].shape_problem == "");
    BOOST_TEST(seen[1].sni == "");
    BOOST_TEST(seen[1].alpn == "");
    BOOST_TEST(seen[1].connection == 2U);
}

BOOST_AUTO_TEST_CASE(every_difference_to_the_documented_request_is_named)
{
    struct row {
        std::string request;
        std::string problem;
    };
    const std::string good = raw::token_request();
    const auto changed = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    const row rows[] = {
        {"GET /auth/api/generate-token HTTP/1.1\r\nHost: h\r\n\r\n", "the method is not POST"},
        {raw::token_request("{}", "/auth/api/access-token"), "the target is not that of the token call"},
        {changed("generate-token", "generate-token?clientId=x"), "the target is not that of the token call"},
        {changed("Host: 127.0.0.1\r\n", ""), "not exactly one Host"},
        {changed("Host: 127.0.0.1", "Host: a\r\nHost: b"), "not exactly one Host"},
        {changed("Content-Type: application/json\r\n", ""), "not exactly one Content-Type"},
        {changed("application/json", "text/plain"), "Content-Type is not application/json"},
        {changed("Host:", "authorization: Bearer stale\r\nHost:"), "Authorization on the token call"},
        {"POST /auth/api/generate-token HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: "
         "chunked\r\n\r\n"
         "a\r\n{\"clientId\r\n2d\r\n\":\"test-client\",\"clientSecret\":\"test-secret\"}\r\n0\r\n\r\n",
         "no Content-Length"},
        {raw::token_request(""), "the body is not a JSON object"},
        {raw::token_request("[]"), "the body is not a JSON object"},
        {raw::token_request(R"({"clientId":"test-client","clientSecret":"test-secret"}x)"),
         "the body is not a JSON object"},
        {raw::token_request(R"({"client_id":"x","clientSecret":"y"})"), "not exactly one clientId"},
        {raw::token_request(R"({"clientId":"x"})"), "not exactly one clientSecret"},
        {raw::token_request(R"({"clientId":"x","clientId":"x","clientSecret":"y"})"), "not exactly one clientId"},
        {raw::token_request(R"({"clientId":"x","clientSecret":"y","more":"z"})"),
         "a key besides clientId and clientSecret"},
        {raw::token_request(R"({"clientId":"x","clientSecret":7})"), "a value that is not a string"},
        {changed("HTTP/1.1", "HTTP/1.0"), "the version is not HTTP/1.1"},
    };
    mock_endpoint endpoint;
    endpoint.script(reply_with(503, ""));
    std::size_t count = 0;
    for (const row& r : rows) {
        BOOST_TEST_CONTEXT(r.problem << ": " << r.request)
        {
            raw::client client(endpoint);
            const raw::response reply = client.call(r.request);
            BOOST_TEST(reply.status == 400);
            BOOST_TEST(reply.body == R"({"status":false,"message":")" + r.problem + R"(","statusCode":400,"data":{}})");
            BOOST_TEST(endpoint.requests() == ++count);
            BOOST_TEST(endpoint.recorded().back().shape_problem == r.problem);
        }
    }
    BOOST_TEST(endpoint.early() == 0U);
    raw::client client(endpoint);
    BOOST_TEST(client.call(good).status == 503); // the script was kept for a good request
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_understood)
{
    mock_endpoint endpoint;
    raw::client client(endpoint);
    client.call("POST /auth/api/generate-token HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3;x=y\r\nabc\r\n002\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
    BOOST_TEST(endpoint.recorded().at(0).body == "abcde");
}

BOOST_AUTO_TEST_CASE(other_credentials_get_the_documented_401)
{
    mock_endpoint endpoint;
    endpoint.script(reply_with(503, ""));
    raw::client client(endpoint);
    for (const char* const body :
         {R"({"clientId":"test-client","clientSecret":"wrong"})", R"({"clientId":"x","clientSecret":"test-secret"})"}) {
        const raw::response reply = client.call(raw::token_request(body));
        BOOST_TEST(reply.status == 401);
        BOOST_TEST(reply.body == R"({"status":false,"message":"","statusCode":422,"data":{}})");
    }
    BOOST_TEST(
        client.call(raw::token_request(R"({"clientSecret":"test-\u0073ecret","clientId":"test-client"})")).status ==
        503);
    BOOST_TEST(client.call(raw::token_request()).status == 200);
}

BOOST_AUTO_TEST_CASE(the_base_path_is_in_front_of_every_route)
{
    mock_options options;
    options.base_path = "/tenant";
    mock_endpoint endpoint(options);
    BOOST_TEST(endpoint.url().ends_with("/tenant"));
    raw::client client(endpoint);
    BOOST_TEST(client.call(raw::token_request()).status == 400);
    const raw::response reply = client.call(raw::token_request(
        R"({"clientId":"test-client","clientSecret":"test-secret"})", "/tenant/auth/api/generate-token"));
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(client.call(raw::api_request(raw::token_of(reply), "/tenant/kycrules/api/kycrules")).status == 200);
    BOOST_TEST(client.call(raw::api_request(raw::token_of(reply), "/kycrules/api/kycrules")).status == 200);
}

BOOST_AUTO_TEST_CASE(the_script_is_followed_then_tokens_are_fresh_again)
{
    mock_endpoint endpoint;
    mock_reply limited = reply_with(429, R"({"message":"slow down"})");
    limited.fields = {"Retry-After: 5", "X-Other: y"};
    endpoint.script(limited);
    mock_reply page = reply_with(502, "<html>");
    page.content_type = "text/html";
    endpoint.script(page);
    mock_reply fresh; // status 200 and no body
    fresh.fields = {"X-Fresh: yes"};
    endpoint.script(fresh);

    raw::client client(endpoint);
    raw::response reply = client.call(raw::token_request());
    BOOST_TEST(reply.status == 429);
    BOOST_TEST(reply.head.find("\r\nRetry-After: 5\r\nX-Other: y\r\n") != std::string::npos);
    BOOST_TEST(reply.body == R"({"message":"slow down"})");
    reply = client.call(raw::token_request());
    BOOST_TEST(reply.status == 502);
    BOOST_TEST(reply.head.find("Content-Type: text/html\r\n") != std::string::npos);
    reply = client.call(raw::token_request());
    BOOST_TEST(reply.head.find("X-Fresh: yes") != std::string::npos);
    BOOST_TEST(raw::token_of(reply).size() == 850U);
    BOOST_TEST(endpoint.early() == 0U); // failed replies issued nothing
    BOOST_TEST(raw::token_of(client.call(raw::token_request())).size() == 850U);
    BOOST_TEST(endpoint.early() == 1U);
}

BOOST_AUTO_TEST_CASE(early_is_judged_for_each_client_id)
{
    mock_endpoint endpoint(anybody(600ms));
    raw::client client(endpoint);
    client.call(raw::token_request(credentials_of_a));
    client.call(raw::token_request(credentials_of_b));
    BOOST_TEST(endpoint.early() == 0U);
    client.call(raw::token_request(credentials_of_b));
    BOOST_TEST(endpoint.early() == 1U);
    std::this_thread::sleep_for(620ms);
    client.call(raw::token_request(credentials_of_a));
    client.call(raw::token_request(credentials_of_b));
    BOOST_TEST(endpoint.early() == 1U);

    const raw::response a = client.call("GET /__mock/stats?client_id=%61 HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(a.body == R"({"requests":2,"early":0})");
    const raw::response b = client.call("GET /__mock/stats?client_id=b HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(b.body == R"({"requests":3,"early":1})");
    const raw::response nobody = client.call("GET /__mock/stats?client_id=nobody HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(nobody.body == R"({"requests":0,"early":0})");
    const raw::response all = client.call("GET /__mock/stats HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(all.body == R"({"requests":5,"early":1,"failed":0,"presented":0,"dead":0,"accepted":1,"open":1})");
}

BOOST_AUTO_TEST_CASE(after_a_revocation_no_request_is_early)
{
    mock_endpoint endpoint;
    raw::client client(endpoint);
    client.call(raw::token_request());
    endpoint.revoke_all();
    client.call(raw::token_request());
    BOOST_TEST(endpoint.early() == 0U);
    client.call(raw::token_request());
    BOOST_TEST(endpoint.early() == 1U);
}

BOOST_AUTO_TEST_CASE(a_scripted_token_is_known_by_its_own_lifetime)
{
    mock_endpoint endpoint;
    endpoint.script(reply_with(200, R"({"responseCode":0,"data":{"access_token":"own-token","expires_in":"100"}})"));
    endpoint.script(reply_with(201, R"({"access_token":"flat-token","expires_in":1e30})"));
    endpoint.script(reply_with(200, R"({"data":{"access_token":"dead-token","expires_in":-5}})"));
    endpoint.script(reply_with(500, R"({"data":{"access_token":"failed-token","expires_in":100}})"));
    endpoint.script(reply_with(200, R"({"data":{"access_token":"endless-token"}})"));
    raw::client client(endpoint);
    for (int i = 0; i < 5; ++i)
        client.call(raw::token_request());
    BOOST_TEST(client.call(raw::api_request("own-token")).status == 200);
    BOOST_TEST(client.call(raw::api_request("flat-token")).status == 200);
    for (const char* const token : {"dead-token", "failed-token", "endless-token"})
        BOOST_TEST(client.call(raw::api_request(token)).status == 401);
    BOOST_TEST(endpoint.early() == 2U); // the second and the third request; the dead token ended that
}

BOOST_AUTO_TEST_CASE(latency_and_delay_come_before_the_first_byte)
{
    mock_options options;
    options.latency = 60ms;
    mock_endpoint endpoint(options);
    mock_reply late;
    late.delay = 60ms;
    endpoint.script(late);
    raw::client client(endpoint);
    const auto start = std::chrono::steady_clock::now();
    client.call(raw::token_request());
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 120ms));
    endpoint.set_latency(0ms);
    endpoint.set_lifetime(400ms);
    late.delay = 450ms; // longer than the token lives: its life must not begin before the wait
    endpoint.script(late);
    const std::string token = raw::token_of(client.call(raw::token_request()));
    BOOST_TEST(client.call(raw::api_request(token)).status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_left_during_the_wait_was_given_nothing)
{
    mock_endpoint endpoint;
    mock_reply late;
    late.delay = 1h;
    endpoint.script(late);
    {
        raw::client client(endpoint);
        client.send(raw::token_request());
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.requests() == 1; }));
    }
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
    raw::client client(endpoint);
    client.call(raw::token_request());
    BOOST_TEST(endpoint.early() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
