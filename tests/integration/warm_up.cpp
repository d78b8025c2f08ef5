// The source's warm-up, over TLS: one connection, made in advance, on which nothing is sent before the request.
#include <optional>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include "integration/network_log.hpp"
#include "integration/one_shot_proxy.hpp"
#include "net/https_source.hpp"

#include <faceki/testing/manual_clock.hpp>

namespace {

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::boot_clock;
using faceki::errc;
using faceki::failure_kind;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

class plain_request final : public faceki::grant_request {
public:
    explicit plain_request(boot_clock::time_point deadline) : deadline_(deadline) {}
    const faceki::credentials& credentials() const noexcept override { return credentials_; }
    boot_clock::time_point deadline() const noexcept override { return deadline_; }
    void sent() noexcept override { ++requests; }
    void received() noexcept override {}

    int requests = 0;

private:
    const faceki::credentials credentials_{client_id, client_secret};
    const boot_clock::time_point deadline_;
};

/// A source as the refresher would use it, with what became of each thing it was asked for.
class scene {
public:
    explicit scene(const faceki::client_config& config, std::shared_ptr<faceki::clock> clock = nullptr)
        : time(clock ? std::move(clock) : faceki::system_boot_clock()),
          source(faceki::net::make_https_source(config, time))
    {
    }

    /// A kept connection must go before its context: the refresher closes its source when either of them ends.
    ~scene()
    {
        if (source)
            source->close();
    }

    struct warm_up {
        std::optional<std::error_code> ended;
        asio::cancellation_signal cancel;
    };
    struct request {
        explicit request(boot_clock::time_point deadline) : asks(deadline) {}
        plain_request asks;
        std::optional<faceki::grant_result> result;
        asio::cancellation_signal cancel;

        std::error_code error() const { return result.value().error(); }
        const faceki::diagnostics& details() const { return result.value().diagnostics(); }
    };

    void start(warm_up& w, boot_clock::duration limit = 60s)
    {
        asio::co_spawn(
            *io, source->warm_up(time->now() + limit),
            asio::bind_cancellation_slot(w.cancel.slot(), [&w](std::exception_ptr thrown, std::error_code ec) {
                BOOST_TEST(!thrown);
                w.ended = ec;
            }));
    }

    std::shared_ptr<request> start_request(boot_clock::duration limit = 60s, bool throws_if_cancelled = true)
    {
        auto r = std::make_shared<request>(time->now() + limit);
        asio::co_spawn(
            *io, ask(*source, r, throws_if_cancelled),
            asio::bind_cancellation_slot(r->cancel.slot(), [](std::exception_ptr thrown) { BOOST_TEST(!thrown); }));
        return r;
    }

    std::error_code warm(boot_clock::duration limit = 60s)
    {
        warm_up w;
        start(w, limit);
        run();
        return w.ended.value();
    }

    std::shared_ptr<request> ask()
    {
        auto r = start_request();
        run();
        return r;
    }

    void run()
    {
        io->run();
        io->restart();
    }

    /// Each up to its first wait: a peer that is fast changes nothing.
    void let_two_begin()
    {
        io->poll_one();
        io->poll_one();
    }

    /// Handles what is ready, then lets the endpoint work, until `condition` holds.
    bool run_until(const mock_endpoint& endpoint, const std::function<bool()>& condition)
    {
        return endpoint.wait_until([&] {
            io->poll();
            io->restart();
            return condition();
        });
    }

    const std::shared_ptr<faceki::clock> time;
    std::shared_ptr<faceki::token_source> source;
    std::optional<asio::io_context> io{std::in_place, 1};

private:
    static asio::awaitable<void> ask(faceki::token_source& source, std::shared_ptr<request> r, bool throws_if_cancelled)
    {
        co_await asio::this_coro::throw_if_cancelled(throws_if_cancelled);
        faceki::grant_result result = co_await source.request_token(r->asks);
        r->result.emplace(std::move(result));
    }
};

faceki::client_config quiet(const mock_endpoint& endpoint)
{
    faceki::client_config config = config_for(endpoint);
    config.credentials = faceki::credentials(client_id, client_secret);
    return config;
}

mock_options silent_in_handshake()
{
    mock_options options = with_our_credentials();
    options.stall_handshake = true;
    return options;
}

/// Made ready in advance: none of it is the request's time.
void check_reused(const scene::request& r)
{
    BOOST_TEST(!r.error());
    BOOST_TEST(r.asks.requests == 1);
    const faceki::phase_times& phases = r.details().phases;
    BOOST_TEST((phases.dns == 0s && phases.connect == 0s && phases.tls == 0s && phases.server > 0s));
}

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

BOOST_AUTO_TEST_CASE(one_that_was_idle_for_too_long_is_made_anew)
{
    mock_endpoint endpoint(with_our_credentials());
    const auto time = std::make_shared<faceki::testing::manual_clock>();
    scene s(quiet(endpoint), time);
    BOOST_TEST(!s.warm());
    time->advance(54s);
    BOOST_TEST(!s.warm());
    BOOST_TEST(endpoint.accepted() == 1U);
    time->advance(1s);
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
