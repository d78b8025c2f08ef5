// The source's warm-up, over TLS: one connection, made in advance, on which nothing is sent before the request.
#include <boost/test/unit_test.hpp>

#include "integration/one_shot_proxy.hpp"
#include "integration/warm_scene.hpp"

#include <faceki/testing/manual_clock.hpp>

namespace {

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::boot_clock;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;

} // namespace

BOOST_AUTO_TEST_SUITE(warm_up)

BOOST_AUTO_TEST_CASE(a_request_uses_the_connection_made_ready_and_nothing_is_sent_before)
{
    mock_endpoint endpoint(with_our_credentials(1h)); // kept although the token will outlast the idle limit
    scene s(quiet(endpoint));
    const auto before = boot_clock::now();
    BOOST_TEST(!s.warm());
    const auto ready = boot_clock::now();
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.accepted() == 1; }));
    BOOST_TEST(endpoint.open_connections() == 1U);
    BOOST_TEST(endpoint.request_bytes() == 0U);
    BOOST_TEST(endpoint.requests() == 0U);
    const auto accepts = endpoint.accept_times();
    BOOST_TEST_REQUIRE(accepts.size() == 1U);
    BOOST_TEST((before <= accepts[0] && accepts[0] <= ready));

    const auto r = s.ask();
    check_reused(*r);
    BOOST_TEST(endpoint.accepted() == 1U);
    BOOST_TEST(endpoint.requests() == 1U);
    const auto arrived = endpoint.recorded().at(0).arrived;
    BOOST_TEST((ready <= arrived && arrived <= boot_clock::now()));
}

BOOST_AUTO_TEST_CASE(a_second_warm_up_finds_the_connection_of_the_first)
{
    mock_endpoint endpoint(with_our_credentials());
    scene s(quiet(endpoint));
    BOOST_TEST(!s.warm());
    BOOST_TEST(!s.warm());
    check_reused(*s.ask());
    BOOST_TEST(!s.warm()); // kept by the request
    check_reused(*s.ask());
    BOOST_TEST(endpoint.accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(two_warm_ups_at_once_make_one_connection)
{
    mock_endpoint endpoint(with_our_credentials());
    scene s(quiet(endpoint));
    scene::warm_up first;
    scene::warm_up second;
    s.start(first);
    s.start(second);
    s.run();
    BOOST_TEST(!first.ended.value());
    BOOST_TEST(!second.ended.value());
    BOOST_TEST(endpoint.accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(a_request_during_the_warm_up_takes_its_connection)
{
    mock_endpoint endpoint(with_our_credentials());
    scene s(quiet(endpoint));
    scene::warm_up w;
    s.start(w);
    const auto r = s.ask();
    BOOST_TEST(!w.ended.value());
    BOOST_TEST(!r->error());
    BOOST_TEST(endpoint.accepted() == 1U);
    BOOST_TEST(endpoint.requests() == 1U);
    const faceki::phase_times& phases = r->details().phases;
    BOOST_TEST((phases.dns == 0s && phases.tls == 0s && phases.connect > 0s)); // the wait
}

BOOST_AUTO_TEST_CASE(a_connection_the_server_closed_meanwhile_is_replaced)
{
    mock_endpoint endpoint(with_our_credentials());
    scene s(quiet(endpoint));
    BOOST_TEST(!s.warm());
    endpoint.close_idle();
    const auto r = s.ask();
    BOOST_TEST(!r->error());
    BOOST_TEST((r->details().phases.connect > 0s));
    BOOST_TEST(endpoint.accepted() == 2U);
    endpoint.close_idle();
    BOOST_TEST(!s.warm());
    BOOST_TEST(endpoint.accepted() == 3U);
    check_reused(*s.ask());
    BOOST_TEST(endpoint.accepted() == 3U);
    BOOST_TEST(endpoint.requests() == 2U);
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_idle_connections_by_itself)
{
    mock_options options = with_our_credentials();
    options.close_idle_after = 50ms;
    mock_endpoint endpoint(options);
    scene s(quiet(endpoint));
    BOOST_TEST(!s.warm());
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.accepted() == 1 && endpoint.open_connections() == 0; }));
    const auto r = s.ask();
    BOOST_TEST(!r->error());
    BOOST_TEST(r->details().requests_sent == 1);
    BOOST_TEST(endpoint.accepted() == 2U);
    BOOST_TEST(endpoint.requests() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_was_idle_for_too_long_is_made_anew)
{
    mock_endpoint endpoint(with_our_credentials());
    const auto time = std::make_shared<faceki::testing::manual_clock>();
    scene s(quiet(endpoint), time);
    BOOST_TEST(!s.warm());
    time->advance(27s);
    BOOST_TEST(!s.warm());
    BOOST_TEST(endpoint.accepted() == 1U);
    time->advance(1s); // less than half of its 55 s is left: the request may come too late for it
    BOOST_TEST(!s.warm());
    BOOST_TEST(endpoint.accepted() == 2U);
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 1; }));
    time->advance(54s);
    BOOST_TEST(!s.ask()->error());
    BOOST_TEST(endpoint.accepted() == 2U);
}

