// The races that other C++ libraries shipped, one test per race and named after it. Handlers run in every order a seed
// gives; where threads matter there are threads.
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/testing/world.hpp>

#include "flight/complaints.hpp"
#include "support/custom_source.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// A seeded world in which everybody takes a random number of turns before he acts: all within one instant.
struct shuffled {
    explicit shuffled(std::uint64_t seed) : random(seed), w(seed) { w.endpoint.set_latency(0ms); }

    asio::awaitable<void> turns(int at_most)
    {
        for (auto left = static_cast<int>(random() % static_cast<unsigned>(at_most + 1)); left > 0; --left)
            co_await w.sleep_for(0s);
    }

    std::mt19937_64 random;
    testing::world w;
};

} // namespace

BOOST_AUTO_TEST_SUITE(complaints)

BOOST_AUTO_TEST_CASE(wakeup_lost_between_check_and_suspend)
{
    // The answer comes at any turn between a caller's look at the token and his wait.
    std::size_t waited = 0;
    std::size_t hits = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        shuffled s(seed);
        if (seed % 3 == 0)
            s.w.endpoint.hold();
        client c = s.w.client();
        std::size_t served = 0;
        std::size_t called = 0;
        const auto coroutine = [&]() -> asio::awaitable<void> {
            co_await s.turns(12);
            const token_result r = co_await c.try_token();
            ++(r.waited() ? waited : hits);
            served += r ? 1U : 0U;
        };
        const auto callback = [&]() -> asio::awaitable<void> {
            co_await s.turns(12);
            c.async_token([&](error_code error, access_token) { called += error ? 0U : 1U; });
        };
        const auto lets_go = [&]() -> asio::awaitable<void> {
            while (s.w.endpoint.in_flight() == 0 && c.stats().tokens == 0)
                co_await s.w.sleep_for(0s);
            co_await s.turns(6);
            s.w.endpoint.release();
        };
        for (int n = 0; n < 6; ++n) {
            s.w.spawn(coroutine);
            s.w.spawn(callback);
        }
        s.w.spawn(lets_go);
        s.w.run(); // time stands still: nothing but the wake-up itself wakes anybody
        BOOST_REQUIRE(served == 6U);
        BOOST_REQUIRE(called == 6U);
        BOOST_REQUIRE(s.w.endpoint.requests() == 1U);
    }
    BOOST_TEST(waited > 100U); // both sides of the race were seen
    BOOST_TEST(hits > 100U);
}

BOOST_FIXTURE_TEST_CASE(wakeup_lost_while_it_does_what_the_last_one_asked, world)
{
    // Who comes in the middle of it, here from the observer's call, brings an instant nobody has armed an alarm for.
    struct busybody final : observer {
        void on_flight_started(const flight_started&) override { client->async_token(within(5ms), note(got)); }
        refresher* client = nullptr;
        answer_ptr got = std::make_shared<answer>();
    };
    const auto comes_between = std::make_shared<busybody>();
    config.observer = comes_between;
    source->hold();
    comes_between->client = &start();
    const auto first = ask(*client);
    run();
    BOOST_TEST(comes_between->got->open());
    pass(5ms);
    BOOST_TEST(comes_between->got->failed(errc::timed_out));
    source->release();
    run();
    BOOST_TEST(first->served());
}

BOOST_AUTO_TEST_CASE(shutdown_racing_acquire)
{
    std::size_t served = 0;
    std::size_t aborted = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        shuffled s(seed);
        if (seed % 2 == 0)
            s.w.endpoint.hold();
        client c = s.w.client();
        std::size_t ended = 0;
        bool closed = false;
        bool at_rest = false;
        std::size_t after_rest = 0; ///< handlers of calls made before close() that ran when all had come to rest
        const auto acquires = [&]() -> asio::awaitable<void> {
            co_await s.turns(8);
            c.async_token([&, before = !closed](error_code error, access_token token) {
                ++ended;
                after_rest += before && at_rest ? 1U : 0U;
                ++(error ? aborted : served);
                BOOST_REQUIRE((error ? error == asio::error::operation_aborted : bool(token)));
            });
        };
        const auto shuts_down = [&]() -> asio::awaitable<void> {
            co_await s.turns(8);
            c.close();
            closed = true;
            co_await s.turns(2);
            co_await c.async_close();
            at_rest = true;
        };
        for (int n = 0; n < 10; ++n)
            s.w.spawn(acquires);
        s.w.spawn(shuts_down);
        s.w.run();
        BOOST_REQUIRE(ended == 10U);
        BOOST_REQUIRE(at_rest);
        BOOST_REQUIRE(after_rest == 0U);
        BOOST_REQUIRE(s.w.endpoint.in_flight() == 0U);
        BOOST_REQUIRE(c.stats().waiting == 0U);
    }
    BOOST_TEST(served > 100U);
    BOOST_TEST(aborted > 100U);
}

