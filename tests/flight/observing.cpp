// The observer: each event once, with its numbers; one that throws harms nobody.
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

class recorder final : public observer {
public:
    void on_flight_started(const flight_started& e) override
    {
        started.push_back(e);
        misbehave();
    }
    void on_flight_finished(const flight_finished& e) override
    {
        finished.push_back({e.flight, e.cause, e.error, e.took, e.lifetime, e.attempts, e.requests_sent, e.waiters,
                            e.cool_down, e.details.message});
        misbehave();
    }
    void on_retry(std::uint64_t, std::error_code, const diagnostics& details, std::chrono::nanoseconds) override
    {
        retries.push_back(details.attempt);
        misbehave();
    }
    void on_token_rejected() override
    {
        ++rejected;
        misbehave();
    }
    void on_budget(const budget_event& e) override
    {
        budget.push_back(e);
        misbehave();
    }
    void on_prewarmed(std::error_code error) override
    {
        prewarmed.push_back(error);
        misbehave();
    }

    struct end {
        std::uint64_t flight;
        flight_cause cause;
        std::error_code error;
        std::chrono::nanoseconds took, lifetime;
        int attempts, requests_sent;
        std::size_t waiters;
        std::chrono::nanoseconds cool_down;
        std::string message;
    };

    std::vector<flight_started> started;
    std::vector<end> finished;
    std::vector<int> retries;
    std::size_t rejected = 0;
    std::vector<budget_event> budget;
    std::vector<std::error_code> prewarmed;
    bool throws = false;

private:
    void misbehave() const
    {
        if (throws)
            throw std::runtime_error("the metrics server is down");
    }
};

struct observed_world : world {
    observed_world()
    {
        config.observer = seen;
        config.random_seed = 1;
        config.retry = {};
    }
    std::shared_ptr<recorder> seen = std::make_shared<recorder>();
};

} // namespace

BOOST_AUTO_TEST_SUITE(observing)

BOOST_FIXTURE_TEST_CASE(flights_are_told_with_cause_duration_attempts_and_waiters, observed_world)
{
    source->fail(errc::server_error, 10ms).grant("a", 60s, 30ms).grant("b", 60s, 50ms).grant("c", 60s);
    start();
    ask(*client);
    ask(*client);
    pass(5s);
    BOOST_REQUIRE(seen->started.size() == 1U);
    BOOST_TEST(seen->started[0].flight == 1U);
    BOOST_TEST((seen->started[0].cause == flight_cause::cold));
    BOOST_TEST(seen->started[0].waiting == 2U);
    BOOST_REQUIRE(seen->finished.size() == 1U);
    const auto& first = seen->finished[0];
    BOOST_TEST(!first.error);
    BOOST_TEST(first.attempts == 2);
    BOOST_TEST(first.requests_sent == 2);
    BOOST_TEST(first.waiters == 2U);
    BOOST_TEST((first.lifetime == 60s));
    BOOST_TEST((first.took >= 40ms && first.took < 1040ms));
    BOOST_TEST((first.cool_down == 0s));
    BOOST_TEST(seen->retries == std::vector<int>{1}, boost::test_tools::per_element());

    pass(60s);
    ask(*client);
    pass(50ms);
    client->invalidate(client->peek());
    ask(*client);
    run();
    client->set_credentials(credentials("other", "one"));
    ask(*client);
    run();
    BOOST_REQUIRE(seen->finished.size() == 4U);
    BOOST_TEST((seen->finished[1].cause == flight_cause::expired));
    BOOST_TEST((seen->finished[2].cause == flight_cause::rejected));
    BOOST_TEST((seen->finished[3].cause == flight_cause::cold)); // nobody waited when they came
    BOOST_TEST(seen->rejected == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_failed_flight_tells_its_cool_down, observed_world)
{
    source->fail(errc::credentials_rejected);
    start();
    ask(*client);
    run();
    BOOST_REQUIRE(seen->finished.size() == 1U);
    BOOST_TEST((seen->finished[0].error == errc::credentials_rejected));
    BOOST_TEST((seen->finished[0].cool_down == 5s));
    BOOST_TEST(seen->finished[0].message == "scripted failure");
    BOOST_TEST((seen->finished[0].lifetime == 0s));
}

BOOST_FIXTURE_TEST_CASE(one_that_throws_harms_nobody, observed_world)
{
    seen->throws = true;
    config.budget.soft_per_hour = 1;
    source->fail(errc::server_error).grant("a", 60s);
    start();
    const auto a = ask(*client);
    pass(5s);
    BOOST_TEST(a->served());
    client->invalidate(client->peek());
    const auto b = ask(*client);
    pass(50s);
    BOOST_TEST(b->served());
    BOOST_TEST(seen->finished.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(soft_limits_are_told_and_hard_ones_refuse_with_an_error_of_their_own, observed_world)
{
    config.budget.soft_per_hour = 1;
    config.budget.hard_per_hour = 3;
    for (int n = 0; n < 4; ++n)
        source->grant("t", 60s);
    start();
    for (int n = 0; n < 3; ++n) {
        BOOST_TEST(fetch().value() == "t");
        pass(60s);
    }
    BOOST_TEST(client->stats().requests_last_hour == 3U);
    BOOST_REQUIRE(!seen->budget.empty());
    BOOST_TEST(!seen->budget.front().exhausted);
    BOOST_TEST(seen->budget.back().exhausted);
    const auto refused = ask_details(*client);
    run();
    BOOST_TEST(refused->failed(errc::budget_exhausted));
    BOOST_TEST(refused->details.requests_sent == 0);
    BOOST_REQUIRE(refused->details.retry_at.has_value());
    const auto wait = *refused->details.retry_at - now();
    BOOST_TEST((wait > 50min && wait <= 61min));
    pass(wait - 1ns);
    const auto still = ask(*client);
    run();
    BOOST_TEST(still->failed(errc::budget_exhausted));
    pass(1ns);
    BOOST_TEST(fetch().value() == "t");
    BOOST_TEST(source->requests() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_hard_limit_ends_the_attempts_of_a_flight, observed_world)
{
    config.budget.hard_per_day = 2;
    source->fail(errc::server_error).fail(errc::server_error).grant("t", 60s);
    start();
    const auto a = ask_details(*client);
    pass(10s);
    BOOST_TEST(a->failed(errc::server_error));
    BOOST_TEST(a->details.requests_sent == 2);
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(waiters_that_new_credentials_find_without_a_budget_are_told_so, observed_world)
{
    config.budget.hard_per_hour = 1;
    source->hold().grant("t", 60s);
    start();
    const auto a = ask(*client);
    run();
    client->set_credentials(credentials("other", "one"));
    run();
    BOOST_TEST(a->failed(errc::budget_exhausted));
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_FIXTURE_TEST_CASE(keeping_fresh_waits_for_the_budget, observed_world)
{
    config.budget.hard_per_hour = 1;
    source->grant("a", 60s).grant("b", 60s);
    start();
    const freshness fresh = client->keep_fresh();
    pass(58min);
    BOOST_TEST(source->requests() == 1U);
    pass(4min);
    BOOST_TEST(source->requests() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
