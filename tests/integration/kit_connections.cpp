// The kit's endpoint, life and death: close_idle(), wait_until(), and an end that waits for nobody.
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

#include "kit_flavours.hpp"

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;
using raw::ending;

namespace {

using clock_type = std::chrono::steady_clock;

} // namespace

BOOST_AUTO_TEST_SUITE(kit_connections)

BOOST_AUTO_TEST_CASE(close_idle_ends_what_is_idle_politely)
{
    with_each_flavour([](const flavour& f) {
        mock_endpoint endpoint(f.options());
        mock_reply late;
        late.delay = 600ms;
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
        BOOST_TEST(
            endpoint.wait_until([&] { return endpoint.open_connections() == 4 && endpoint.request_bytes() == bytes; }));
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
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.accepted() == 1; }));
        BOOST_TEST(client.read_to_end(100) == ending::none);
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
        std::atomic<bool> over = false;
        const auto call_until_over = [&] {
            // OpenSSL writes to a connection that may be gone.
            sigset_t pipe;
            sigemptyset(&pipe);
            sigaddset(&pipe, SIGPIPE);
            pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
            while (!over) {
                try {
                    raw::client client(port, ca_pem, f.client());
                    for (int i = 0; i < 5; ++i)
                        if (client.call(raw::token_request()).status == 200)
                            ++answered;
                } catch (const std::runtime_error&) {
                    // closed under us, by close_idle() or for good
                }
            }
        };
        std::vector<std::thread> callers;
        for (int i = 0; i < 4; ++i)
            callers.emplace_back(call_until_over);
        BOOST_TEST(endpoint->wait_until([&] { return answered > 20; }));
        endpoint->close_idle();
        BOOST_TEST(endpoint->wait_until([&] { return answered > 40; }));
        endpoint.reset();
        over = true;
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
