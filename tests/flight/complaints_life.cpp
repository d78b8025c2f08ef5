// What users of other token caches complain about, one test per complaint and named after it: failures,
// expiry and clocks.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <faceki/testing/world.hpp>

#include "flight/complaints.hpp"
#include "support/custom_source.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// Its first request after a start or a failed one needs a connection (150 ms more than the exchange), unless it was
/// told to get ready.
class distant_source final : public token_source {
public:
    explicit distant_source(testing::scripted_source& inner) : inner_(inner) {}

    asio::awaitable<grant_result> request_token(grant_request& request) override
    {
        const auto exchange = std::exchange(ready_, false) ? 50ms : 200ms;
        inner_.grant("t", 60s, exchange);
        return inner_.request_token(request);
    }
    asio::awaitable<std::error_code> warm_up(boot_clock::time_point) override
    {
        ready_ = true;
        co_return std::error_code{};
    }

private:
    testing::scripted_source& inner_;
    bool ready_ = false;
};

/// The longest of the waits of callers that come each 10 ms, over four rollovers after the first, cold token's.
boot_clock::duration longest_wait(bool prewarm)
{
    world w;
    w.config.prewarm = prewarm;
    w.start(std::make_shared<distant_source>(*w.source));
    w.fetch();
    w.pass(1s);
    std::vector<std::pair<boot_clock::time_point, answer_ptr>> open;
    boot_clock::duration longest{};
    while (w.source->requests() < 6) {
        const answer_ptr caller = ask(*w.client);
        if (w.source->requests() >= 2)
            open.emplace_back(w.now(), caller);
        w.pass(10ms);
        std::erase_if(open, [&](const auto& waits) {
            if (waits.second->open())
                return false;
            BOOST_TEST(waits.second->served());
            longest = std::max<boot_clock::duration>(longest, w.now() - waits.first);
            return true;
        });
    }
    return longest;
}

} // namespace

BOOST_AUTO_TEST_SUITE(complaints)

BOOST_FIXTURE_TEST_CASE(failed_refresh_displaces_a_live_token, world)
{
    config.lifetime.refresh_ahead = 10s;
    source->grant("first", 60s).fail(errc::server_error, 1s).fail(errc::credentials_rejected, 1s);
    start();
    fetch();
    pass(45s);
    fetch();
    pass(5s); // the successor is asked for
    BOOST_TEST(source->requests() == 2U);
    pass(1s);
    BOOST_TEST(client->stats().failures == 1U);
    BOOST_TEST(fetch().value() == "first");
    pass(2s);
    BOOST_TEST(client->renew_early()); // even the gravest answer takes nothing away
    pass(1s);
    BOOST_TEST(client->stats().failures == 2U);
    BOOST_TEST(fetch().value() == "first");
    pass(6s - 1ns);
    BOOST_TEST(client->peek().value() == "first");
    pass(1ns);
    BOOST_TEST(!client->peek());
}

BOOST_FIXTURE_TEST_CASE(dead_token_is_served, world)
{
    source->grant("first", 60s).fail(errc::connect_failed, 0ms, false).fail(errc::server_error);
    start();
    fetch();
    pass(60s - 1ns);
    BOOST_TEST(client->peek().value() == "first");
    pass(1ns);
    BOOST_TEST(!client->peek());
    for (const errc how : {errc::connect_failed, errc::server_error}) {
        const auto after = ask(*client);
        run();
        BOOST_TEST(after->failed(how));
        BOOST_TEST(!client->peek()); // a failure does not bring it back
        pass(5s);
    }
    BOOST_TEST(fetch().value() == "token-4");
}

