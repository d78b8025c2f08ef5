// What users of other token caches complain about, one test per complaint (the rows that need no network, store or wire
// format).
#include <string>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

std::vector<answer_ptr> herd(refresher& client, std::size_t size)
{
    std::vector<answer_ptr> answers;
    for (std::size_t n = 0; n < size; ++n)
        answers.push_back(ask(client));
    return answers;
}

template <class Predicate>
std::size_t count(const std::vector<answer_ptr>& answers, Predicate p)
{
    std::size_t n = 0;
    for (const auto& a : answers)
        n += p(*a) ? 1U : 0U;
    return n;
}

bool is_served(const answer& a)
{
    return a.served();
}

} // namespace

BOOST_AUTO_TEST_SUITE(complaints)

BOOST_FIXTURE_TEST_CASE(herd_at_expiry_is_one_request, world)
{
    source->grant("first", 60s).grant("second", 60s, 200ms);
    start();
    fetch();
    pass(60s);
    const auto answers = herd(*client, 5000);
    pass(1s);
    BOOST_TEST(count(answers, is_served) == 5000U);
    BOOST_TEST(count(answers, [](const answer& a) { return a.token.value() == "second"; }) == 5000U);
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(source->most_in_flight() == 1U);
}

BOOST_FIXTURE_TEST_CASE(no_convoy_on_failure_one_attempt_and_one_outcome_for_all, world)
{
    source->fail(errc::server_error, 100ms).fail(errc::server_error, 100ms);
    start();
    const auto answers = herd(*client, 1000);
    pass(100ms);
    BOOST_TEST(count(answers, [](const answer& a) { return a.failed(errc::server_error); }) == 1000U);
    BOOST_TEST(source->requests() == 1U);
    // All of them ask again at once, as loops do.
    const auto again = herd(*client, 1000);
    run();
    BOOST_TEST(count(again, [](const answer& a) { return a.failed(errc::server_error); }) == 1000U);
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_first_callers_cancel_fails_nobody_else, world)
{
    source->hold();
    start();
    asio::cancellation_signal cancel_first;
    const auto first = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(cancel_first.slot(), note(first)));
    const auto others = herd(*client, 10);
    run();
    cancel_first.emit(asio::cancellation_type::terminal);
    run();
    BOOST_TEST(first->aborted());
    BOOST_TEST(source->cancelled() == 0U);
    source->release();
    run();
    BOOST_TEST(count(others, is_served) == 10U);
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_paid_answer_is_kept_when_everybody_left, world)
{
    source->hold();
    start();
    asio::cancellation_signal signal;
    const auto only = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), note(only)));
    run();
    signal.emit(asio::cancellation_type::all);
    run();
    BOOST_TEST(only->aborted());
    source->release();
    run();
    BOOST_TEST(client->peek().value() == "token-1");
    BOOST_TEST(fetch().value() == "token-1");
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_hung_flight_blocks_nobody_beyond_its_deadline, world)
{
    source->hold_stubbornly();
    start();
    const auto answers = herd(*client, 100);
    pass(30s - 1ns);
    BOOST_TEST(count(answers, [](const answer& a) { return a.open(); }) == 100U);
    pass(1ns);
    BOOST_TEST(count(answers, [](const answer& a) { return a.failed(errc::timed_out); }) == 100U);
    pass(2s);
    BOOST_TEST(fetch().value() == "token-2"); // while the old request still hangs
    BOOST_TEST(source->in_flight() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_401_storm_for_the_old_token_spares_the_new_one, world)
{
    start();
    const access_token old = fetch();
    BOOST_TEST(client->invalidate(old));
    const access_token renewed = fetch();
    BOOST_TEST(renewed.value() == "token-2");
    for (int n = 0; n < 100; ++n)
        BOOST_TEST(!client->invalidate(old));
    BOOST_TEST((client->peek() == renewed));
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->stats().invalidated == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_dead_token_is_never_served_and_a_failure_never_brings_it_back, world)
{
    source->grant("first", 60s).fail(errc::connect_failed, 0ms, false);
    start();
    fetch();
    pass(60s);
    BOOST_TEST(!client->peek());
    const auto after = ask(*client);
    run();
    BOOST_TEST(after->failed(errc::connect_failed));
    BOOST_TEST(!client->peek());
}

BOOST_FIXTURE_TEST_CASE(one_misclassified_error_does_not_stop_refresh_until_restart, world)
{
    // Even the worst verdict, repeated, ends by itself.
    for (int n = 0; n < 12; ++n)
        source->fail(errc::credentials_rejected);
    start();
    for (int n = 0; n < 12; ++n) {
        const auto a = ask_details(*client);
        run();
        BOOST_TEST(a->failed(errc::credentials_rejected));
        BOOST_REQUIRE(a->details.retry_at);
        BOOST_TEST(*a->details.retry_at - now() <= 5min);
        pass(*a->details.retry_at - now());
    }
    BOOST_TEST(fetch().value() == "token-13");
}

BOOST_FIXTURE_TEST_CASE(wall_clock_jumps_change_nothing, world)
{
    source->grant("first", 60s);
    start();
    fetch();
    clock->jump_wall(24h * 365);
    run();
    BOOST_TEST(client->peek().value() == "first");
    clock->jump_wall(-24h * 3650);
    run();
    BOOST_TEST(client->peek().value() == "first");
    BOOST_TEST(fetch().value() == "first");
    pass(60s);
    BOOST_TEST(!client->peek());
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(suspend_for_hours_makes_the_token_old, world)
{
    start();
    fetch();
    clock->advance(8h); // one step: nothing ran meanwhile
    BOOST_TEST(!client->peek());
    BOOST_TEST(fetch().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(a_rotated_secret_retires_the_old_token_without_dropping_waiters, world)
{
    source->hold();
    start();
    const auto answers = herd(*client, 100);
    run();
    client->set_credentials(credentials("id-2", "secret-2"));
    run();
    BOOST_TEST(count(answers, is_served) == 100U);
    BOOST_TEST(source->last_client_id() == "id-2");
    BOOST_TEST(client->peek().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(a_short_token_is_not_a_request_per_call, world)
{
    source->grant("short", 2s);
    start();
    for (int n = 0; n < 100; ++n) {
        BOOST_TEST(fetch().value() == "short");
        pass(19ms);
    }
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_lifetime_of_nothing_never_loops, world)
{
    for (int n = 0; n < 50; ++n)
        source->grant("dead", n % 2 == 0 ? 0ms : -1000ms);
    start();
    for (int n = 0; n < 200; ++n) {
        ask(*client);
        run();
    }
    BOOST_TEST(source->requests() == 1U);
    pass(10min);
    BOOST_TEST(source->requests() == 1U); // nobody asked, so nothing was sent
}

BOOST_FIXTURE_TEST_CASE(a_margin_longer_than_every_lifetime_is_no_endless_refresh, world)
{
    config.lifetime.safety_margin = 2h;
    start();
    for (int n = 0; n < 1000; ++n) {
        const auto a = ask(*client);
        pass(100ms);
        BOOST_TEST(a->failed(errc::malformed_token));
    }
    // 100 s of asking ten times a second: 1 + 1.6 + 2.56 + … s apart, a fifth less at most.
    BOOST_TEST(source->requests() <= 10U);
}

BOOST_FIXTURE_TEST_CASE(the_alarm_of_a_failed_flight_does_not_stop_the_next, world)
{
    source->fail(errc::server_error).hold();
    start();
    ask(*client);
    run();
    pass(2s);
    const auto second = ask(*client);
    pass(30s);
    BOOST_TEST(second->failed(errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_source_that_fails_synchronously_leaves_nobody_in_the_queue)
{
    world w;
    const auto source = std::make_shared<custom_source>([](grant_request&) -> asio::awaitable<grant_result> {
        co_return grant_result::failed(errc::connect_failed, {}); // without one suspension
    });
    w.start(source);
    for (int n = 0; n < 20; ++n) {
        const auto answers = herd(*w.client, 3);
        w.run();
        BOOST_TEST(count(answers, [](const answer& a) { return a.failed(errc::connect_failed); }) == 3U);
        w.pass(3min);
    }
    BOOST_TEST(source->requests == 20U);
    BOOST_TEST(w.client->stats().waiting == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
