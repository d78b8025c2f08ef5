// A game loop at 60 Hz whose client has its own thread: it only peeks, over three rollovers, and what a tick pays.
#include <algorithm>
#include <iostream>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"

using namespace std::chrono_literals;
using faceki::boot_clock;

namespace {

/// A time without a token, as the loop saw it.
struct dry_spell {
    boot_clock::time_point old_end; ///< use_until of the token before it
    boot_clock::time_point first;   ///< the first tick that found none
    boot_clock::time_point refilled;
};

struct loop_result {
    std::vector<dry_spell> dry;
    std::vector<std::chrono::nanoseconds> library; ///< per tick
    std::size_t dead = 0;                          ///< ticks that were handed a token past its end
};

loop_result play(faceki::client& client, std::size_t rollovers)
{
    loop_result result;
    faceki::access_token last;
    std::size_t tokens = 0;
    auto next_tick = std::chrono::steady_clock::now();
    const auto give_up = next_tick + 60s;
    while (tokens <= rollovers && next_tick < give_up) {
        const auto before = boot_clock::now();
        faceki::access_token token = client.peek();
        const auto after = boot_clock::now();
        result.library.push_back(after - before);
        if (!token) {
            if (last && (result.dry.empty() || result.dry.back().refilled != boot_clock::time_point{}))
                result.dry.push_back({last.use_until(), before, {}});
        } else {
            result.dead += token.use_until() <= before ? 1U : 0U;
            if (!result.dry.empty() && result.dry.back().refilled == boot_clock::time_point{})
                result.dry.back().refilled = after;
            if (!(token == last))
                ++tokens;
            last = std::move(token);
        }
        next_tick += 16'667us;
        std::this_thread::sleep_until(next_tick);
    }
    return result;
}

std::string in_ms(std::chrono::nanoseconds t)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(t).count()) + " ms";
}

} // namespace

BOOST_AUTO_TEST_SUITE(game_loop)

BOOST_AUTO_TEST_CASE(a_loop_that_only_peeks_has_a_token_over_three_rollovers_but_for_the_rollover_itself)
{
    constexpr auto lifetime = 1500ms;
    constexpr auto latency = 50ms;
    constexpr auto tick = 16'667us;
    // What the exchange may take beyond the endpoint's latency, and a tick may come late, on a machine that is busy.
    constexpr auto slack = 400ms;
    faceki::testing::mock_options options;
    options.lifetime = lifetime;
    options.latency = latency;
    faceki::testing::mock_endpoint endpoint(options);
    faceki::client client(faceki::own_thread, faceki_test::config_for(endpoint));
    const faceki::freshness fresh = client.keep_fresh();

    loop_result seen = play(client, 3);
    const std::size_t requests = endpoint.requests();

    BOOST_TEST(requests == 4U);
    BOOST_TEST(endpoint.early() == 0U);
    BOOST_TEST(seen.dead == 0U);
    BOOST_TEST(seen.dry.size() <= 3U); // once per rollover; none if a rollover fell between two ticks
    for (const dry_spell& gap : seen.dry) {
        BOOST_TEST((gap.first >= gap.old_end)); // never empty while the token lives
        // From its end: the gap of the two deadlines (the exchange it came by) and one exchange, up to the next tick.
        BOOST_TEST((gap.refilled - gap.old_end < 2 * latency + tick + slack));
        std::cout << "rollover: no token for " << in_ms(gap.refilled - gap.old_end) << '\n';
    }
    BOOST_TEST(client.stats().waiters == 0U); // nobody ever called token()

    std::sort(seen.library.begin(), seen.library.end());
    std::cout << seen.library.size() << " ticks of 16.7 ms; in the library per tick: p50 "
              << seen.library[seen.library.size() / 2].count() << " ns, p99 "
              << seen.library[seen.library.size() * 99 / 100].count() << " ns, max " << seen.library.back().count()
              << " ns\n";
}

BOOST_AUTO_TEST_SUITE_END()