BOOST_AUTO_TEST_CASE(one_misclassified_error_stops_refresh)
{
    struct row {
        const char* what;
        std::function<void(testing::scripted_endpoint&)> answer;
        bool rejects = false; ///< the credentials, in so many words
    };
    const row rows[] = {
        {"empty", [](auto& e) { e.reply(200, ""); }},
        {"torn", [](auto& e) { e.reply(200, R"({"data":{"access_tok)"); }},
        {"a page", [](auto& e) { e.reply(200, "<html><body>Bad gateway</body></html>"); }},
        {"nothing in it", [](auto& e) { e.reply(200, "{}"); }},
        {"a page with 502", [](auto& e) { e.reply(502, "<html>"); }},
        {"not found", [](auto& e) { e.fail(404); }},
        {"moved", [](auto& e) { e.fail(302); }},
        {"too many", [](auto& e) { e.fail(429); }},
        {"no HTTP", [](auto& e) { e.raw("SSH-2.0-OpenSSH_9.2\r\n"); }},
        {"half a head", [](auto& e) { e.raw("HTTP/1.1 200 OK\r\nContent-Le"); }},
        {"lost", [](auto& e) { e.lose(); }},
        {"refused", [](auto& e) { e.refuse(); }},
        {"rejected", [](auto& e) { e.fail(401); }, true},
        {"forbidden", [](auto& e) { e.fail(403); }, true},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.what)
        {
            testing::world w;
            w.config.retry.max_attempts = 1;
            r.answer(w.endpoint);
            client c = w.client();
            const auto calls = [&]() -> asio::awaitable<void> {
                const token_result failed = co_await c.try_token();
                BOOST_TEST(!failed);
                BOOST_TEST((failed.error() == condition::auth) == r.rejects);
                BOOST_REQUIRE(failed.diagnostics().retry_at.has_value());
                const auto pause = *failed.diagnostics().retry_at - w.now();
                BOOST_TEST((pause <= (r.rejects ? 5s : 1200ms)));
                co_await w.sleep_for(pause);
                const token_result next = co_await c.try_token();
                BOOST_TEST(bool(next));
            };
            w.spawn(calls);
            w.run_for(1min);
            BOOST_TEST(c.stats().tokens == 1U);
        }
}

BOOST_FIXTURE_TEST_CASE(rejection_repeated_ends_by_itself, world)
{
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

BOOST_AUTO_TEST_CASE(latency_cliff_at_expiry)
{
    // Ready: the 50 ms between the deadlines and the exchange of 50 ms. Not ready: both last 200 ms.
    BOOST_TEST(longest_wait(true) == 100ms);
    BOOST_TEST(longest_wait(false) == 400ms);
}

BOOST_FIXTURE_TEST_CASE(clocks_suspend, world)
{
    start();
    fetch();
    clock->advance(8h); // one step: nothing ran meanwhile
    BOOST_TEST(!client->peek());
    BOOST_TEST(fetch().value() == "token-2");
    BOOST_TEST(source->requests() == 2U); // no burst for what was missed
}

BOOST_AUTO_TEST_CASE(clocks_skew)
{
    // The endpoint's clock is wrong by years, in both directions, and so is ours: what counts is expires_in.
    for (const char* date : {"Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT"})
        for (const auto ours : {-24h * 3650, 24h * 3650}) {
            testing::world w;
            w.clock->jump_wall(ours);
            const std::string body = R"({"data":{"access_token":"skewed","expires_in":60,"expires_at":1}})";
            w.endpoint.raw("HTTP/1.1 200 OK\r\nDate: " + std::string(date) +
                           "\r\nExpires: 0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
            client c = w.client();
            const auto call = [&]() -> asio::awaitable<void> { static_cast<void>(co_await c.try_token()); };
            w.spawn(call);
            w.run_for(50ms);
            BOOST_TEST(c.peek().value() == "skewed");
            w.run_for(60s - 50ms - 1ns);
            BOOST_TEST(c.peek().value() == "skewed");
            w.run_for(1ns);
            BOOST_TEST(!c.peek());
        }
}

BOOST_FIXTURE_TEST_CASE(clocks_wall_time, world)
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

BOOST_AUTO_TEST_SUITE_END()
