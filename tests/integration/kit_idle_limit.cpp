// The kit's endpoint, mock_options::close_idle_after.
#include <boost/test/unit_test.hpp>

#include <chrono>

#include "kit_flavours.hpp"

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;
using raw::ending;

BOOST_AUTO_TEST_SUITE(kit_idle_limit)

BOOST_AUTO_TEST_CASE(a_connection_ends_politely_when_nothing_came_for_so_long)
{
    with_each_flavour([](const flavour& f) {
        mock_options options = f.options();
        options.close_idle_after = 100ms;
        mock_endpoint endpoint(options);
        mock_reply late;
        late.delay = 300ms;
        endpoint.script(late);

        raw::client busy(endpoint, f.client());
        const auto start = std::chrono::steady_clock::now();
        busy.send(raw::token_request());
        BOOST_TEST(busy.receive().status == 200); // a request that is being answered is not idle
        BOOST_TEST((std::chrono::steady_clock::now() - start >= 300ms));

        const auto reply = std::chrono::steady_clock::now();
        raw::client unused(endpoint, f.client());
        raw::client half(endpoint, f.client());
        half.send(raw::token_request().substr(0, 30));
        for (raw::client* const client : {&busy, &unused, &half}) {
            BOOST_TEST(client->read_to_end() == ending::clean);
            if (client != &busy) // whose time began before its reply was read here
                BOOST_TEST((std::chrono::steady_clock::now() - reply >= 100ms));
        }
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
        BOOST_TEST(endpoint.requests() == 1U);
        BOOST_TEST(endpoint.accept_times().size() == 3U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
