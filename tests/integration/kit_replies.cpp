// The kit's endpoint, scripted faults: torn, stalled and raw replies, and how a connection ends after a reply.
#include <boost/test/unit_test.hpp>

#include <string>

#include "kit_flavours.hpp"

using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_reply;
using raw::ending;

BOOST_AUTO_TEST_SUITE(kit_replies)

BOOST_AUTO_TEST_CASE(a_reply_is_cut_where_the_script_says)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        for (const std::size_t after : {0U, 1U, 20U, 300U}) {
            mock_reply cut;
            cut.cut_after = after;
            endpoint.script(cut);
            raw::client client(endpoint, f.client());
            client.send(raw::token_request());
            BOOST_TEST(client.read_to_end() ==
                       (f.plain_http ? ending::clean : ending::cut)); // in plain http a FIN is all there is
            BOOST_TEST(client.received().size() == after);
            BOOST_TEST(std::string("HTTP/1.1 200 OK\r\n").starts_with(client.received().substr(0, 17)));
        }
        BOOST_TEST(endpoint.early() == 0U); // none of them got its token
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));

        mock_reply whole;
        whole.raw = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
        whole.cut_after = whole.raw.size();
        endpoint.script(whole);
        raw::client client(endpoint, f.client());
        client.send(raw::token_request());
        BOOST_TEST(client.read_to_end() == (f.plain_http ? ending::clean : ending::cut));
        BOOST_TEST(client.received() == whole.raw);
    });
}

BOOST_AUTO_TEST_CASE(a_stalled_reply_keeps_the_connection_open)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        for (const std::size_t after : {0U, 40U}) {
            mock_reply stall;
            stall.stall_after = after;
            endpoint.script(stall);
            raw::client client(endpoint, f.client());
            client.send(raw::token_request());
            BOOST_TEST(endpoint.wait_until([&] { return endpoint.requests() == (after == 0 ? 1U : 2U); }));
            BOOST_TEST(client.read_at_least(after));
            BOOST_TEST(client.read_to_end(50) == ending::none);
            BOOST_TEST(client.received().size() == after);
            endpoint.close_idle(); // a request is being answered here
            BOOST_TEST(client.read_to_end(50) == ending::none);
            BOOST_TEST(endpoint.open_connections() == 1U);
            client.close();
            BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
        }
    });
}

BOOST_AUTO_TEST_CASE(raw_bytes_go_out_as_they_are)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        mock_reply raw_reply;
        raw_reply.raw = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 Odd\r\nContent-Length: 3\r\n\r\n";
        raw_reply.raw += std::string("a\0b", 3);
        endpoint.script(raw_reply);
        raw::client client(endpoint, f.client());
        client.send(raw::token_request());
        BOOST_TEST(client.receive().status == 100);
        const raw::response reply = client.receive();
        BOOST_TEST(reply.status == 299);
        BOOST_TEST(reply.body == std::string("a\0b", 3));
        BOOST_TEST(client.call(raw::token_request()).status == 200); // still open
    });
}

BOOST_AUTO_TEST_CASE(close_notify_ends_the_connection_after_the_reply)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        mock_reply last;
        last.close_notify = true;
        endpoint.script(last);
        raw::client client(endpoint, f.client());
        BOOST_TEST(client.call(raw::token_request()).status == 200);
        BOOST_TEST(client.read_to_end() == ending::clean);
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; })); // without the client's own
    });
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_for_close_gets_it)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        raw::client client(endpoint, f.client());
        const raw::response reply = client.call("GET /api/x HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n");
        BOOST_TEST(reply.head.find("Connection: close\r\n") != std::string::npos);
        BOOST_TEST(client.read_to_end() == ending::clean);
        raw::client old(endpoint, f.client());
        BOOST_TEST(old.call("GET /api/x HTTP/1.0\r\n\r\n").status == 401);
        BOOST_TEST(old.read_to_end() == ending::clean);
    });
}

BOOST_AUTO_TEST_CASE(a_large_reply_comes_whole)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        mock_reply large;
        large.body = std::string(3'000'000, 'x');
        endpoint.script(large);
        raw::client client(endpoint, f.client());
        BOOST_TEST(client.call(raw::token_request()).body.size() == large.body.size());
    });
}

BOOST_AUTO_TEST_SUITE_END()
