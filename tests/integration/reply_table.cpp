// Every documented reply, and every errc an answer can cause, over real TLS: one errc, its diagnostics, the number of
// requests.
#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"
#include "support/mock_replies.hpp"

namespace {

using faceki::errc;
using faceki::failure_kind;
using faceki::testing::mock_reply;
using faceki_test::raw_reply;
using faceki_test::reply;

const std::string good_body =
    R"({"responseCode":0,"data":{"access_token":"tok-123","expires_in":3600,"token_type":"Bearer"}})";
const std::string rejected_401 = R"({"status":false,"message":"","statusCode":422,"data":{}})";
const std::string rejected_402 = R"({"clientSecret":"test-secret"})";
const std::string rejected_403 = R"({"status":false,"message":"client id is required","statusCode":422,"data":{}})";

struct expectation {
    std::string name;
    mock_reply reply;
    std::optional<errc> code; ///< empty = a token
    int http_status;
    std::optional<std::int64_t> response_code;
    std::optional<std::int64_t> status_code;
    std::string server_message;
    failure_kind kind = failure_kind::answered;
};

std::vector<expectation> table()
{
    std::vector<expectation> rows;
    const auto add = [&rows](expectation row) { rows.push_back(std::move(row)); };

    // The vendor's documented replies.
    add({"200 token", reply(200, good_body), {}, 200, {}, {}, "", failure_kind::none});
    add({"201 token", reply(201, good_body), {}, 201, {}, {}, "", failure_kind::none});
    add({"401 as documented", reply(401, rejected_401), errc::credentials_rejected, 401, {}, 422, ""});
    add({"402 as documented, echoing the secret",
         reply(402, rejected_402),
         errc::credentials_rejected,
         402,
         {},
         {},
         ""});
    add({"403 as documented",
         reply(403, rejected_403),
         errc::credentials_rejected,
         403,
         {},
         422,
         "client id is required"});
    for (const int status : {200, 422}) {
        const std::string under = " under " + std::to_string(status);
        add({"401 body" + under, reply(status, rejected_401), errc::credentials_rejected, status, {}, 422, ""});
        add({"402 body" + under, reply(status, rejected_402), errc::credentials_rejected, status, {}, {}, ""});
        add({"403 body" + under,
             reply(status, rejected_403),
             errc::credentials_rejected,
             status,
             {},
             422,
             "client id is required"});
    }

    // The other statuses.
    add({"400", reply(400, "{}"), errc::credentials_rejected, 400, {}, {}, ""});
    add({"429", reply(429, ""), errc::rate_limited, 429, {}, {}, ""});
    for (const int status : {408, 425, 500, 502, 503, 504, 599})
        add({std::to_string(status), reply(status, "<html>gateway</html>"), errc::server_error, status, {}, {}, ""});
    for (const int status : {404, 405, 410, 300, 301, 302, 307, 308})
        add({std::to_string(status), reply(status, "{}"), errc::unexpected_status, status, {}, {}, ""});
    add({"500 inside a 200",
         reply(200, R"({"status":true,"statusCode":503,"message":"down"})"),
         errc::server_error,
         200,
         {},
         503,
         "down"});
    add({"another responseCode",
         reply(200, R"({"responseCode":5003,"data":{"access_token":"t","expires_in":60}})"),
         errc::malformed_token,
         200,
         5003,
         {},
         ""});

    // 2xx without a usable token.
    add({"empty body",
         raw_reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
         errc::malformed_token,
         200,
         {},
         {},
         ""});
    add({"204", raw_reply("HTTP/1.1 204 No Content\r\n\r\n"), errc::malformed_token, 204, {}, {}, ""});
    add({"HTML", reply(200, "<html></html>"), errc::malformed_token, 200, {}, {}, ""});
    add({"trailing bytes", reply(200, good_body + "x"), errc::malformed_token, 200, {}, {}, ""});
    add({"no token", reply(200, R"({"responseCode":0,"data":{}})"), errc::malformed_token, 200, 0, {}, ""});
    add({"a token with CR LF",
         reply(200, R"({"responseCode":0,"data":{"access_token":"a\r\nX: y","expires_in":60}})"),
         errc::malformed_token,
         200,
         0,
         {},
         ""});
    add({"expires_in 0",
         reply(200, R"({"responseCode":0,"data":{"access_token":"abc","expires_in":0}})"),
         errc::malformed_token,
         200,
         0,
         {},
         ""});
    add({"another token_type",
         reply(200, R"({"responseCode":0,"data":{"access_token":"abc","expires_in":60,"token_type":"MAC"}})"),
         errc::malformed_token,
         200,
         0,
         {},
         ""});

    // Framing.
    add({"not HTTP",
         raw_reply("hello, world\r\n\r\n"),
         errc::malformed_http,
         0,
         {},
         {},
         "",
         failure_kind::sent_no_answer});
    add({"two lengths",
         raw_reply("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
         errc::malformed_http,
         0,
         {},
         {},
         "",
         failure_kind::sent_no_answer});
    add({"length and chunked",
         raw_reply("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
         errc::malformed_http,
         0,
         {},
         {},
         "",
         failure_kind::sent_no_answer});

    // Limits.
    add({"a long head",
         raw_reply("HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'a') + "\r\n\r\n"),
         errc::response_too_large,
         0,
         {},
         {},
         "",
         failure_kind::sent_no_answer});
    add({"a long body",
         raw_reply("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"),
         errc::response_too_large,
         200,
         {},
         {},
         ""});
    add({"a long token",
         reply(200,
               R"({"responseCode":0,"data":{"access_token":")" + std::string(17'000, 'a') + R"(","expires_in":60}})"),
         errc::response_too_large,
         200,
         0,
         {},
         ""});
    add({"deep JSON",
         reply(200, R"({"a":)" + std::string(200, '[') + std::string(200, ']') + "}"),
         errc::response_too_large,
         200,
         {},
         {},
         ""});

    // Cut off.
    mock_reply cut = reply(200, good_body);
    cut.cut_after = 0;
    add({"cut before the head", cut, errc::connection_lost, 0, {}, {}, "", failure_kind::sent_no_answer});
    cut.cut_after = 10;
    add({"cut inside the head", cut, errc::connection_lost, 0, {}, {}, "", failure_kind::sent_no_answer});
    cut = raw_reply("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{\"responseCode\"");
    cut.close_notify = true;
    add({"ended inside the body", cut, errc::connection_lost, 200, {}, {}, ""});
    return rows;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reply_table)

BOOST_AUTO_TEST_CASE(every_reply_has_exactly_one_meaning)
{
    faceki::testing::mock_endpoint endpoint;
    std::size_t requests = 0;
    for (const expectation& row : table()) {
        BOOST_TEST_CONTEXT(row.name)
        {
            endpoint.script(row.reply);
            const auto called = faceki_test::call_once(faceki_test::config_for(endpoint));
            const faceki::diagnostics& details = called.result.diagnostics();
            BOOST_TEST(endpoint.requests() == ++requests); // exactly one, never sent again
            BOOST_TEST(endpoint.recorded().back().shape_problem == "");
            BOOST_TEST(called.stats.requests_sent == 1U);
            BOOST_TEST(details.requests_sent == 1);
            BOOST_TEST(details.attempt == 1);
            if (row.code) {
                BOOST_TEST(called.result.error() == make_error_code(*row.code));
                BOOST_TEST(!called.result);
                BOOST_TEST(details.message != "");
                BOOST_TEST(details.retry_at.has_value());
            } else {
                BOOST_TEST(called.result.token().value() == "tok-123");
                BOOST_TEST(!called.result.error());
            }
            BOOST_TEST(details.http_status == row.http_status);
            BOOST_TEST((details.response_code == row.response_code || !row.code));
            BOOST_TEST((details.status_code == row.status_code));
            BOOST_TEST(details.server_message == row.server_message);
            BOOST_TEST((details.kind == row.kind));
            BOOST_TEST(details.server_message.find("test-secret") == std::string::npos);
            BOOST_TEST(details.message.find("test-secret") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_fresh_token_is_served_by_the_api_routes_and_the_request_is_the_documented_one)
{
    faceki::testing::mock_options options;
    options.base_path = "/tenant";
    faceki::testing::mock_endpoint endpoint(options);
    const auto called = faceki_test::call_once(faceki_test::config_for(endpoint));
    BOOST_TEST(called.result.token().value().size() > 500U);
    const auto seen = endpoint.recorded();
    BOOST_REQUIRE(seen.size() == 1U);
    BOOST_TEST(seen[0].shape_problem == "");
    BOOST_TEST(seen[0].method == "POST");
    BOOST_TEST(seen[0].target == "/tenant/auth/api/generate-token");
    BOOST_TEST(seen[0].body == R"({"clientId":"test-client","clientSecret":"test-secret"})");
    BOOST_TEST(seen[0].tls_version == "TLSv1.3");
    BOOST_TEST(seen[0].alpn == "http/1.1");
    BOOST_TEST(seen[0].sni == ""); // an address: RFC 6066 section 3 allows names only
    for (const auto& [name, value] : seen[0].fields)
        BOOST_TEST(name != "Authorization");
}

BOOST_AUTO_TEST_CASE(the_name_is_sent_as_sni_and_credentials_are_escaped)
{
    faceki::testing::mock_options options;
    options.client_id = "quote\" back\\slash";
    options.client_secret = "line\r\nfeed \x01 \xC3\xA9";
    faceki::testing::mock_endpoint endpoint(options);
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.credentials = faceki::credentials(options.client_id, options.client_secret);
    config.base_url = "https://localhost:" + std::to_string(endpoint.port());
    config.connect_to = "127.0.0.1:" + std::to_string(endpoint.port());
    const auto called = faceki_test::call_once(config);
    BOOST_TEST(!called.result.error());
    BOOST_TEST(endpoint.recorded().at(0).sni == "localhost");
    BOOST_TEST(endpoint.recorded().at(0).shape_problem == "");
}

BOOST_AUTO_TEST_SUITE_END()
