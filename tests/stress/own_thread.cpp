// A client that brings its own thread: where things run, and that its end joins the thread whoever ends it.
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include <asio/steady_timer.hpp>
#include <asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/testing/scripted_source.hpp>

#include "support/crowd.hpp"
#include "support/jittery_source.hpp"

using namespace faceki;
using namespace faceki::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(own_threads)

BOOST_AUTO_TEST_CASE(a_client_with_its_own_thread_serves_whoever_asks)
{
    const auto source = std::make_shared<testing::scripted_source>();
    refresher client(own_thread, make_config(), source);
    std::promise<std::thread::id> ran_on;
    client.async_token([&](error_code error, access_token token) {
        BOOST_TEST(!error);
        BOOST_TEST(bool(token));
        ran_on.set_value(std::this_thread::get_id());
    });
    BOOST_TEST((ran_on.get_future().get() != std::this_thread::get_id()));
    BOOST_TEST(client.async_token(asio::use_future).get().value() == "token-1");
    asio::io_context mine;
    std::thread::id bound;
    client.async_token(
        asio::bind_executor(mine, [&](error_code, access_token) { bound = std::this_thread::get_id(); }));
    while (bound == std::thread::id{})
        mine.run_one_for(10s);
    BOOST_TEST((bound == std::this_thread::get_id()));
    client.async_close(asio::use_future).get();
    BOOST_TEST(source->closed());
}

BOOST_AUTO_TEST_CASE(its_end_completes_every_waiter_and_leaves_no_thread)
{
    for (int round = 0; round < 200; ++round) {
        const auto source = std::make_shared<testing::scripted_source>();
        source->hold();
        crowd waiters;
        {
            refresher client(own_thread, make_config(), source);
            for (int n = 0; n < 100; ++n)
                client.async_token(counting_handler(waiters.add().end));
            const auto fresh = client.keep_fresh();
        }
        BOOST_REQUIRE(waiters.called() == 100U); // the thread is joined: nothing comes later
    }
}

BOOST_AUTO_TEST_CASE(it_may_be_destroyed_by_one_of_its_own_handlers)
{
    for (int round = 0; round < 200; ++round) {
        const auto source = std::make_shared<testing::scripted_source>();
        auto client = std::make_unique<refresher>(own_thread, make_config(), source);
        std::promise<void> destroyed;
        std::promise<void> second;
        refresher* const raw = client.get();
        raw->async_token([&, c = std::move(client)](error_code, access_token) mutable {
            c->async_token([&](error_code error, access_token) {
                BOOST_TEST((!error || error == asio::error::operation_aborted));
                second.set_value(); // runs although the client is gone: the thread ends when it has
            });
            c.reset();
            destroyed.set_value();
        });
        destroyed.get_future().get();
        second.get_future().get();
    }
}

BOOST_AUTO_TEST_CASE(work_somebody_left_on_its_executor_does_not_hold_up_the_end)
{
    const auto started = std::chrono::steady_clock::now();
    std::optional<asio::steady_timer> forgotten;
    auto dropped = std::make_shared<int>(0);
    {
        refresher client(own_thread, make_config(), std::make_shared<testing::scripted_source>());
        forgotten.emplace(client.get_executor(), 1h);
        forgotten->async_wait([dropped](error_code) { ++*dropped; });
        client.async_token(asio::use_future).get();
        forgotten->get_executor(); // still in use
        asio::post(client.get_executor(), [&] { forgotten.reset(); });
    }
    BOOST_TEST((std::chrono::steady_clock::now() - started < 30s));
}

BOOST_AUTO_TEST_CASE(a_source_that_ignores_its_cancellation_does_not_hold_up_the_end_either)
{
    const auto source = std::make_shared<testing::scripted_source>();
    source->hold_stubbornly();
    crowd waiters;
    {
        refresher client(own_thread, make_config(), source);
        for (int n = 0; n < 1000; ++n)
            client.async_token(counting_handler(waiters.add().end));
        while (source->in_flight() == 0)
            std::this_thread::yield();
    }
    BOOST_TEST(waiters.called() == 1000U);
    BOOST_TEST(source->in_flight() == 0U); // destroyed with the private io_context
}

BOOST_AUTO_TEST_CASE(a_client_that_cannot_be_made_leaves_no_thread)
{
    refresher_config broken = make_config();
    broken.limits.max_waiters = 0;
    BOOST_CHECK_EXCEPTION(refresher(own_thread, broken, std::make_shared<testing::scripted_source>()), token_error,
                          [](const token_error& e) { return e.code() == errc::invalid_config; });
}

BOOST_AUTO_TEST_CASE(peeking_threads_while_short_tokens_are_kept_fresh)
{
    const auto source = std::make_shared<jittery_source>(2ms);
    refresher client(own_thread, make_config(), source);
    std::atomic<std::size_t> seen{0};
    std::atomic<bool> enough{false};
    std::vector<std::thread> loops;
    for (int n = 0; n < 3; ++n)
        loops.emplace_back([&] {
            while (!enough) {
                auto fresh = client.keep_fresh();
                for (int k = 0; k < 100; ++k)
                    seen += client.peek() ? 1U : 0U;
                fresh.release();
            }
        });
    while (source->requests < 50)
        std::this_thread::yield();
    enough = true;
    for (std::thread& t : loops)
        t.join();
    BOOST_TEST(seen > 0U);
    BOOST_TEST(source->overlapping == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