BOOST_AUTO_TEST_CASE(without_an_idle_time_nothing_is_made)
{
    mock_endpoint endpoint(with_our_credentials());
    faceki::client_config config = quiet(endpoint);
    config.limits.max_connection_idle = 0ms;
    scene s(config);
    BOOST_TEST((s.warm() == std::errc::operation_not_supported));
    BOOST_TEST(!s.ask()->error());
    BOOST_TEST(endpoint.accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(through_a_proxy)
{
    const faceki::testing::throwaway_ca ca;
    mock_options options = named_endpoint(ca);
    options.client_id = client_id;
    options.client_secret = client_secret;
    mock_endpoint endpoint(options);
    one_shot_proxy proxy(tunnel_granted, endpoint.port());
    faceki::client_config config = behind_proxy(endpoint, proxy.url());
    config.tls.ca_pem = ca.ca_pem();
    config.credentials = faceki::credentials(client_id, client_secret);
    scene s(config);
    BOOST_TEST(!s.warm());
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.accepted() == 1; }));
    BOOST_TEST(endpoint.request_bytes() == 0U);
    check_reused(*s.ask());
    s.source->close();
}

BOOST_AUTO_TEST_CASE(what_the_log_says)
{
    mock_endpoint endpoint(with_our_credentials());
    listener heard;
    faceki::client_config config = traced(endpoint, heard);
    scene s(config);
    BOOST_TEST(!s.warm());
    const lines made = {"warming up",
                        "addresses of 127.0.0.1: 1, found in T ms",
                        "connecting to 127.0.0.1:P",
                        "connected in T ms",
                        "TLSv1.3, new session, in T ms",
                        "made ready in T ms: the connection is kept"};
    check(heard.take(), made);
    BOOST_TEST(!s.warm());
    check(heard.take(), {});
    s.ask();
    const lines used = {"the kept connection is used again, idle for T ms", "request sent: N bytes",
                        "reply received: status 200, body of N bytes, after T ms", "the connection is kept"};
    check(heard.take(), used);

    endpoint.close_idle();
    scene::warm_up w;
    s.start(w);
    s.ask();
    lines expected = made;
    expected.at(4) = "TLSv1.3, session resumed, in T ms";
    expected.insert(expected.begin() + 3, "waiting for the connection that is being made ready");
    expected.insert(expected.end(), used.begin(), used.end());
    check(heard.take(), expected);

    endpoint.close_idle();
    scene::warm_up given_up;
    s.start(given_up);
    while (heard.unchanged().size() < 3)
        s.io->poll_one();
    given_up.cancel.emit(asio::cancellation_type::terminal);
    s.run();
    check(heard.take(), {"warming up", "addresses of 127.0.0.1: 1, found in T ms", "connecting to 127.0.0.1:P",
                         "not made ready: cancelled"});
}

BOOST_AUTO_TEST_SUITE_END()
