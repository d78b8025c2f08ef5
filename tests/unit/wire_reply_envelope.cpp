// HTTP status and envelope: which error a reply means, and which rule wins where several hold.
#include <algorithm>

#include "wire_reply_rows.hpp"

using namespace wire_test;

namespace {

/// A reply with a good token and `more` beside it.
std::string token_and(std::string_view more)
{
    return R"({"data":{"access_token":"t","expires_in":60},)" + std::string(more) + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(reply_envelope)

BOOST_AUTO_TEST_CASE(the_http_status_decides_first)
{
    const std::string token = R"({"data":{"access_token":"t","expires_in":60}})";
    const auto expected = [](int status) -> std::string_view {
        switch (status) {
        case 400:
        case 401:
        case 402:
        case 403:
        case 422:
            return "credentials_rejected";
        case 429:
            return "rate_limited";
        case 408:
        case 425:
            return "server_error";
        default:
            break;
        }
        if (status / 100 == 2)
            return "token";
        return status / 100 == 5 ? "server_error" : "unexpected_status";
    };
    for (int status = 200; status < 600; ++status) {
        BOOST_TEST_CONTEXT(status)
        {
            const wire::token_reply reply = read(status, token);
            BOOST_TEST(outcome_of(reply) == expected(status));
            check_shape(reply);
            if (reply.error)
                BOOST_TEST((reply.message.find("HTTP " + std::to_string(status)) != std::string::npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_broken_body_changes_nothing_outside_2xx)
{
    const std::string deep(1000, '[');
    for (const std::string& body : {std::string(), std::string("{"), std::string("\xFF"), std::string("null"), deep,
                                    std::string(R"({"message":"half)"), std::string(R"({"message":"x"} trailing)"),
                                    std::string(R"({"responseCode":1,"responseCode":2,"errors":[}])")}) {
        BOOST_TEST_CONTEXT(body.substr(0, 40))
        {
            for (const auto& [status, outcome] :
                 {std::pair{401, "credentials_rejected"}, std::pair{429, "rate_limited"},
                  std::pair{503, "server_error"}, std::pair{404, "unexpected_status"}}) {
                const wire::token_reply reply = read(status, body);
                BOOST_TEST(outcome_of(reply) == outcome);
                BOOST_TEST(reply.server_message == "");
                BOOST_TEST(!reply.response_code.has_value());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(success_needs_all_its_conditions)
{
    const reply_row rows[] = {
        {"no responseCode", 200, token_and(R"("x":1)"), "token"},
        {"responseCode 0", 200, token_and(R"("responseCode":0)"), "token"},
        {"responseCode -0", 200, token_and(R"("responseCode":-0)"), "token"},
        {"responseCode null", 200, token_and(R"("responseCode":null)"), "token"},
        {"responseCode 1", 200, token_and(R"("responseCode":1)"), "malformed_token"},
        {"responseCode -1", 200, token_and(R"("responseCode":-1)"), "malformed_token"},
        {"responseCode 5003", 200, token_and(R"("responseCode":5003)"), "malformed_token"},
        {"responseCode 500 is no statusCode", 200, token_and(R"("responseCode":500)"), "malformed_token"},
        {"responseCode beyond 64 bits", 200, token_and(R"("responseCode":18446744073709551616)"), "malformed_token"},
        {"responseCode as a string", 200, token_and(R"("responseCode":"0")"), "malformed_token"},
        {"responseCode with a point", 200, token_and(R"("responseCode":0.0)"), "malformed_token"},
        {"responseCode false", 200, token_and(R"("responseCode":false)"), "malformed_token"},
        {"responseCode as an object", 200, token_and(R"("responseCode":{})"), "malformed_token"},
        {"status true", 200, token_and(R"("status":true)"), "token"},
        {"status null", 200, token_and(R"("status":null)"), "token"},
        {"status as a text", 200, token_and(R"("status":"false")"), "token"},
        {"status 0", 200, token_and(R"("status":0)"), "token"},
        {"status false", 200, token_and(R"("status":false)"), "credentials_rejected"},
        {"statusCode 200", 200, token_and(R"("statusCode":200)"), "token"},
        {"statusCode 499", 200, token_and(R"("statusCode":499)"), "token"},
        {"statusCode 500", 200, token_and(R"("statusCode":500)"), "server_error"},
        {"statusCode 503", 200, token_and(R"("statusCode":503)"), "server_error"},
        {"statusCode as a text", 200, token_and(R"("statusCode":"500")"), "token"},
        {"error null", 200, token_and(R"("error":null)"), "token"},
        {"error as a text", 200, token_and(R"("error":"no")"), "credentials_rejected"},
        {"error as an empty text", 200, token_and(R"("error":"")"), "credentials_rejected"},
        {"error as an object", 200, token_and(R"("error":{})"), "credentials_rejected"},
        {"error as an array", 200, token_and(R"("error":[1])"), "credentials_rejected"},
        {"error as a number", 200, token_and(R"("error":1)"), "credentials_rejected"},
        {"error true", 200, token_and(R"("error":true)"), "credentials_rejected"},
        {"errors null", 200, token_and(R"("errors":null)"), "token"},
        {"errors empty", 200, token_and(R"("errors":[])"), "token"},
        {"errors as an empty object", 200, token_and(R"("errors":{})"), "token"},
        {"errors with one entry", 200, token_and(R"("errors":["no"])"), "credentials_rejected"},
        {"errors as an object", 200, token_and(R"("errors":{"a":1})"), "credentials_rejected"},
        {"errors as a text", 200, token_and(R"("errors":"no")"), "credentials_rejected"},
        {"data.error null", 200, R"({"data":{"access_token":"t","error":null}})", "token"},
        {"data.error as a text", 200, R"({"data":{"access_token":"t","error":"no"}})", "credentials_rejected"},
        {"data.errors is not known", 200, R"({"data":{"access_token":"t","errors":[1]}})", "token"},
        {"error deeper down is not known", 200, R"({"data":{"access_token":"t","x":{"error":1}},"y":[{"error":1}]})",
         "token"},
        {"clientSecret as the only key", 200, R"({"clientSecret":"x"})", "credentials_rejected"},
        {"clientSecret as the only key, null", 200, R"({"clientSecret":null})", "credentials_rejected"},
        {"clientSecret beside others", 200, token_and(R"("clientSecret":"x")"), "token"},
        {"clientSecret beside an unknown key", 200, R"({"clientSecret":"x","y":1})", "malformed_token"},
        {"clientId as the only key", 200, R"({"clientId":"x"})", "malformed_token"},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(precedence)
{
    const reply_row rows[] = {
        {"HTTP 429 before status:false", 429, R"({"status":false})", "rate_limited"},
        {"HTTP 503 before error", 503, R"({"error":"no"})", "server_error"},
        {"HTTP 401 before statusCode 500", 401, R"({"statusCode":500})", "credentials_rejected"},
        {"statusCode 500 before status:false", 200, R"({"status":false,"statusCode":500})", "server_error"},
        {"statusCode 500 before error", 200, R"({"error":{},"statusCode":599})", "server_error"},
        {"statusCode 500 before responseCode", 200, R"({"responseCode":1,"statusCode":500})", "server_error"},
        {"status:false before responseCode", 200, R"({"responseCode":1,"status":false})", "credentials_rejected"},
        {"error before responseCode", 200, R"({"responseCode":1,"error":"x"})", "credentials_rejected"},
        {"two values before status:false", 200, R"({"status":false,"status":false})", "malformed_token"},
        {"broken JSON before status:false", 200, R"({"status":false)", "malformed_token"},
        {"responseCode before a token too long", 200,
         R"({"responseCode":1,"data":{"access_token":")" + std::string(20000, 'x') + "\"}}", "malformed_token"},
        {"a token too long before one unfit for a header", 200,
         R"({"data":{"access_token":")" + std::string(20000, ' ') + "\"}}", "response_too_large"},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(codes_are_kept_apart)
{
    const wire::token_reply reply = read(401, R"({"responseCode":-7,"statusCode":9223372036854775807,"message":"m"})");
    BOOST_TEST(reply.response_code.value() == -7);
    BOOST_TEST(reply.status_code.value() == 9223372036854775807);
    BOOST_TEST(reply.server_message == "m");

    const wire::token_reply odd = read(401, R"({"responseCode":1.5,"statusCode":9223372036854775808})");
    BOOST_TEST(!odd.response_code.has_value());
    BOOST_TEST(!odd.status_code.has_value());
}

BOOST_AUTO_TEST_CASE(every_sentence_is_another_one)
{
    std::vector<std::string> sentences;
    for (const auto& [status, body] :
         {std::pair{401, "{}"}, std::pair{429, "{}"}, std::pair{408, "{}"}, std::pair{500, "{}"}, std::pair{302, "{}"},
          std::pair{404, "{}"}, std::pair{200, ""}, std::pair{200, R"({"data":1,"data":1})"},
          std::pair{200, R"({"statusCode":500})"}, std::pair{200, R"({"status":false})"},
          std::pair{200, R"({"responseCode":1})"}, std::pair{200, "{}"},
          std::pair{200, R"({"data":{"access_token":" "}})"},
          std::pair{200, R"({"data":{"access_token":"t","token_type":"mac"}})"},
          std::pair{200, R"({"data":{"access_token":"t","expires_in":0}})"}})
        sentences.push_back(read(status, body).message);
    sentences.push_back(read(200, R"({"data":{"access_token":"t"}})", {.assumed_lifetime = milliseconds{0}}).message);
    sentences.push_back(read(200, R"({"data":{"access_token":"tt"}})", {.token_bytes = 1}).message);
    sentences.push_back(read(200, R"({"data":{}})", {.json_depth = 1}).message);
    std::sort(sentences.begin(), sentences.end());
    BOOST_TEST((std::adjacent_find(sentences.begin(), sentences.end()) == sentences.end()));
    for (const std::string& sentence : sentences)
        BOOST_TEST((sentence.find("{}") == std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
