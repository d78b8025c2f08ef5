// The kit's endpoint, API routes: which bearer is alive, what is counted, and many calls at once.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "raw_client.hpp"

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;

BOOST_AUTO_TEST_SUITE(kit_api_routes)

BOOST_AUTO_TEST_CASE(a_live_bearer_is_served_on_every_route)
{
    mock_endpoint endpoint;
    raw::client client(endpoint);
    const std::string token = raw::token_of(client.call(raw::token_request()));
    for (const char* const target : {"/api/v3/kyc_verification", "/kycverify/api/kycverify/kyc-verify-link",
                                     "/kycrules/api/kycrules", "/facelink/api/x?y=z"}) {
        const raw::response reply = client.call(raw::api_request(token, target));
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.body == R"({"responseCode":0,"data":{"ok":true}})");
    }
    const raw::response posted =
        client.call("POST /api/v3/kyc_verification HTTP/1.1\r\nHost: h\r\nauthorization: bearer " + token +
                    "\r\nContent-Length: 5\r\n\r\nimage");
    BOOST_TEST(posted.status == 200);
    BOOST_TEST(endpoint.presented() == 5U);
    BOOST_TEST(endpoint.dead() == 0U);
    BOOST_TEST(endpoint.requests() == 1U);
    BOOST_TEST(endpoint.recorded().size() == 1U);
}

BOOST_AUTO_TEST_CASE(any_other_bearer_is_dead)
{
    mock_endpoint endpoint;
    raw::client client(endpoint);
    const auto refused = [&](const std::string& token) {
        const raw::response reply = client.call(raw::api_request(token));
        return reply.status == 401 &&
               reply.body == R"({"status":false,"message":"Unauthorized","statusCode":401,"data":{}})";
    };
    BOOST_TEST(refused("never-made-here"));
    BOOST_TEST(endpoint.presented() == 1U);
    BOOST_TEST(endpoint.dead() == 1U);

    const std::string revoked = raw::token_of(client.call(raw::token_request()));
    endpoint.revoke_all();
    BOOST_TEST(refused(revoked));
    BOOST_TEST(endpoint.dead() == 2U);

    endpoint.set_lifetime(500ms);
    const std::string token = raw::token_of(client.call(raw::token_request()));
    BOOST_TEST(!refused(token));
    std::this_thread::sleep_for(510ms);
    BOOST_TEST(refused(token));
    BOOST_TEST(endpoint.presented() == 4U);
    BOOST_TEST(endpoint.dead() == 3U);

    BOOST_TEST(refused("")); // no bearer at all: refused, but nothing was presented
    const raw::response basic = client.call("GET /api/x HTTP/1.1\r\nHost: h\r\nAuthorization: Basic eDp5\r\n\r\n");
    BOOST_TEST(basic.status == 401);
    BOOST_TEST(endpoint.presented() == 4U);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_calls_on_eight_connections)
{
    constexpr std::size_t threads = 8;
    constexpr std::size_t calls = 12'500;
    mock_endpoint endpoint;
    raw::client first(endpoint);
    const std::string request = raw::api_request(raw::token_of(first.call(raw::token_request())));
    std::atomic<std::size_t> served = 0;
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t)
        running.emplace_back([&] {
            raw::client client(endpoint);
            for (std::size_t i = 0; i < calls; ++i)
                if (client.call(request).status == 200)
                    ++served;
        });
    for (std::thread& thread : running)
        thread.join();
    BOOST_TEST(served == threads * calls);
    BOOST_TEST(endpoint.presented() == threads * calls);
    BOOST_TEST(endpoint.dead() == 0U);
    BOOST_TEST(endpoint.accepted() == threads + 1);
}

BOOST_AUTO_TEST_CASE(two_thousand_connections_at_once)
{
    mock_options options;
    options.plain_http = true;
    mock_endpoint endpoint(options);
    raw::options plain;
    plain.plain = true;
    std::vector<std::unique_ptr<raw::client>> clients;
    for (int i = 0; i < 2000; ++i)
        clients.push_back(std::make_unique<raw::client>(endpoint, plain));
    for (auto& client : clients)
        client->send(raw::api_request("x"));
    std::size_t answered = 0;
    for (auto& client : clients)
        if (client->receive().status == 401)
            ++answered;
    BOOST_TEST(answered == 2000U);
    BOOST_TEST(endpoint.accepted() == 2000U);
    BOOST_TEST(endpoint.open_connections() == 2000U);
    clients.clear();
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
