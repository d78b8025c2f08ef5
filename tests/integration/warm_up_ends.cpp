// A warm-up that fails, is cancelled or runs out of time, and the ends of its source and its context: what becomes of
// it, and of the requests that wait for it.
#include <boost/test/unit_test.hpp>

#include "integration/warm_scene.hpp"

#include <faceki/testing/manual_clock.hpp>

#include <asio/ip/tcp.hpp>

namespace {

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::errc;
using faceki::failure_kind;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_reply;

} // namespace

BOOST_AUTO_TEST_SUITE(warm_up)

BOOST_AUTO_TEST_CASE(a_connection_that_dies_in_the_moment_of_use_is_a_request_without_answer)
{
    mock_endpoint endpoint(with_our_credentials());
    mock_reply none;
    none.cut_after = 0;
    endpoint.script(none);
    scene s(quiet(endpoint));
    BOOST_TEST(!s.warm());
    const auto r = s.ask();
    BOOST_TEST(r->error() == make_error_code(errc::connection_lost));
    BOOST_TEST((r->details().kind == failure_kind::sent_no_answer));
    BOOST_TEST(r->details().requests_sent == 1);
    BOOST_TEST(endpoint.requests() == 1U);
    BOOST_TEST(endpoint.accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(a_failed_warm_up_leaves_the_request_its_own_error)
{
    std::string nobody;
    {
        asio::io_context io;
        asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
        nobody = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    }
    const faceki::testing::throwaway_ca stranger;
    mock_endpoint endpoint(with_our_credentials());
    faceki::client_config refused = quiet(endpoint);
    refused.connect_to = nobody;
    faceki::client_config distrusting = quiet(endpoint);
    distrusting.tls.ca_pem = stranger.ca_pem();
    const struct {
        const char* what;
        const faceki::client_config& config;
        errc code;
        std::size_t accepted;
    } rows[] = {{"nobody listens", refused, errc::connect_failed, 0},
                {"a stranger's certificate", distrusting, errc::tls_failed, 4}};
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.what)
        {
            scene s(row.config);
            const std::error_code expected = row.code;
            BOOST_TEST(s.warm() == expected);
            const auto alone = s.ask();
            BOOST_TEST(alone->error() == expected);
            scene::warm_up w;
            s.start(w);
            const auto joined = s.ask();
            BOOST_TEST(w.ended.value() == expected);
            BOOST_TEST(joined->error() == expected);
            BOOST_TEST(joined->details().message == alone->details().message);
            BOOST_TEST((joined->details().kind == failure_kind::not_sent));
            BOOST_TEST(joined->asks.requests == 0);
            BOOST_TEST(endpoint.accepted() == row.accepted);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_cancelled_warm_up_leaves_the_request_to_connect_by_itself)
{
    mock_endpoint endpoint(with_our_credentials());
    scene s(quiet(endpoint));
    scene::warm_up w;
    s.start(w);
    const auto r = s.start_request();
    s.let_two_begin();
    w.cancel.emit(asio::cancellation_type::terminal);
    s.run();
    BOOST_TEST((w.ended.value() == asio::error::operation_aborted));
    BOOST_TEST(!r->error());
    BOOST_TEST(endpoint.requests() == 1U);
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_leaves_the_warm_up_alone)
{
    for (const bool throws : {true, false}) { // how a coroutine learns of its cancellation is the caller's choice
        mock_endpoint endpoint(with_our_credentials());
        scene s(quiet(endpoint));
        scene::warm_up w;
        s.start(w);
        const auto r = s.start_request(60s, throws);
        s.let_two_begin();
        r->cancel.emit(asio::cancellation_type::terminal);
        s.run();
        BOOST_TEST((r->error() == asio::error::operation_aborted));
        BOOST_TEST(r->details().message == "cancelled");
        BOOST_TEST(r->asks.requests == 0);
        BOOST_TEST(!w.ended.value());
        check_reused(*s.ask());
        BOOST_TEST(endpoint.accepted() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_silent_peer_ends_the_warm_up_at_its_limit)
{
    for (const bool by_deadline : {false, true}) {
        BOOST_TEST_CONTEXT((by_deadline ? "deadline" : "connect_timeout"))
        {
            mock_endpoint endpoint(silent_in_handshake());
            const auto time = std::make_shared<faceki::testing::manual_clock>();
            scene s(quiet(endpoint), time);
            scene::warm_up w;
            s.start(w, by_deadline ? 3s : 60s);
            BOOST_TEST(s.run_until(endpoint, [&] { return endpoint.accepted() == 1; }));
            time->advance((by_deadline ? 3s : 5s) - 1ms);
            s.io->poll();
            s.io->restart();
            BOOST_TEST(!w.ended.has_value());
            time->advance(1ms);
            s.run();
            BOOST_TEST(w.ended.value() == make_error_code(errc::timed_out));
            BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_request_waits_within_its_own_limits)
{
    mock_endpoint endpoint(silent_in_handshake());
    const auto time = std::make_shared<faceki::testing::manual_clock>();
    scene s(quiet(endpoint), time);
    scene::warm_up w;
    s.start(w);
    BOOST_TEST(s.run_until(endpoint, [&] { return endpoint.accepted() == 1; }));
    time->advance(3s);
    const auto hasty = s.start_request(1s);
    const auto patient = s.start_request();
    s.io->poll();
    time->advance(1s);
    BOOST_TEST(s.run_until(endpoint, [&] { return hasty->result.has_value(); }));
    BOOST_TEST(hasty->error() == make_error_code(errc::timed_out));
    BOOST_TEST(hasty->details().message == "no connection before the flight's deadline");
    BOOST_TEST((hasty->details().phases.connect == 1s));
    BOOST_TEST(!w.ended.has_value());
    BOOST_TEST(endpoint.accepted() == 1U);

    // The warm-up's limit: the request connects by itself, in what is left of connect_timeout.
    time->advance(1s);
    BOOST_TEST(s.run_until(endpoint, [&] { return endpoint.accepted() == 2; }));
    BOOST_TEST(w.ended.value() == make_error_code(errc::timed_out));
    time->advance(3s - 1ms);
    s.io->poll();
    s.io->restart();
    BOOST_TEST(!patient->result.has_value());
    time->advance(1ms);
    s.run();
    BOOST_TEST(patient->error() == make_error_code(errc::timed_out));
    BOOST_TEST(patient->details().message == "no TLS handshake within limits.connect_timeout");
    BOOST_TEST(hasty->asks.requests + patient->asks.requests == 0);
}

BOOST_AUTO_TEST_CASE(a_source_closed_during_the_warm_up_ends_it_and_who_waits)
{
    mock_endpoint endpoint(silent_in_handshake());
    for (const bool warm_up_first : {false, true}) {
        scene s(quiet(endpoint));
        scene::warm_up w;
        s.start(w);
        const auto accepted = endpoint.accepted();
        const auto r = s.start_request();
        BOOST_TEST(s.run_until(endpoint, [&] { return endpoint.accepted() == accepted + 1; }));
        if (warm_up_first)
            w.cancel.emit(asio::cancellation_type::terminal); // it may have ended when the request gets its turn
        s.source->close();
        s.run();
        BOOST_TEST((w.ended.value() == asio::error::operation_aborted));
        BOOST_TEST((r->error() == asio::error::operation_aborted));
        BOOST_TEST(r->details().message == "the client was closed");
        BOOST_TEST((s.warm() == asio::error::operation_aborted));
        BOOST_TEST(endpoint.accepted() == accepted + 1);
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
    }
}

BOOST_AUTO_TEST_CASE(closing_drops_the_connection_made_ready)
{
    mock_endpoint endpoint(with_our_credentials());
    scene s(quiet(endpoint));
    BOOST_TEST(!s.warm());
    s.source->close();
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.accepted() == 1 && endpoint.open_connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(the_context_may_go_while_one_connects_and_others_wait)
{
    mock_endpoint endpoint(silent_in_handshake());
    for (int order = 0; order < 4; ++order) {
        scene s(quiet(endpoint));
        scene::warm_up first;
        scene::warm_up second;
        std::vector<std::shared_ptr<scene::request>> requests;
        if (order == 1)
            requests.push_back(s.start_request()); // connects by itself: nobody makes one yet
        s.start(first);
        s.start(second);
        requests.push_back(s.start_request());
        const std::size_t connections = endpoint.accepted() + (order == 1 ? 2 : 1);
        BOOST_TEST(s.run_until(endpoint, [&] { return endpoint.accepted() == connections; }));
        if (order == 0)
            s.source->close(); // as the refresher does when it learns of the end
        else if (order == 2)
            s.source.reset(); // the coroutines hold it
        s.io.reset();
        BOOST_TEST(!first.ended.has_value());
        BOOST_TEST(!second.ended.has_value());
        for (const auto& r : requests)
            BOOST_TEST(!r->result.has_value());
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
    }
}

BOOST_AUTO_TEST_SUITE_END()
