// Contract table, first part: failures that the endpoint's answer causes.
#include <boost/test/unit_test.hpp>

#include "tool/contract.hpp"

using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_reply;

namespace {

using strings = std::vector<std::string>;

contract_row answered(std::string name, int exit_code, std::string code, strings conditions, std::optional<int> status,
                      std::string message, mock_reply scripted)
{
    contract_row row;
    row.name = std::move(name);
    row.exit_code = exit_code;
    row.code = std::move(code);
    row.conditions = std::move(conditions);
    row.http_status = status;
    row.message = std::move(message);
    row.requests = 1;
    row.script = {std::move(scripted)};
    return row;
}

mock_reply cut_after(std::size_t bytes)
{
    mock_reply torn;
    torn.cut_after = bytes;
    return torn;
}

} // namespace

BOOST_AUTO_TEST_SUITE(contract_of_answers)

BOOST_AUTO_TEST_CASE(rejected_credentials_are_4)
{
    const strings conditions{"permanent", "auth"};
    const std::string refused = "refused the credentials";
    for (const int status : {400, 401, 402, 403, 422})
        check_failure(answered(std::to_string(status), 4, "credentials_rejected", conditions, status, refused,
                               reply(status, R"({"status":false,"message":"no","statusCode":422,"data":{}})")));
    check_failure(answered("a body that echoes the secret", 4, "credentials_rejected", conditions, 402, refused,
                           reply(402, R"({"clientSecret":")" + client_secret + "\"}")));
    contract_row other_secret = answered("a secret the endpoint does not know", 4, "credentials_rejected", conditions,
                                         401, refused, reply(200));
    other_secret.change = [](process_setup& setup, const mock_endpoint&) {
        setup.environment["FACEKI_CLIENT_SECRET"] = "mistyped";
    };
    check_failure(other_secret);
}

BOOST_AUTO_TEST_CASE(a_rate_limit_is_5)
{
    check_failure(answered("429", 5, "rate_limited", {"transient"}, 429, "wants fewer requests", reply(429)));
}

BOOST_AUTO_TEST_CASE(the_endpoints_own_errors_are_10)
{
    for (const int status : {408, 425, 500, 502, 503, 504})
        check_failure(answered(std::to_string(status), 10, "server_error", {"transient"}, status, "the endpoint",
                               reply(status, "<html>")));
    check_failure(answered("500 inside a 200", 10, "server_error", {"transient"}, 200, "the endpoint failed",
                           reply(200, R"({"status":true,"statusCode":503,"message":"down"})")));
}

BOOST_AUTO_TEST_CASE(answers_that_cannot_be_used_are_8)
{
    for (const int status : {301, 302, 404, 418})
        check_failure(answered(std::to_string(status), 8, "unexpected_status", {"permanent", "protocol"}, status,
                               "check the base URL", reply(status, "{}", {"Location: https://127.0.0.1:1/"})));
    const strings transient{"transient", "protocol"};
    check_failure(
        answered("not HTTP", 8, "malformed_http", transient, {}, "not valid HTTP", raw_reply("hello, world\r\n\r\n")));
    check_failure(answered("HTML", 8, "malformed_token", transient, 200, "JSON object", reply(200, "<html></html>")));
    check_failure(answered("no token", 8, "malformed_token", transient, 200, "no token",
                           reply(200, R"({"responseCode":0,"data":{}})")));
    check_failure(answered("another responseCode", 8, "malformed_token", transient, 200, "responseCode",
                           reply(200, R"({"responseCode":5003,"data":{"access_token":"t","expires_in":60}})")));
    const strings permanent{"permanent", "protocol"};
    check_failure(answered("a long head", 8, "response_too_large", permanent, {}, "",
                           raw_reply("HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'a') + "\r\n\r\n")));
    check_failure(answered("a long body", 8, "response_too_large", permanent, 200, "",
                           raw_reply("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n")));
}

BOOST_AUTO_TEST_CASE(a_connection_lost_on_the_way_is_6)
{
    const strings conditions{"transient", "network"};
    check_failure(answered("before the head", 6, "connection_lost", conditions, {}, "", cut_after(0)));
    check_failure(answered("inside the head", 6, "connection_lost", conditions, {}, "", cut_after(10)));
    check_failure(answered("inside the body", 6, "connection_lost", conditions, 200, "in the middle", cut_after(300)));
}

BOOST_AUTO_TEST_CASE(what_the_server_says_stands_apart_and_escaped)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    endpoint.script(reply(403, R"({"status":false,"message":"first \u001b[2J\nsecond )" + client_secret +
                                   R"(","statusCode":422,"data":{}})"));
    const ended_process result = run(token_from(endpoint, files, {"--format", "json"}));
    const std::vector<std::string> lines = lines_of(result.err);
    BOOST_TEST(lines.at(1).starts_with("faceki: the server says: \"first "));
    BOOST_TEST(lines.at(1).find("second") != std::string::npos);
    BOOST_TEST(result.err.find('\x1b') == std::string::npos);
    BOOST_TEST(lines.size() == 3U);
    BOOST_TEST(parse_error(result.err).message.find("first") == std::string::npos);
    check_no_secret(result.err);
}

BOOST_AUTO_TEST_SUITE_END()
