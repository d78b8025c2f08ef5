// Never early, never dead: requests leave at regenerate_after and not before, nothing is handed out at use_until or
// later.
#include <boost/test/unit_test.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// A world whose first token leaves a gap: 60 s of life, 10 of them margin.
struct gap_world : world {
    gap_world()
    {
        config.lifetime.safety_margin = 10s;
        config.prewarm = false; // whose alarm would be armed, too
        source->grant("first", 60s).grant("second", 60s);
        start();
        granted_at = now();
        fetch();
    }

    boot_clock::time_point granted_at;
};

} // namespace

BOOST_AUTO_TEST_SUITE(deadlines)

BOOST_FIXTURE_TEST_CASE(a_token_knows_its_two_deadlines, world)
{
    config.lifetime.safety_margin = 10s;
    source->grant("slow", 60s, 5s);
    start();
    const auto sent = now();
    const auto a = ask(*client);
    pass(5s);
    BOOST_REQUIRE(a->served());
    // max(sent, received − 1 s) + 60 s − 10 s, and received + 60 s
    BOOST_TEST(a->token.use_until() == sent + 4s + 50s);
    BOOST_TEST(a->token.regenerate_after() == sent + 5s + 60s);
}

BOOST_FIXTURE_TEST_CASE(a_fast_exchange_is_charged_to_the_token_in_full, world)
{
    source->grant("fast", 60s, 300ms);
    start();
    const auto sent = now();
    const auto a = ask(*client);
    pass(300ms);
    BOOST_TEST(a->token.use_until() == sent + 60s);
    BOOST_TEST(a->token.regenerate_after() == sent + 60s + 300ms);
}

BOOST_FIXTURE_TEST_CASE(no_request_leaves_before_regenerate_after, gap_world)
{
    while (now() < granted_at + 60s - 1ms) {
        ask(*client);
        pass(997ms);
        if (now() < granted_at + 60s)
            BOOST_REQUIRE(source->requests() == 1U);
    }
    pass(granted_at + 60s - now());
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(in_the_gap_peek_is_empty_and_token_waits_until_exactly_regenerate_after, gap_world)
{
    pass(50s - 1ns);
    BOOST_TEST(client->peek().value() == "first");
    pass(1ns);
    BOOST_TEST(!client->peek());
    const auto a = ask(*client);
    const auto b = ask_details(*client);
    run();
    BOOST_TEST(clock->next_alarm() == granted_at + 60s);
    pass(10s - 1ns);
    BOOST_TEST(a->open());
    BOOST_TEST(source->requests() == 1U);
    pass(1ns);
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(a->token.value() == "second");
    BOOST_TEST(b->token.value() == "second");
}

BOOST_FIXTURE_TEST_CASE(without_a_caller_nothing_is_sent_at_regenerate_after_nor_later, gap_world)
{
    pass(24h);
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(!clock->next_alarm());
}

BOOST_FIXTURE_TEST_CASE(all_waiters_cancelled_in_the_gap_means_no_request, gap_world)
{
    pass(55s);
    asio::cancellation_signal signals[3];
    answer_ptr answers[3];
    for (int n = 0; n < 3; ++n) {
        answers[n] = std::make_shared<answer>();
        client->async_token(asio::bind_cancellation_slot(signals[n].slot(), note(answers[n])));
    }
    run();
    for (auto& s : signals)
        s.emit(asio::cancellation_type::partial);
    pass(1h);
    for (const auto& a : answers)
        BOOST_TEST(a->aborted());
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(fetch().value() == "second");
}

BOOST_FIXTURE_TEST_CASE(a_caller_after_an_emptied_gap_still_wakes_at_regenerate_after, gap_world)
{
    pass(52s);
    asio::cancellation_signal signal;
    const auto gone = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), note(gone)));
    run();
    signal.emit(asio::cancellation_type::terminal);
    pass(2s);
    const auto stays = ask(*client);
    pass(6s - 1ns);
    BOOST_TEST(stays->open());
    pass(1ns);
    BOOST_TEST(stays->token.value() == "second");
}

BOOST_FIXTURE_TEST_CASE(a_token_is_handed_out_when_its_outcome_is_fixed_not_when_the_handler_runs, world)
{
    source->grant("first", 60s);
    start();
    fetch();
    pass(60s - 1ns);
    const auto a = ask(*client); // fixed now
    clock->advance(1s);          // dead before the handler ran
    run();
    BOOST_TEST(a->token.value() == "first");
    BOOST_TEST(fetch().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(without_sent_and_received_the_whole_coroutine_is_charged, world)
{
    const auto time = clock;
    const auto silent = std::make_shared<custom_source>([time](grant_request&) -> asio::awaitable<grant_result> {
        time->advance(700ms); // says neither sent() nor received()
        co_return grant_result::granted("silent", 60s);
    });
    start(silent);
    const auto called = now();
    BOOST_TEST(fetch().value() == "silent");
    BOOST_TEST(client->peek().use_until() == called + 60s);
    BOOST_TEST(client->peek().regenerate_after() == called + 60s + 700ms);
    BOOST_TEST(client->stats().requests_sent == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_second_attempt_counts_from_its_own_request_and_its_own_receipt, world)
{
    const auto time = clock;
    const auto twice = std::make_shared<custom_source>([time](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        time->advance(2s);
        request.received(); // a 503
        time->advance(3s);
        request.sent();
        time->advance(500ms);
        co_return grant_result::granted("second-attempt",
                                        60s); // its receipt is not reported: it is the end of the coroutine
    });
    start(twice);
    const auto called = now();
    BOOST_TEST(fetch().value() == "second-attempt");
    BOOST_TEST(client->peek().use_until() == called + 5s + 60s);
    BOOST_TEST(client->peek().regenerate_after() == called + 5500ms + 60s);
}

BOOST_FIXTURE_TEST_CASE(expired_means_a_new_request_at_the_very_instant, world)
{
    source->grant("first", 1ms);
    start();
    fetch();
    pass(1ms - 1ns);
    BOOST_TEST(fetch().value() == "first");
    pass(1ns);
    BOOST_TEST(fetch().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(an_absurd_lifetime_is_cut_to_ten_years, world)
{
    source->grant("eternal", std::chrono::milliseconds::max());
    start();
    const auto granted = now();
    fetch();
    const auto ten_years = 24h * 3650;
    BOOST_TEST(client->peek().regenerate_after() == granted + ten_years);
    clock->advance(ten_years - 1ns);
    BOOST_TEST(client->peek().value() == "eternal");
    clock->advance(1ns);
    BOOST_TEST(!client->peek());
}

BOOST_FIXTURE_TEST_CASE(the_handle_itself_keeps_its_token_after_its_end, gap_world)
{
    const access_token held = client->peek();
    pass(1h);
    BOOST_TEST(held.value() == "first");
    BOOST_TEST(!client->peek());
}

BOOST_AUTO_TEST_SUITE_END()
