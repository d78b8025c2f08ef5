// The kit's endpoint: token requests that fail by chance, and the count of all that failed.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stdexcept>
#include <string>

#include "raw_client.hpp"

using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

namespace {

mock_options failing(double rate)
{
    mock_options options;
    options.fail_rate = rate;
    return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kit_failures)

BOOST_AUTO_TEST_CASE(a_rate_of_0_or_1_leaves_nothing_to_chance)
{
    for (const double rate : {0.0, 1.0}) {
        mock_endpoint endpoint(failing(rate));
        raw::client client(endpoint);
        for (int n = 0; n < 200; ++n) {
            const raw::response reply = client.call(raw::token_request());
            BOOST_TEST(reply.status == (rate == 0 ? 200 : 503));
            if (rate == 1)
                BOOST_TEST(reply.body ==
                           R"({"status":false,"message":"Service Unavailable","statusCode":503,"data":{}})");
        }
        BOOST_TEST(endpoint.requests() == 200U);
        BOOST_TEST(endpoint.failed() == (rate == 0 ? 0U : 200U));
    }
}

BOOST_AUTO_TEST_CASE(a_rate_between_is_a_share_of_the_good_requests)
{
    constexpr std::size_t calls = 4000;
    mock_endpoint endpoint(failing(0.5));
    raw::client client(endpoint);
    std::size_t failed = 0;
    std::size_t changes = 0;
    for (std::size_t n = 0, last = 0; n < calls; ++n) {
        const bool fails = client.call(raw::token_request()).status == 503;
        failed += fails;
        changes += fails != (last != 0);
        last = fails;
    }
    // Binomial, σ = 32: 10 σ on either side. No pattern: about every second answer differs from the one before.
    BOOST_TEST(failed > 1680U);
    BOOST_TEST(failed < 2320U);
    BOOST_TEST(changes > 1680U);
    BOOST_TEST(changes < 2320U);
    BOOST_TEST(endpoint.failed() == failed);
    BOOST_TEST(endpoint.requests() == calls);
}

BOOST_AUTO_TEST_CASE(the_script_and_refusals_go_first)
{
    mock_endpoint endpoint(failing(1));
    mock_reply scripted;
    scripted.status = 201;
    scripted.body = R"({"access_token":"abc","expires_in":60})";
    endpoint.script(scripted);
    raw::client client(endpoint);
    BOOST_TEST(client.call(raw::token_request("{}")).status == 400);
    BOOST_TEST(client.call(raw::token_request(R"({"clientId":"x","clientSecret":"y"})")).status == 401);
    BOOST_TEST(client.call(raw::token_request()).status == 201);
    BOOST_TEST(client.call(raw::token_request()).status == 503);
    BOOST_TEST(client.call(raw::api_request("abc")).status == 200); // fails never by chance
}

BOOST_AUTO_TEST_CASE(failed_counts_every_token_reply_that_is_not_2xx)
{
    mock_endpoint endpoint;
    for (const int status : {199, 200, 204, 299, 300, 402, 503}) {
        mock_reply scripted;
        scripted.status = status;
        scripted.raw = "HTTP/1.1 204 No Content\r\n\r\n"; // the status counts that the script names
        endpoint.script(scripted);
    }
    raw::client client(endpoint);
    for (int n = 0; n < 7; ++n)
        client.call(raw::token_request());
    BOOST_TEST(endpoint.failed() == 4U);
    client.call(raw::token_request("{}"));
    client.call(raw::token_request(R"({"clientId":"x","clientSecret":"y"})"));
    BOOST_TEST(endpoint.failed() == 6U);
    client.call(raw::api_request("never-made-here")); // no token request
    client.call(raw::token_request());
    BOOST_TEST(endpoint.failed() == 6U);
    const raw::response stats = client.call("GET /__mock/stats HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(raw::json_field(stats.body, "failed") == "6");
}

BOOST_AUTO_TEST_CASE(an_impossible_rate_is_refused)
{
    for (const double rate : {-0.001, 1.001, std::nan(""), HUGE_VAL})
        BOOST_CHECK_THROW(mock_endpoint(failing(rate)), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
