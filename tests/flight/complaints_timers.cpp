// What other C++ libraries got wrong with timers, clocks and sources that never suspend, one test per mistake and named
// after it.
#include <memory>
#include <optional>
#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "flight/complaints.hpp"
#include "support/custom_source.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// Time that passes with each look at it: whoever looks twice in one decision sees two times.
class restless_clock final : public faceki::clock {
public:
    explicit restless_clock(boot_clock::duration step) : step_(step) {}

    boot_clock::time_point now() const noexcept override
    {
        ++looks;
        inner_->advance(step_);
        return inner_->now();
    }
    std::chrono::system_clock::time_point wall_now() const noexcept override { return inner_->wall_now(); }
    std::unique_ptr<faceki::alarm> make_alarm(asio::any_io_executor executor) override
    {
        return inner_->make_alarm(executor);
    }

    boot_clock::time_point without_looking() const { return inner_->now(); }
    void advance(boot_clock::duration by) { inner_->advance(by); }

    mutable std::size_t looks = 0;

private:
    const boot_clock::duration step_;
    const std::shared_ptr<testing::manual_clock> inner_ = std::make_shared<testing::manual_clock>();
};

} // namespace

BOOST_AUTO_TEST_SUITE(complaints)

BOOST_FIXTURE_TEST_CASE(timers_rearmed_only_on_success, world)
{
    // Failures of every kind in a row, and nobody calls: what has to happen next is armed after each of them.
    config.lifetime.safety_margin = 1s;
    source->fail(errc::server_error)
        .throw_exception()
        .fail(errc::credentials_rejected)
        .hold()
        .hold_stubbornly()
        .grant("dead", 0ms)
        .fail(errc::malformed_token)
        .grant("alive", 60s)
        .fail(errc::connect_failed, 0ms, false)
        .grant("alive-again", 60s);
    start();
    const freshness fresh = client->keep_fresh();
    run();
    for (std::size_t failures = 1; failures <= 7; ++failures) {
        BOOST_REQUIRE(clock->next_alarm().has_value());
        for (int alarms = 0; client->stats().failures < failures && alarms < 10; ++alarms) {
            BOOST_REQUIRE(clock->next_alarm().has_value());
            clock->advance_to_next_alarm();
            run();
        }
        BOOST_REQUIRE(client->stats().failures == failures);
    }
    pass(5min);
    BOOST_TEST(client->peek().value() == "token-11"); // past "alive" and "alive-again", by itself
    BOOST_TEST(client->stats().failures == 8U);
    source->release(); // the stubborn one
    run();
}

BOOST_FIXTURE_TEST_CASE(timers_of_limits_after_a_failed_flight, world)
{
    source->fail(errc::server_error).hold();
    start();
    ask(*client);
    run();
    pass(2s);
    const auto limited = std::make_shared<answer>();
    client->async_token(within(3s), note(limited));
    const auto second = ask(*client);
    pass(3s);
    BOOST_TEST(limited->failed(errc::timed_out));
    pass(27s);
    BOOST_TEST(second->failed(errc::timed_out));
}

BOOST_FIXTURE_TEST_CASE(two_clock_reads_disagree, world)
{
    const auto restless = std::make_shared<restless_clock>(1ms);
    config.clock = restless;
    config.lifetime.safety_margin = 7ms;
    std::optional<boot_clock::time_point> not_before;
    std::size_t early = 0;
    const auto grants = std::make_shared<custom_source>([&](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        early += not_before && restless->without_looking() < *not_before ? 1U : 0U;
        request.received();
        not_before = restless->without_looking() + 40ms;
        co_return grant_result::granted("t", 40ms);
    });
    start(grants);
    std::size_t dead = 0;
    std::size_t served = 0;
    std::size_t peeked = 0;
    std::size_t looked_twice = 0;
    /// What a call from outside decides, it decides by one look.
    const auto once = [&](auto&& call) {
        const std::size_t before = restless->looks;
        auto result = call();
        looked_twice += restless->looks > before + 1 ? 1U : 0U;
        return result;
    };
    for (int n = 0; n < 5000; ++n) {
        if (const access_token t = once([&] { return client->peek(); })) {
            ++peeked;
            dead += restless->without_looking() >= t.use_until() ? 1U : 0U;
        }
        const auto a = once([&] { return ask(*client); });
        const auto decided_at = restless->without_looking();
        const bool hit = client->stats().waiting == 0; // its outcome is fixed
        run();
        for (int step = 0; a->open() && step < 100; ++step) {
            restless->advance(1ms);
            run();
        }
        BOOST_REQUIRE((a->served() || a->failed(errc::rate_limited))); // after invalidate(), until the token's own end
        if (!a->served())
            continue;
        ++served;
        dead += hit && decided_at >= a->token.use_until() ? 1U : 0U;
        // These two may bring the next request forward.
        if (n % 100 == 99 && once([&] { return client->invalidate(a->token); }))
            not_before.reset();
        if (n % 100 == 49 && once([&] { return client->renew_early(); }))
            not_before.reset();
    }
    BOOST_TEST(looked_twice == 0U);
    BOOST_TEST(dead == 0U);
    BOOST_TEST(early == 0U);
    BOOST_TEST(served > 4000U);
    BOOST_TEST(peeked > 1000U);
    BOOST_TEST(grants->requests > 100U);
}

BOOST_AUTO_TEST_CASE(synchronous_source_failure)
{
    // Without one suspension, by a result and by what is thrown, before there is a coroutine and in it.
    class hasty final : public token_source {
    public:
        asio::awaitable<grant_result> request_token(grant_request&) override
        {
            switch (++requests % 3) {
            case 0:
                throw std::system_error(errc::connect_failed); // no coroutine was made
            case 1:
                return fails();
            default:
                return throws();
            }
        }
        asio::awaitable<std::error_code> warm_up(boot_clock::time_point) override { throw std::runtime_error("no"); }
        std::size_t requests = 0;

    private:
        static asio::awaitable<grant_result> fails() { co_return grant_result::failed(errc::connect_failed, {}); }
        static asio::awaitable<grant_result> throws()
        {
            throw std::system_error(errc::connect_failed);
            co_return grant_result::failed(errc::connect_failed, {});
        }
    };
    world w;
    const auto source = std::make_shared<hasty>();
    w.start(source);
    for (std::size_t n = 1; n <= 21; ++n) {
        const auto answers = herd(*w.client, 3);
        w.run();
        BOOST_TEST(count(answers, failed_with(errc::connect_failed)) == 3U);
        BOOST_TEST(source->requests == n);
        w.pass(3min);
    }
    BOOST_TEST(w.client->stats().waiting == 0U);
    BOOST_TEST(w.client->stats().failures == 21U);
}

BOOST_AUTO_TEST_SUITE_END()
