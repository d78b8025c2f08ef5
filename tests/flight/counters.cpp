// What stats() says, what the limits refuse, and which configurations are refused outright.
#include <functional>
#include <string>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(counters)

BOOST_FIXTURE_TEST_CASE(a_new_client_has_counted_nothing, world)
{
    start();
    const stats s = client->stats();
    BOOST_TEST(s.flights + s.requests_sent + s.tokens + s.failures + s.invalidated == 0U);
    BOOST_TEST(s.waiters + s.served + s.failed + s.cancelled + s.dropped + s.refused + s.waiting == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_counters_tell_the_whole_story, world)
{
    source->grant("a", 10s).fail(errc::connect_failed, 0ms, false).fail(errc::server_error).hold();
    start();
    for (int n = 0; n < 3; ++n)
        ask(*client);
    run();   // 3 served by flight 1
    fetch(); // a hit is no waiter
    pass(10s);
    ask(*client);
    run();        // flight 2: nothing sent
    ask(*client); // refused
    pass(2s);
    ask(*client);
    run(); // flight 3: sent and failed
    pass(4s);
    asio::cancellation_signal signal;
    client->async_token(asio::bind_cancellation_slot(signal.slot(), [](error_code, access_token) {}));
    ask(*client);
    ask(*client);
    run(); // flight 4
    signal.emit(asio::cancellation_type::terminal);
    run();
    stats s = client->stats();
    BOOST_TEST(s.flights == 4U);
    BOOST_TEST(s.requests_sent == 3U);
    BOOST_TEST(s.tokens == 1U);
    BOOST_TEST(s.failures == 2U);
    BOOST_TEST(s.invalidated == 0U);
    BOOST_TEST(s.waiters == 8U);
    BOOST_TEST(s.served == 3U);
    BOOST_TEST(s.failed == 2U);
    BOOST_TEST(s.cancelled == 1U);
    BOOST_TEST(s.refused == 1U);
    BOOST_TEST(s.waiting == 2U);
    source->release();
    run();
    client->invalidate(client->peek());
    client->close();
    run();
    s = client->stats();
    BOOST_TEST(s.tokens == 2U);
    BOOST_TEST(s.served == 5U);
    BOOST_TEST(s.waiting == 0U);
    BOOST_TEST(s.invalidated == 1U);
    BOOST_TEST(s.waiters == s.served + s.failed + s.cancelled + s.dropped);
}

BOOST_FIXTURE_TEST_CASE(hits_are_the_peeks_that_gave_a_token, world)
{
    source->grant("a", 10s);
    start();
    client->peek(); // there is none
    fetch();
    const std::uint64_t before = client->stats().hits;
    for (int n = 0; n < 3; ++n)
        BOOST_TEST(static_cast<bool>(client->peek()));
    BOOST_TEST(before == 0U);
    BOOST_TEST(client->stats().hits == 3U);
    pass(10s);
    client->peek(); // not any more
    BOOST_TEST(client->stats().hits == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_waiter_cancelled_and_dropped_is_counted_once, world)
{
    auto callers = std::make_unique<asio::io_context>();
    source->hold();
    start();
    asio::cancellation_signal signal;
    client->async_token(
        asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(*callers, [](error_code, access_token) {})));
    run();
    signal.emit(asio::cancellation_type::terminal);
    callers.reset();
    const stats s = client->stats();
    BOOST_TEST(s.waiters == s.served + s.failed + s.cancelled + s.dropped);
}

BOOST_FIXTURE_TEST_CASE(a_hit_or_refusal_dropped_on_its_way_was_never_a_waiter, world)
{
    auto callers = std::make_unique<asio::io_context>();
    start();
    fetch();
    client->async_token(asio::bind_executor(*callers, [](error_code, access_token) {}));
    client->close();
    client->async_token(asio::bind_executor(*callers, [](error_code, access_token) {}));
    callers.reset();
    const stats s = client->stats();
    BOOST_TEST(s.refused == 1U);
    BOOST_TEST(s.waiters == s.served + s.failed + s.cancelled + s.dropped);
}

BOOST_FIXTURE_TEST_CASE(waiting_counts_only_those_whose_outcome_is_open, world)
{
    asio::io_context callers;
    source->hold();
    start();
    for (int n = 0; n < 5; ++n)
        ask_on(*client, callers);
    BOOST_TEST(client->stats().waiting == 5U);
    run();
    source->release();
    run();
    BOOST_TEST(client->stats().waiting == 0U);
    BOOST_TEST(client->stats().served == 0U); // "completed"
    callers.poll();
    BOOST_TEST(client->stats().served == 5U);
}

BOOST_FIXTURE_TEST_CASE(max_waiters_refuses_the_next_one_and_only_it, world)
{
    config.limits.max_waiters = 3;
    source->hold();
    start();
    asio::cancellation_signal signal;
    const auto leaves = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), note(leaves)));
    const auto second = ask(*client);
    const auto third = ask(*client);
    const auto fourth = ask_details(*client);
    run();
    BOOST_TEST(fourth->failed(errc::too_many_waiters));
    BOOST_TEST(fourth->details.message.find("max_waiters") != std::string::npos);
    signal.emit(asio::cancellation_type::terminal);
    run();
    const auto fifth = ask(*client);
    run();
    BOOST_TEST(fifth->open()); // a place was free again
    source->release();
    run();
    for (const auto& a : {second, third, fifth})
        BOOST_TEST(a->served());
    BOOST_TEST(client->stats().refused == 1U);
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(max_waiters_limits_waiting_not_being_served, world)
{
    config.limits.max_waiters = 1;
    start();
    fetch();
    const auto a = ask(*client);
    const auto b = ask(*client);
    run();
    BOOST_TEST(a->served());
    BOOST_TEST(b->served());
}

