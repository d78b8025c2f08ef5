// Second limits, exact instants, and what is left when the last waiter has gone.
#include <string>
#include <vector>

#include <asio/bind_executor.hpp>
#include <asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(edges)

BOOST_FIXTURE_TEST_CASE(a_budget_of_one_request_a_day_alone, world)
{
    config.budget.hard_per_day = 1;
    source->grant("a", 1s).grant("b", 1s);
    start();
    BOOST_TEST(fetch().value() == "a");
    pass(1s);
    const auto second = ask(*client);
    run();
    BOOST_TEST(second->failed(errc::budget_exhausted));
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(closing_without_waiters_closes_the_source, world)
{
    start();
    run();
    client->close();
    run();
    BOOST_TEST(source->closed());
    BOOST_TEST(!clock->next_alarm().has_value());
}

BOOST_FIXTURE_TEST_CASE(whose_limit_is_the_flights_deadline_left_by_none_of_its_own, world)
{
    std::vector<std::string> lines;
    config.log = [&](log_level, std::string_view text) { lines.emplace_back(text); };
    config.log_level = log_level::trace;
    source->hold();
    start();
    const auto a = std::make_shared<answer>();
    client->async_token(within(30s), note(a));
    pass(30s);
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(client->stats().timed_out == 0U);
    for (const std::string& line : lines)
        BOOST_TEST(line.find("limit of their own") == std::string::npos, line);
    client.reset();
}

BOOST_FIXTURE_TEST_CASE(a_context_ends_when_its_last_waiter_has_left_by_a_limit_of_its_own, world)
{
    source->hold();
    start();
    asio::io_context theirs;
    const auto a = std::make_shared<answer>();
    client->async_token(within(1s), asio::bind_executor(theirs, note(a)));
    run();
    theirs.poll();
    BOOST_TEST(!theirs.stopped()); // somebody waits
    pass(1s);
    theirs.restart();
    theirs.poll();
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(theirs.stopped());
}

BOOST_AUTO_TEST_SUITE_END()
