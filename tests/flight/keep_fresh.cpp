// keep_fresh(): renewed at each expiry without a caller, within the same rules.
#include <boost/test/unit_test.hpp>

#include "refresh/thread_slots.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(keeping_fresh)

BOOST_FIXTURE_TEST_CASE(a_loop_that_only_peeks_has_a_token_at_any_time_but_for_the_exchange, world)
{
    for (int n = 0; n < 5; ++n)
        source->grant("t", 60s, 50ms);
    start();
    BOOST_TEST(!client->peek());
    const freshness fresh = client->keep_fresh();
    pass(50ms);
    std::chrono::nanoseconds empty{};
    for (int tick = 0; tick < 60 * 60 * 3; ++tick) { // three minutes at 60 Hz: three rollovers
        pass(16ms);
        if (!client->peek())
            empty += 16ms;
    }
    BOOST_TEST(source->requests() == 3U);
    // Each rollover: the gap of the two deadlines (the exchange's 50 ms) and the exchange, in steps of a tick.
    BOOST_TEST(empty <= 2 * (100ms + 16ms));
    BOOST_TEST(empty > 0ms);
    BOOST_TEST(client->stats().waiters == 0U);
}

BOOST_FIXTURE_TEST_CASE(who_asks_for_it_gets_a_copy_of_its_own_to_peek_at, world)
{
    const auto copies = [] { return this_threads_slots != nullptr ? this_threads_slots->size() : 0U; };
    start();
    client->peek();
    const std::size_t before = copies();
    const freshness fresh = client->keep_fresh();
    BOOST_TEST(copies() == before + 1);
}

BOOST_FIXTURE_TEST_CASE(it_never_asks_early_and_not_at_all_when_released, world)
{
    config.prewarm = false; // whose alarm would be armed, too
    source->grant("a", 60s).grant("b", 60s);
    start();
    freshness fresh = client->keep_fresh();
    pass(60s - 1ns);
    BOOST_TEST(source->requests() == 1U);
    pass(1ns);
    BOOST_TEST(source->requests() == 2U);
    fresh.release();
    fresh.release();
    run();
    BOOST_TEST(!clock->next_alarm().has_value());
    pass(24h);
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(several_handles_count_and_moving_one_does_not, world)
{
    start();
    freshness one = client->keep_fresh();
    freshness two = client->keep_fresh();
    freshness moved = std::move(one);
    one.release(); // NOLINT: moved from, holds nothing
    two = freshness{};
    pass(2h);
    BOOST_TEST(source->requests() == 3U);
    moved = client->keep_fresh(); // the new one counts before the old one goes
    pass(1h);
    BOOST_TEST(source->requests() == 4U);
    moved.release();
    pass(10h);
    BOOST_TEST(source->requests() == 4U);
}

BOOST_FIXTURE_TEST_CASE(failures_are_tried_again_when_the_cool_down_ends, world)
{
    config.random_seed = 1;
    source->fail(errc::server_error).fail(errc::credentials_rejected).grant("at-last", 60s);
    start();
    const freshness fresh = client->keep_fresh();
    run();
    BOOST_TEST(source->requests() == 1U);
    pass(799ms);
    BOOST_TEST(source->requests() == 1U);
    pass(401ms + 1ns); // the cool-down: 1 s, spread by 20 %
    BOOST_TEST(source->requests() == 2U);
    pass(4s);
    BOOST_TEST(source->requests() == 2U);
    pass(1s);
    BOOST_TEST(client->peek().value() == "at-last");
}

BOOST_FIXTURE_TEST_CASE(a_rejected_token_is_replaced_without_a_caller, world)
{
    start();
    const freshness fresh = client->keep_fresh();
    run();
    BOOST_TEST(client->invalidate(client->peek()));
    run();
    BOOST_TEST(client->peek().value() == "token-2");
    BOOST_TEST(client->invalidate(client->peek()));
    pass(10s - 1ns);
    BOOST_TEST(!client->peek());
    pass(1ns);
    BOOST_TEST(client->peek().value() == "token-3");
}

BOOST_FIXTURE_TEST_CASE(new_credentials_are_used_at_once, world)
{
    start();
    const freshness fresh = client->keep_fresh();
    run();
    client->set_credentials(credentials("other", "secret"));
    run();
    BOOST_TEST(source->last_client_id() == "other");
    BOOST_TEST(client->peek().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(the_handle_may_outlive_its_client, world)
{
    start();
    freshness fresh = client->keep_fresh();
    run();
    client.reset();
    pass(2h);
    fresh.release();
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(!clock->next_alarm().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_renewal_may_be_refused_only_if_it_could_not_follow_at_once, world)
{
    start();
    const access_token first = fetch();
    BOOST_TEST(client->invalidate_if_renewable(first));
    const access_token second = fetch();
    BOOST_TEST(!client->invalidate_if_renewable(first)); // not the current one
    BOOST_TEST(!client->invalidate_if_renewable(second));
    BOOST_TEST((client->peek() == second)); // still in use
    pass(10s);
    BOOST_TEST(client->invalidate_if_renewable(second));
    BOOST_TEST(!client->peek());
    BOOST_TEST(fetch().value() == "token-3");
    BOOST_TEST(client->stats().invalidated == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