BOOST_AUTO_TEST_CASE(a_configuration_that_cannot_work_is_refused_by_the_name_of_its_field)
{
    struct row {
        const char* field;
        std::function<void(refresher_config&)> spoil;
    };
    const row rows[] = {
        {"limits.flight_deadline", [](auto& c) { c.limits.flight_deadline = 0ms; }},
        {"limits.flight_deadline", [](auto& c) { c.limits.flight_deadline = 25h; }},
        {"limits.connect_timeout", [](auto& c) { c.limits.connect_timeout = -1ms; }},
        {"limits.attempt_timeout", [](auto& c) { c.limits.attempt_timeout = 0ms; }},
        {"limits.max_waiters", [](auto& c) { c.limits.max_waiters = 0; }},
        {"limits.max_token_bytes", [](auto& c) { c.limits.max_token_bytes = 0; }},
        {"limits.max_json_depth", [](auto& c) { c.limits.max_json_depth = 1001; }},
        {"lifetime.safety_margin", [](auto& c) { c.lifetime.safety_margin = -1ms; }},
        {"lifetime.max_uncertainty", [](auto& c) { c.lifetime.max_uncertainty = -1ms; }},
        {"lifetime.assumed_lifetime", [](auto& c) { c.lifetime.assumed_lifetime = 24h * 366; }},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.field)
        {
            world w;
            r.spoil(w.config);
            BOOST_CHECK_EXCEPTION(w.start(), token_error, [&](const token_error& e) {
                return e.code() == errc::invalid_config && e.diagnostics().message.find(r.field) == 0;
            });
        }
    world w;
    BOOST_CHECK_EXCEPTION(w.start(nullptr), token_error,
                          [](const token_error& e) { return e.code() == errc::invalid_config; });
    BOOST_CHECK_EXCEPTION(refresher(asio::any_io_executor{}, w.config, w.source), token_error,
                          [](const token_error& e) { return e.code() == errc::invalid_config; });
}

BOOST_AUTO_TEST_SUITE_END()
