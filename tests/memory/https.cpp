// The HTTPS source over the mock endpoint: real sockets, the client's time stands still. The endpoint has a thread of
// its own, whose memory never runs out.
#include <boost/test/unit_test.hpp>

#include <faceki/testing/mock_endpoint.hpp>

#include "memory/sweep.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// Serves tokens of a minute.
testing::mock_endpoint& serve(scene& s, bool by_name)
{
    testing::mock_options options;
    options.lifetime = 40s; // not longer than a connection is kept
    const auto endpoint = std::make_shared<testing::mock_endpoint>(options);
    s.kept = endpoint;
    s.real = true;
    s.config.source = nullptr;
    s.config.credentials = credentials("test-client", "test-secret");
    s.config.base_url = by_name ? "https://localhost:" + std::to_string(endpoint->port()) : endpoint->url();
    s.config.tls.ca_pem = endpoint->ca_pem();
    s.config.proxy = "none";
    return *endpoint;
}

} // namespace

BOOST_AUTO_TEST_SUITE(https)

BOOST_AUTO_TEST_CASE(a_flight)
{
    BOOST_TEST(sweep("a flight over TLS", [](scene& s) {
                   serve(s, false);
                   s.start();
                   s.scarce([&] {
                       s.call();
                       s.run();
                   });
               }) > 50U);
}

BOOST_AUTO_TEST_CASE(a_flight_to_a_name)
{
    sweep("a flight over TLS, to a name", [](scene& s) {
        serve(s, true);
        s.start();
        s.scarce([&] {
            s.call();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(a_flight_that_is_refused)
{
    sweep("a flight over TLS that is refused", [](scene& s) {
        testing::mock_reply busy;
        busy.status = 503;
        busy.body = R"({"statusCode":503,"message":"come back later, please, and not too soon"})";
        testing::mock_endpoint& endpoint = serve(s, false);
        endpoint.script(busy);
        s.start();
        s.scarce([&] {
            s.call();
            s.run();
        });
        if (endpoint.requests() == 0) { // it came to no request: the answer must not be there for the next call
            s.client->set_credentials(s.config.credentials);
            s.call();
            s.run();
        }
    });
}

BOOST_AUTO_TEST_CASE(a_kept_connection)
{
    sweep("a flight over a kept connection", [](scene& s) {
        serve(s, false);
        s.start();
        s.fetch();
        s.pass(41s);
        s.scarce([&] {
            s.call();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(a_warm_up)
{
    sweep("a warm-up over TLS", [](scene& s) {
        serve(s, false);
        s.config.limits.max_connection_idle = 5s;
        s.start();
        s.fetch();
        s.pass(35s);
        s.client->peek();
        s.advance(3s);
        s.scarce([&] { s.run(); });
    });
}

BOOST_AUTO_TEST_CASE(closing_a_flight)
{
    sweep("close() during a flight over TLS", [](scene& s) {
        s.closing = true;
        testing::mock_reply slow;
        slow.delay = 1h;
        testing::mock_endpoint& endpoint = serve(s, false);
        endpoint.script(slow);
        s.start();
        s.call();
        endpoint.wait_until([&] {
            s.contexts[0]->restart();
            s.contexts[0]->poll();
            return endpoint.requests() == 1;
        });
        s.scarce([&] {
            s.client->close();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_SUITE_END()
