// What users of other token caches complain about, one test per complaint and named after it: callers who share a
// request. Restarts, fleets and cache files come with the stores.
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "flight/complaints.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(complaints)

BOOST_FIXTURE_TEST_CASE(herd_at_expiry, world)
{
    source->grant("first", 60s, 100ms).grant("second", 60s, 200ms);
    start();
    ask(*client);
    pass(100ms);
    pass(60s - 100ms); // dead for us, alive for the endpoint: 100 ms between the two deadlines
    asio::io_context elsewhere;
    auto answers = herd(*client, 5000);
    for (int n = 0; n < 1000; ++n) {
        answers.push_back(ask_on(*client, elsewhere));
        answers.push_back(ask_details(*client));
    }
    pass(100ms);
    BOOST_TEST(source->requests() == 2U);
    for (int n = 0; n < 1000; ++n)
        answers.push_back(ask(*client)); // while it is out
    pass(200ms);
    elsewhere.poll();
    BOOST_TEST(count(answers, is_served) == 8000U);
    BOOST_TEST(count(answers, [](const answer& a) { return a.token.value() == "second"; }) == 8000U);
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(source->most_in_flight() == 1U);
}

BOOST_FIXTURE_TEST_CASE(convoy_on_failure, world)
{
    config.retry.max_attempts = 3;
    config.limits.max_waiters = 1000;
    for (int n = 0; n < 6; ++n)
        source->fail(errc::connect_failed, 100ms, false);
    start();
    const auto waiting = herd(*client, 1000);
    const auto too_many = herd(*client, 500); // memory does not grow either
    pass(10s);
    BOOST_TEST(count(waiting, failed_with(errc::connect_failed)) == 1000U);
    BOOST_TEST(count(too_many, failed_with(errc::too_many_waiters)) == 500U);
    // Three attempts in all, not three each, and one outcome.
    BOOST_TEST(source->requests() == 3U);
    BOOST_TEST(source->most_in_flight() == 1U);
    BOOST_TEST(client->stats().flights == 1U);
    // They all come again when the cool-down has ended, as loops do.
    const auto again = herd(*client, 1000);
    pass(10s);
    BOOST_TEST(count(again, failed_with(errc::connect_failed)) == 1000U);
    BOOST_TEST(client->stats().flights == 2U);
    BOOST_TEST(source->requests() == 6U);
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_FIXTURE_TEST_CASE(convoy_within_the_cool_down, world)
{
    source->fail(errc::server_error, 100ms).fail(errc::server_error, 100ms);
    start();
    const auto answers = herd(*client, 1000);
    pass(100ms);
    BOOST_TEST(count(answers, failed_with(errc::server_error)) == 1000U);
    for (int round = 0; round < 7; ++round) { // 0.7 s: the shortest cool-down is 0.8 s
        const auto again = herd(*client, 1000);
        run();
        BOOST_TEST(count(again, failed_with(errc::server_error)) == 1000U);
        pass(100ms);
    }
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_FIXTURE_TEST_CASE(first_callers_cancel_fails_everybody, world)
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
    BOOST_TEST(count(others, is_open) == 10U);
    BOOST_TEST(source->cancelled() == 0U);
    source->release();
    run();
    BOOST_TEST(count(others, is_served) == 10U);
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(first_callers_timeout_fails_everybody, world)
{
    source->grant("for-the-others", 60s, 5s);
    start();
    const auto first = std::make_shared<answer>();
    client->async_token(within(100ms), note(first));
    const auto others = herd(*client, 10);
    pass(100ms);
    BOOST_TEST(first->failed(errc::timed_out));
    BOOST_TEST(count(others, is_open) == 10U);
    pass(4900ms);
    BOOST_TEST(count(others, is_served) == 10U);
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(source->cancelled() == 0U);
}

BOOST_FIXTURE_TEST_CASE(everybody_left_the_paid_answer_is_kept, world)
{
    source->grant("paid", 60s, 20s);
    start();
    asio::cancellation_signal signal;
    const auto cancelled = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), note(cancelled)));
    const auto timed_out = std::make_shared<answer>();
    client->async_token(within(50ms), note(timed_out));
    {
        asio::io_context gone;
        ask_on(*client, gone);
        run();
    }
    signal.emit(asio::cancellation_type::all);
    pass(50ms);
    BOOST_TEST(cancelled->aborted());
    BOOST_TEST(timed_out->failed(errc::timed_out));
    BOOST_TEST(client->stats().waiting == 0U);
    pass(20s);
    BOOST_TEST(source->cancelled() == 0U);
    BOOST_TEST(client->peek().value() == "paid");
    BOOST_TEST(fetch().value() == "paid");
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(hung_flight_blocks_all, world)
{
    source->hold_stubbornly();
    start();
    const auto answers = herd(*client, 100);
    pass(30s - 1ns);
    const auto late = ask(*client);
    run();
    BOOST_TEST(count(answers, is_open) == 100U);
    pass(1ns);
    BOOST_TEST(count(answers, failed_with(errc::timed_out)) == 100U);
    BOOST_TEST(late->failed(errc::timed_out)); // the flight's deadline, not his own
    pass(2s);
    BOOST_TEST(fetch().value() == "token-2"); // while the old request still hangs
    BOOST_TEST(source->in_flight() == 1U);
}

BOOST_FIXTURE_TEST_CASE(storm_of_401, world)
{
    start();
    const access_token old = fetch();
    BOOST_TEST(client->invalidate(old));
    const auto waiting = herd(*client, 100);
    for (int n = 0; n < 100; ++n)
        BOOST_TEST(!client->invalidate(old)); // while its successor is on its way
    run();
    BOOST_TEST(count(waiting, [](const answer& a) { return a.token.value() == "token-2"; }) == 100U);
    const access_token renewed = client->peek();
    for (int n = 0; n < 100; ++n)
        BOOST_TEST(!client->invalidate(old)); // later still
    BOOST_TEST((client->peek() == renewed));
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->stats().invalidated == 1U);
}

BOOST_FIXTURE_TEST_CASE(storm_of_401_that_never_ends, world)
{
    // The API accepts no token for an hour, and each second somebody comes and says so.
    start();
    std::vector<boot_clock::time_point> sent;
    for (int second = 0; second < 3600; ++second) {
        const auto before = source->requests();
        if (const access_token t = fetch())
            BOOST_TEST(client->invalidate(t));
        if (source->requests() != before)
            sent.push_back(now());
        pass(1s);
    }
    // At once, one renewal, then 10 s later, 20, 40, … 300.
    std::vector<long> apart;
    for (std::size_t n = 1; n < sent.size(); ++n)
        apart.push_back((sent[n] - sent[n - 1]) / 1s);
    const std::vector<long> expected{1, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300, 300, 300, 300};
    BOOST_TEST(apart == expected, boost::test_tools::per_element());
    BOOST_TEST(source->requests() == sent.size());
}

BOOST_AUTO_TEST_SUITE_END()
