// The kit's endpoint, connections: torn, stalled and raw replies, keep-alive, close_idle(), and an end that waits for nobody.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "raw_client.hpp"

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;
using raw::ending;

namespace {

using clock_type = std::chrono::steady_clock;

raw::options plain()
{
    raw::options want;
    want.plain = true;
    return want;
}

/// Every test of this file runs with TLS 1.3, with TLS 1.2 and without TLS.
struct flavour {
    const char* name;
    bool plain_http;
    const char* max_tls_version;

    mock_options options() const
    {
        mock_options made;
        made.plain_http = plain_http;
        made.max_tls_version = max_tls_version;
        return made;
    }
    raw::options client() const { return plain_http ? plain() : raw::options{}; }
};

constexpr flavour flavours[] = {{"TLS 1.3", false, ""}, {"TLS 1.2", false, "TLSv1.2"}, {"plain", true, ""}};

template <class Test>
void with_each_flavour(Test test)
{
    for (const flavour& f : flavours)
        BOOST_TEST_CONTEXT(f.name) { test(f); }
}

} // namespace

BOOST_AUTO_TEST_SUITE(kit_connections)

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
            BOOST_TEST(client.read_to_end() == (f.plain_http ? ending::clean : ending::cut)); // in plain http a FIN is all there is
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
            BOOST_TEST(client.read_to_end(100) == ending::none);
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
        const raw::response leave = client.call("POST /api/v3/kyc_verification HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: " +
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

BOOST_AUTO_TEST_CASE(close_idle_ends_what_is_idle_politely)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        mock_reply late;
        late.delay = 300ms;
        endpoint.script(late);
        raw::client busy(endpoint, f.client());
        busy.send(raw::token_request());
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.requests() == 1; }));
        raw::client used(endpoint, f.client());
        used.call(raw::token_request());
        raw::client unused(endpoint, f.client());
        raw::client half(endpoint, f.client());
        half.send(raw::token_request().substr(0, 30));
        const std::size_t bytes = 2 * raw::token_request().size() + 30;
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 4 && endpoint.request_bytes() == bytes; }));
        endpoint.close_idle();
        BOOST_TEST(endpoint.open_connections() == 1U); // done when it returns
        for (raw::client* const client : {&used, &unused, &half})
            BOOST_TEST(client->read_to_end() == ending::clean);
        BOOST_TEST(busy.receive().status == 200);
        endpoint.close_idle();
        BOOST_TEST(endpoint.open_connections() == 0U);
        endpoint.close_idle();
    });
}

BOOST_AUTO_TEST_CASE(wait_until_sees_events_and_gives_up_in_time)
{
    mock_endpoint endpoint(flavours[2].options());
    const auto start = clock_type::now();
    BOOST_TEST(!endpoint.wait_until([&] { return endpoint.requests() == 1; }, 50ms));
    BOOST_TEST((clock_type::now() - start >= 50ms));
    std::thread later([&] {
        std::this_thread::sleep_for(20ms);
        raw::client client(endpoint, plain());
        client.call(raw::token_request());
    });
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.requests() == 1; }, std::chrono::milliseconds::max()));
    later.join();
    BOOST_TEST(endpoint.wait_until([] { return true; }, 0ms));
}

BOOST_AUTO_TEST_CASE(a_stalled_handshake_lasts_until_the_client_leaves)
{
    mock_options options;
    options.stall_handshake = true;
    mock_endpoint endpoint(options);
    {
        raw::client client(endpoint, plain());
        client.send("as good as a ClientHello");
        BOOST_TEST(client.read_to_end(100) == ending::none);
        BOOST_TEST(endpoint.accepted() == 1U);
        BOOST_TEST(endpoint.open_connections() == 1U);
        BOOST_TEST(endpoint.request_bytes() == 0U);
    }
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_endpoint_waits_for_nobody)
{
    for (const bool stall_handshake : {false, true}) {
        mock_options options;
        options.stall_handshake = stall_handshake;
        std::optional<mock_endpoint> endpoint(std::in_place, options);
        const std::uint16_t port = endpoint->port();
        raw::client nothing_sent(*endpoint, plain());
        std::optional<raw::client> idle;
        std::optional<raw::client> delayed;
        std::optional<raw::client> stalled;
        if (!stall_handshake) {
            mock_reply late;
            late.delay = 1h;
            mock_reply stall;
            stall.stall_after = 10;
            endpoint->script(late);
            endpoint->script(stall);
            idle.emplace(*endpoint);
            delayed.emplace(*endpoint);
            delayed->send(raw::token_request());
            BOOST_TEST(endpoint->wait_until([&] { return endpoint->requests() == 1; }));
            stalled.emplace(*endpoint);
            stalled->send(raw::token_request());
            BOOST_TEST(endpoint->wait_until([&] { return endpoint->requests() == 2; }));
        }
        BOOST_TEST(endpoint->wait_until([&] { return endpoint->accepted() == (stall_handshake ? 1U : 4U); }));
        const auto start = clock_type::now();
        endpoint.reset();
        BOOST_TEST((clock_type::now() - start < 2s));
        BOOST_TEST(nothing_sent.read_to_end() == ending::clean);
        options.port = port; // free again at once
        options.stall_handshake = false;
        mock_endpoint next(options);
        raw::client client(next);
        BOOST_TEST(client.call(raw::token_request()).status == 200);
    }
}

BOOST_AUTO_TEST_CASE(the_end_may_come_in_the_middle_of_traffic)
{
    with_each_flavour([](const flavour& f) {
        std::optional<mock_endpoint> endpoint(std::in_place, f.options());
        const std::uint16_t port = endpoint->port();
        const std::string ca_pem = endpoint->ca_pem();
        std::atomic<std::size_t> answered = 0;
        const auto call_until_refused = [&] {
            // OpenSSL writes to a connection that may be gone.
            sigset_t pipe;
            sigemptyset(&pipe);
            sigaddset(&pipe, SIGPIPE);
            pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
            try {
                for (;;) {
                    raw::client client(port, ca_pem, f.client());
                    for (int i = 0; i < 5; ++i)
                        if (client.call(raw::token_request()).status == 200) ++answered;
                }
            } catch (const std::runtime_error&) {
            }
        };
        std::vector<std::thread> callers;
        for (int i = 0; i < 4; ++i)
            callers.emplace_back(call_until_refused);
        BOOST_TEST(endpoint->wait_until([&] { return answered > 20; }));
        endpoint->close_idle();
        BOOST_TEST(endpoint->wait_until([&] { return answered > 40; }));
        endpoint.reset();
        for (std::thread& caller : callers)
            caller.join();
        BOOST_TEST(answered > 40U);
    });
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_an_error)
{
    mock_endpoint endpoint;
    mock_options options;
    options.port = endpoint.port();
    BOOST_CHECK_THROW(mock_endpoint{options}, std::system_error);
    options.port = 0;
    options.max_tls_version = "SSLv3";
    BOOST_CHECK_THROW(mock_endpoint{options}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