BOOST_FIXTURE_TEST_CASE(destroyed_call_still_linked, world)
{
    source->hold();
    start();
    asio::cancellation_signal signal;
    {
        asio::io_context gone;
        for (int n = 0; n < 10; ++n) {
            ask_on(*client, gone);
            ask_details_on(*client, gone);
        }
        client->async_token(within(1s), asio::bind_executor(gone, [](error_code, access_token) {}));
        client->async_token(asio::bind_cancellation_slot(
            signal.slot(), asio::bind_executor(gone, [](error_code, access_token) { BOOST_ERROR("called"); })));
        gone.poll();
        const auto never_awaited = client->token(); // nor started
        run();
        BOOST_TEST(client->stats().waiting == 22U);
    }
    BOOST_TEST(client->stats().waiting == 0U);
    const auto stays = ask(*client);
    signal.emit(asio::cancellation_type::terminal); // to nobody
    pass(1s);                                       // the limit of nobody
    source->release();
    run();
    BOOST_TEST(stays->served());
    BOOST_TEST(client->stats().dropped == 22U);
    BOOST_TEST(client->stats().served == 1U);
}

BOOST_AUTO_TEST_CASE(credentials_cleared_outside_the_lock)
{
    // Each pair is changed while requests are signed with it: none may be empty, torn or another than it began with.
    asio::io_context io;
    const auto work = asio::make_work_guard(io);
    std::atomic<std::size_t> requests{0};
    std::atomic<int> latest = 0;
    std::atomic<std::size_t> outdated = 0;
    std::atomic<std::size_t> looks{0};
    std::atomic<std::size_t> bad{0};
    const auto source = std::make_shared<custom_source>([&](grant_request& request) -> asio::awaitable<grant_result> {
        ++requests;
        const std::string id(request.credentials().client_id());
        const std::string secret(request.credentials().client_secret());
        const auto look = [&] {
            ++looks;
            outdated += id == std::to_string(latest) ? 0 : 1;
            if (id.empty() || secret != id + "'s secret" || request.credentials().client_id() != id ||
                request.credentials().client_secret() != secret)
                ++bad;
        };
        co_await asio::this_coro::throw_if_cancelled(false); // it goes on while others change them
        look();
        const auto executor = co_await asio::this_coro::executor;
        for (int turn = 0; turn < 3; ++turn) {
            co_await asio::post(executor, asio::use_awaitable);
            look();
        }
        co_return grant_result::granted("token-of-" + id, 1h);
    });
    refresher_config config;
    config.credentials = credentials("0", "0's secret");
    auto client = std::make_unique<refresher>(io.get_executor(), config, source);
    auto fresh = client->keep_fresh();
    std::thread runs([&] { io.run(); });
    std::vector<std::thread> rotate;
    for (int t = 1; t <= 2; ++t)
        rotate.emplace_back([&, t] {
            for (int n = 1; n <= 1000 || (outdated == 0 && n <= 1000000); ++n) { // until it did meet a request
                const std::string id = std::to_string(n * 2 + t);
                const std::size_t before = requests;
                latest = n * 2 + t;
                client->set_credentials(credentials(id, id + "'s secret"));
                while (n % 4 == 0 && requests == before) // what is kept fresh asks again
                    std::this_thread::yield();
            }
        });
    for (std::thread& t : rotate)
        t.join();
    fresh.release();
    client->close();
    client.reset();
    asio::post(io, [&] { io.stop(); });
    runs.join();
    BOOST_TEST(bad == 0U);
    BOOST_TEST(looks > requests * 3); // the last one may be cut off
    BOOST_TEST(outdated > 0U);
    BOOST_TEST(requests >= 100U);
}

BOOST_AUTO_TEST_SUITE_END()
