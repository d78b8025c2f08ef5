// Pre-warm and early renewal through the real refresher: when its source is asked to get ready, and when to renew.
#include <vector>

#include <asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// Grants an hour each time; remembers when it was told to warm up.
class warm_source final : public token_source {
public:
    explicit warm_source(std::shared_ptr<faceki::clock> time) : time_(std::move(time)) {}

    asio::awaitable<grant_result> request_token(grant_request& request) override
    {
        request.sent();
        ++requests;
        request.received();
        co_return grant_result::granted("token-" + std::to_string(requests), 1h);
    }

    asio::awaitable<std::error_code> warm_up(boot_clock::time_point) override
    {
        warmed.push_back(time_->now() - boot_clock::time_point{1000h});
        if (throws)
            throw std::runtime_error("no network");
        co_return std::error_code{};
    }

    std::size_t requests = 0;
    std::vector<boot_clock::duration> warmed;
    bool throws = false;

private:
    std::shared_ptr<faceki::clock> time_;
};

struct warm_world : world {
    std::shared_ptr<warm_source> warm = std::make_shared<warm_source>(clock);
};

} // namespace

BOOST_AUTO_TEST_SUITE(getting_ready)

BOOST_FIXTURE_TEST_CASE(a_client_in_use_gets_ready_two_seconds_before_the_end_and_asks_at_the_end, warm_world)
{
    start(warm);
    fetch();
    pass(59min + 30s);
    BOOST_TEST(bool(client->peek())); // used in the last minute
    pass(28s - 1ns);
    BOOST_TEST(warm->warmed.empty());
    pass(1ns);
    BOOST_REQUIRE(warm->warmed.size() == 1U);
    BOOST_TEST((warm->warmed[0] == 1h - 2s));
    const auto waits = ask(*client);
    run();
    BOOST_TEST(waits->served()); // the old token still lives
    pass(2s);
    BOOST_TEST(warm->requests == 1U); // nobody wanted the next one
    BOOST_TEST(fetch().value() == "token-2");
    BOOST_TEST(warm->warmed.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_idle_client_opens_nothing_and_asks_nothing_however_long_it_idles, warm_world)
{
    start(warm);
    fetch();
    pass(50min);
    client->peek(); // not in the last minute
    pass(1000h);
    BOOST_TEST(warm->warmed.empty());
    BOOST_TEST(warm->requests == 1U);
    BOOST_TEST(!clock->next_alarm().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_callback_counts_as_use_and_so_does_keeping_fresh, warm_world)
{
    start(warm);
    fetch();
    pass(59min + 10s);
    ask(*client);
    pass(50s);
    BOOST_TEST(warm->warmed.size() == 1U);
    const freshness fresh = client->keep_fresh();
    pass(1h);
    BOOST_TEST(warm->warmed.size() == 2U);
    BOOST_TEST(warm->requests == 3U);
}

BOOST_FIXTURE_TEST_CASE(it_can_be_switched_off_and_may_fail, warm_world)
{
    config.prewarm = false;
    start(warm);
    fetch();
    pass(59min + 30s);
    client->peek();
    pass(1min);
    BOOST_TEST(warm->warmed.empty());
    config.prewarm = true;
    warm->throws = true;
    start(warm);
    fetch();
    pass(59min + 30s);
    client->peek();
    pass(1min);
    BOOST_TEST(warm->warmed.size() == 1U);
    BOOST_TEST(bool(fetch()));
    client->close();
    run();
}

BOOST_FIXTURE_TEST_CASE(closing_while_it_gets_ready_comes_to_rest, world)
{
    class slow final : public token_source {
    public:
        explicit slow(testing::scripted_source& s) : inner_(s) {}
        asio::awaitable<grant_result> request_token(grant_request& request) override
        {
            return inner_.request_token(request);
        }
        asio::awaitable<std::error_code> warm_up(boot_clock::time_point) override
        {
            asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max());
            ++begun;
            co_await never.async_wait(asio::use_awaitable); // ends by cancellation
            co_return std::error_code{};
        }
        int begun = 0;

    private:
        testing::scripted_source& inner_;
    };
    const auto getting_ready = std::make_shared<slow>(*source);
    start(getting_ready);
    fetch();
    pass(59min + 30s);
    client->peek();
    pass(29s);
    BOOST_TEST(getting_ready->begun == 1);
    bool closed = false;
    client->async_close([&](error_code) { closed = true; });
    run();
    BOOST_TEST(closed);
}

BOOST_FIXTURE_TEST_CASE(renewing_early_is_a_call_of_its_own_and_keeps_the_old_token_until_then, world)
{
    source->grant("old", 60s).grant("new", 60s, 1s).fail(errc::credentials_rejected);
    start();
    BOOST_TEST(!client->renew_early()); // there is none
    fetch();
    BOOST_TEST(client->renew_early());
    BOOST_TEST(!client->renew_early());
    run();
    BOOST_TEST(client->peek().value() == "old");
    pass(1s);
    BOOST_TEST(client->peek().value() == "new");
    pass(9s - 1ns);
    BOOST_TEST(!client->renew_early()); // 10 s apart
    pass(1ns);
    BOOST_TEST(client->renew_early());
    run();
    BOOST_TEST(client->stats().failures == 1U);
    BOOST_TEST(client->peek().value() == "new"); // a failure leaves it
    client->close();
    BOOST_TEST(!client->renew_early());
}

BOOST_FIXTURE_TEST_CASE(refresh_ahead_renews_a_token_in_use_before_its_end, world)
{
    config.lifetime.refresh_ahead = 5min;
    source->grant("old", 1h).grant("new", 1h, 1s);
    start();
    fetch();
    pass(54min + 30s);
    client->peek();
    pass(30s);
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->peek().value() == "old");
    pass(1s);
    BOOST_TEST(client->peek().value() == "new");
    pass(2h); // unused from here on
    BOOST_TEST(source->requests() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
