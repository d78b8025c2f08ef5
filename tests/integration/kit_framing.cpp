// The kit's endpoint, HTTP framing: requests in pieces and together, uploads, and what is refused.
#include <boost/test/unit_test.hpp>

#include <string>

#include "kit_flavours.hpp"

using namespace faceki_test;
using faceki::testing::mock_endpoint;
using raw::ending;

BOOST_AUTO_TEST_SUITE(kit_framing)

BOOST_AUTO_TEST_CASE(requests_may_come_in_pieces_or_together)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        raw::client client(endpoint, f.client());
        const std::string request = raw::token_request();
        for (const char c : request)
            client.send(std::string(1, c));
        BOOST_TEST(client.receive().status == 200);
        client.send(request + raw::api_request("x") + request + request.substr(0, 50));
        BOOST_TEST(client.receive().status == 200);
        BOOST_TEST(client.receive().status == 401);
        BOOST_TEST(client.receive().status == 200);
        client.send(request.substr(50));
        BOOST_TEST(client.receive().status == 200);
        BOOST_TEST(endpoint.requests() == 4U);
    });
}

BOOST_AUTO_TEST_CASE(a_large_upload_waits_for_leave_to_send_its_body)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        raw::client client(endpoint, f.client());
        const std::string image(5'000'000, 'i');
        const raw::response leave = client.call(
            "POST /api/v3/kyc_verification HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: " +
            std::to_string(image.size()) + "\r\n\r\n");
        BOOST_TEST(leave.status == 100);
        BOOST_TEST(client.call(image).status == 401);
        BOOST_TEST(endpoint.request_bytes() > image.size());
    });
}

BOOST_AUTO_TEST_CASE(half_a_connection_is_enough_for_a_reply)
{
    mock_endpoint endpoint;
    raw::client client(endpoint);
    client.send(raw::token_request());
    client.finish_sending();
    BOOST_TEST(client.receive().status == 200);
    BOOST_TEST(client.read_to_end() == ending::clean);
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_refused)
{
    const std::string head = "POST /auth/api/generate-token HTTP/1.1\r\n";
    const std::string rows[] = {
        "hello\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "G@T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        head + "Host : h\r\n\r\n",
        head + "Host\r\n\r\n",
        head + "Host: h\r\n folded\r\n\r\n",
        head + "Host: h\x01\r\n\r\n",
        head + "Host: h\nX: y\r\n\r\n",
        head + "Content-Length: -1\r\n\r\n",
        head + "Content-Length: 5x\r\n\r\n",
        head + "Content-Length: 99999999999999999999\r\n\r\n",
        head + "Content-Length: 100000000\r\n\r\n",
        head + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
        head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        head + "Transfer-Encoding: gzip\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        head + "X: " + std::string(70'000, 'x'),
    };
    mock_endpoint endpoint;
    for (const std::string& row : rows) {
        BOOST_TEST_CONTEXT(row.substr(0, 200))
        {
            raw::client client(endpoint);
            BOOST_TEST(client.call(row).status == 400);
            BOOST_TEST(client.read_to_end() == ending::clean);
        }
    }
    BOOST_TEST(endpoint.requests() == 0U); // none was a request
}

BOOST_AUTO_TEST_SUITE_END()
