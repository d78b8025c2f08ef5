// The bodies that the vendor documents, under the statuses they are printed with and under those they may arrive with.
#include "wire_reply_rows.hpp"

using namespace wire_test;

namespace {

const std::string granted =
    R"({"responseCode":0,"data":{"access_token":"eyJhbGciOi.JSUzI1NiJ9.sig-_","expires_in":3600,"token_type":"Bearer"}})";
const std::string body_401 = R"({"status":false,"message":"","statusCode":422,"data":{}})";
const std::string body_402 = R"({"clientSecret":""})";
const std::string body_403 = R"({"status":false,"message":"client id is required","statusCode":422,"data":{}})";

} // namespace

BOOST_AUTO_TEST_SUITE(reply_documented)

BOOST_AUTO_TEST_CASE(a_token)
{
    for (const int status : {200, 201}) {
        const wire::token_reply reply = read(status, granted);
        check_shape(reply);
        BOOST_TEST(reply.token == "eyJhbGciOi.JSUzI1NiJ9.sig-_");
        BOOST_TEST(reply.expires_in == milliseconds{3'600'000});
        BOOST_TEST(reply.response_code.value() == 0);
        BOOST_TEST(!reply.status_code.has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_sample_without_its_first_brace_is_no_json)
{
    BOOST_TEST(outcome_of(read(200, granted.substr(1))) == "malformed_token");
}

BOOST_AUTO_TEST_CASE(a_token_of_the_usual_size)
{
    const std::string token(850, 'x');
    const wire::token_reply reply = read(200, R"({"responseCode":0,"data":{"access_token":")" + token +
                                                  R"(","expires_in":3600,"token_type":"Bearer"}})");
    BOOST_TEST(reply.token == token);
}

BOOST_AUTO_TEST_CASE(error_bodies_mean_rejected_wherever_they_arrive)
{
    for (const int status : {200, 201, 400, 401, 402, 403, 422}) {
        BOOST_TEST_CONTEXT(status)
        {
            for (const std::string& body : {body_401, body_402, body_403}) {
                const wire::token_reply reply = read(status, body);
                BOOST_TEST(outcome_of(reply) == "credentials_rejected");
                check_shape(reply);
                BOOST_TEST(!reply.response_code.has_value());
                BOOST_TEST(reply.status_code.has_value() == (body != body_402));
                if (reply.status_code)
                    BOOST_TEST(*reply.status_code == 422);
                BOOST_TEST(reply.server_message == (body == body_403 ? "client id is required" : ""));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_echoed_secret_shows_nowhere)
{
    const std::string secret = "S3cretS3cretS3cretS3cretS3cretS3cret";
    const wire::token_reply reply = read(402, R"({"clientSecret":")" + secret + R"("})", {}, {"id", secret});
    BOOST_TEST(outcome_of(reply) == "credentials_rejected");
    BOOST_TEST(reply.server_message == "");
    BOOST_TEST((reply.message.find(secret) == std::string::npos));
}

BOOST_AUTO_TEST_CASE(other_shapes_of_this_api)
{
    const reply_row rows[] = {
        {"error with code and message", 200, R"({"error":{"code":7,"message":"no"}})", "credentials_rejected"},
        {"data.error", 200, R"({"data":{"error":{"code":7}}})", "credentials_rejected"},
        {"errors", 200, R"({"errors":[{"message":"no"}]})", "credentials_rejected"},
        {"plain text", 200, "Unauthorized", "malformed_token"},
        {"a gateway's page", 200, "<!DOCTYPE html><html></html>", "malformed_token"},
        {"a gateway's page under 502", 502, "<!DOCTYPE html><html></html>", "server_error"},
        {"V3's envelope", 200, R"({"status":true,"code":200,"message":"ok","result":{}})", "malformed_token"},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_SUITE_END()
