// What users of other token caches complain about, one test per complaint and named after it: tokens that are renewed
// too often, or for ever.
#include <chrono>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

#include "flight/complaints.hpp"
#include "support/custom_source.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// An endpoint that gives the token it gave before, with what is left of its life, until less than `window` is left.
struct reissuing_world : world {
    boot_clock::duration window{};
    boot_clock::time_point ends{};
    int tokens = 0;

    std::shared_ptr<custom_source> reissuing = std::make_shared<custom_source>(
        [this](grant_request& request) -> asio::awaitable<grant_result> { co_return answer_to(request); });

    grant_result answer_to(grant_request& request)
    {
        request.sent();
        if (ends - now() <= window) {
            ends = now() + 1h;
            ++tokens;
        }
        request.received();
        return grant_result::granted("token-" + std::to_string(tokens),
                                     std::chrono::floor<std::chrono::milliseconds>(ends - now()));
    }

    /// A call each second. How many requests there were.
    std::size_t live(std::chrono::seconds span)
    {
        start(reissuing);
        for (const auto end = now() + span; now() < end; pass(1s)) {
            const answer_ptr a = ask(*client);
            run();
            BOOST_TEST((a->served() || a->open()));
        }
        return reissuing->requests;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(complaints)

BOOST_FIXTURE_TEST_CASE(fixed_lead_on_a_short_token, world)
{
    // A lead of ten minutes on tokens of one: at most a quarter of their life, so 45 s each.
    config.lifetime.refresh_ahead = 10min;
    for (int n = 0; n < 100; ++n)
        source->grant("short", 60s);
    start();
    for (int second = 0; second < 3600; ++second) {
        BOOST_TEST(fetch().value() == "short");
        pass(1s);
    }
    BOOST_TEST(source->requests() == 1 + 3600U / 45U);
}

BOOST_FIXTURE_TEST_CASE(short_token_without_a_lead_is_one_request_for_its_life, world)
{
    source->grant("short", 2s);
    start();
    for (int n = 0; n < 100; ++n) {
        BOOST_TEST(fetch().value() == "short");
        pass(19ms);
    }
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(margin_longer_than_the_reissue_window, reissuing_world)
{
    // Dead for us 400 s before its end, given again until 300 s before it: nobody asks before it has ended.
    window = 300s;
    config.lifetime.safety_margin = 400s;
    BOOST_TEST(live(5h - 1s) == 5U);
    BOOST_TEST(tokens == 5);
}

BOOST_FIXTURE_TEST_CASE(lead_longer_than_the_reissue_window, reissuing_world)
{
    // 900 s ahead the old one comes again, with 900 s left; a quarter of these ahead a new one comes: 3375 s a cycle.
    window = 300s;
    config.lifetime.refresh_ahead = 15min;
    BOOST_TEST(live(5h - 1s) == 6U + 5U);
    BOOST_TEST(tokens == 6);
}

BOOST_FIXTURE_TEST_CASE(token_reissued_to_its_very_end, reissuing_world)
{
    // Each time three quarters of what is left pass: the row of requests ends soon, token by token.
    config.lifetime.refresh_ahead = 15min;
    const std::size_t requests = live(5h - 1s);
    BOOST_TEST(tokens == 5);
    BOOST_TEST(requests > 10U);
    BOOST_TEST(requests <= 5U * 8U);
}

BOOST_FIXTURE_TEST_CASE(lifetime_of_nothing_loops, world)
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

BOOST_FIXTURE_TEST_CASE(margin_longer_than_every_lifetime, world)
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
    BOOST_TEST(source->requests() >= 8U); // nor is it given up
}

BOOST_AUTO_TEST_SUITE_END()
