// Attempts that were planned and did not come, and a token that stays because none may follow it.
#include <boost/test/unit_test.hpp>

#include <faceki/observer.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct last_flight final : observer {
    void on_flight_finished(const flight_finished& f) override
    {
        ++ended;
        attempts = f.attempts;
        attempt_in_details = f.details.attempt;
        requests = f.requests_sent;
    }

    int ended = 0, attempts = 0, attempt_in_details = 0, requests = 0;
};

struct watched : world {
    watched()
    {
        config.observer = seen;
        config.retry.max_attempts = 3;
    }

    std::shared_ptr<last_flight> seen = std::make_shared<last_flight>();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(attempts_counted, watched)

BOOST_AUTO_TEST_CASE(a_retry_that_the_budget_forbids_is_no_attempt)
{
    config.budget.hard_per_hour = 1;
    source->fail(errc::server_error);
    start();
    ask(*client);
    pass(10s);
    BOOST_TEST(seen->ended == 1);
    BOOST_TEST(seen->attempts == 1);
    BOOST_TEST(seen->attempt_in_details == 1);
    BOOST_TEST(seen->requests == 1);
    BOOST_TEST(client->stats().retries == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_its_flights_deadline_overtook_is_none_either)
{
    source->fail(errc::connect_failed, 0ms, false).grant("late", 10s);
    start();
    const answer_ptr a = ask(*client);
    run();
    clock->advance(60s); // a suspend in the pause
    run();
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(seen->ended == 1);
    BOOST_TEST(seen->attempts == 1);
    BOOST_TEST(seen->attempt_in_details == 1);
    BOOST_TEST(source->requests() == 1U);
}

BOOST_AUTO_TEST_CASE(none_starts_behind_the_deadline_whoever_wakes_the_client_first)
{
    source->fail(errc::connect_failed, 0ms, false).hold();
    start();
    const answer_ptr a = ask(*client);
    run();
    const auto fresh = client->keep_fresh(); // its turn comes before the alarm's
    clock->advance(60s);
    run();
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(seen->ended == 1);
    BOOST_TEST(source->requests() == 1U);
}

BOOST_AUTO_TEST_CASE(a_flight_whose_executor_was_busy_until_its_deadline_requests_nothing)
{
    source->grant("next", 1h);
    start();
    const answer_ptr a = ask(*client);
    clock->advance(30s); // the client's executor had no turn meanwhile
    run();
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(seen->ended == 1);
    BOOST_TEST(seen->attempts == 0);
    BOOST_TEST(source->requests() == 0U);
    BOOST_TEST(client->stats().flights == 1U);
    BOOST_TEST(client->stats().failures == 1U);
    pass(10s); // the cool-down
    BOOST_TEST(fetch().value() == "next");
}

BOOST_AUTO_TEST_CASE(a_rejected_token_stays_while_the_budget_permits_no_other)
{
    config.budget.hard_per_hour = 1;
    source->grant("only", 2h);
    start();
    const access_token only = fetch();
    BOOST_TEST(!client->invalidate_if_renewable(only));
    BOOST_TEST(client->peek() == only);
    pass(62min);
    BOOST_TEST(client->invalidate_if_renewable(only));
    BOOST_TEST(!client->peek());
}

BOOST_AUTO_TEST_SUITE_END()
