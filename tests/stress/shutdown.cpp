// Closing, destroying and dying contexts while other threads join, wait and wake.
#include <array>
#include <memory>

#include <asio/strand.hpp>
#include <asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/testing/scripted_source.hpp>

#include "support/crowd.hpp"
#include "support/jittery_source.hpp"

using namespace faceki;
using namespace faceki::test;
using namespace std::chrono_literals;

namespace {

template <class Client>
void join(Client& client, crowd& waiters, asio::any_io_executor executor, bool cancellable)
{
    crowd::waiter& w = waiters.add();
    if (cancellable)
        client.async_token(
            asio::bind_cancellation_slot(w.signal.slot(), asio::bind_executor(executor, counting_handler(w.end))));
    else
        client.async_token(asio::bind_executor(executor, counting_handler(w.end)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(shutting_down)

BOOST_AUTO_TEST_CASE(close_while_four_threads_join_loses_nobody)
{
    for (int round = 0; round < 60; ++round) {
        const auto source = std::make_shared<jittery_source>(1ms);
        running_context home;
        refresher client(home.executor(), make_config(), source);
        std::array<running_context, 4> contexts;
        std::array<crowd, 4> crowds;
        std::atomic<std::size_t> joined{0};
        for (std::size_t n = 0; n < contexts.size(); ++n)
            asio::post(contexts[n].io(), [&, n] {
                std::minstd_rand random(static_cast<unsigned>(n) + 1);
                for (int k = 0; k < 200; ++k) {
                    join(client, crowds[n], contexts[n].executor(), k % 2 == 0);
                    if (k % 8 == 0)
                        crowds[n].recent(random).signal.emit(asio::cancellation_type::total);
                    ++joined;
                }
            });
        while (joined < static_cast<std::size_t>(round) * 10)
            std::this_thread::yield();
        std::atomic<bool> rested{false};
        client.async_close(asio::bind_executor(home.executor(), [&](error_code) { rested = true; }));
        client.close();
        for (auto& c : contexts)
            c.join();
        home.join();
        BOOST_TEST(rested.load());
        for (const auto& c : crowds) {
            BOOST_TEST(c.wrong() == 0U);
            BOOST_TEST(c.called() == 200U);
        }
        BOOST_TEST(client.stats().waiting == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_client_destroyed_while_its_waiters_wait_elsewhere_and_others_hold_its_tokens)
{
    for (int round = 0; round < 100; ++round) {
        const auto source = std::make_shared<testing::scripted_source>();
        source->grant("held", 20ms).hold(); // less, and a busy machine finds it dead on arrival
        running_context home(2);
        std::array<running_context, 3> contexts;
        std::array<crowd, 3> crowds;
        auto client = std::make_unique<refresher>(home.executor(), make_config(), source);
        const access_token held = client->async_token(asio::use_future).get();
        while (client->peek())
            std::this_thread::yield(); // from now on callers wait
        std::atomic<std::size_t> joined{0};
        for (std::size_t n = 0; n < contexts.size(); ++n)
            asio::post(contexts[n].io(), [&, n] {
                const access_token copy = held; // dies here, in this thread
                for (int k = 0; k < 100; ++k)
                    join(*client, crowds[n], contexts[n].executor(), true);
                ++joined;
            });
        while (joined != 3)
            std::this_thread::yield();
        if (round % 2 == 0)
            source->release(); // the grant and the destruction race
        client.reset();
        for (std::size_t n = 0; n < contexts.size(); ++n) // late cancels race with both
            asio::post(contexts[n].io(), [&, n] {
                std::minstd_rand random(static_cast<unsigned>(n) + 1);
                for (int k = 0; k < 20; ++k)
                    crowds[n].recent(random).signal.emit(asio::cancellation_type::terminal);
            });
        for (auto& c : contexts)
            c.join();
        source->release();
        home.join();
        for (const auto& c : crowds) {
            BOOST_TEST(c.wrong() == 0U);
            BOOST_TEST(c.called() == 100U);
        }
        BOOST_TEST(held.value() == "held");
    }
}

BOOST_AUTO_TEST_CASE(a_waiters_context_destroyed_while_the_client_wakes_its_waiters)
{
    std::size_t called = 0;
    std::size_t all = 0;
    for (int round = 0; round < 150; ++round) {
        const auto source = std::make_shared<testing::scripted_source>();
        source->hold();
        running_context home;
        refresher client(home.executor(), make_config(), source);
        crowd dying_crowd;
        crowd living_crowd;
        running_context living;
        {
            running_context dying;
            std::atomic<bool> joined{false};
            asio::post(dying.io(), [&] {
                const auto strand = asio::make_strand(dying.io());
                for (int k = 0; k < 150; ++k) {
                    if (k % 3 == 0)
                        join(client, dying_crowd, strand, k % 2 == 0);
                    else
                        join(client, dying_crowd, dying.executor(), k % 2 == 0);
                }
                joined = true;
            });
            while (!joined)
                std::this_thread::yield();
            for (int k = 0; k < 50; ++k)
                join(client, living_crowd, living.executor(), false);
            while (source->requests() == 0)
                std::this_thread::yield();
            source->release();
            if (round % 2 == 0)
                std::this_thread::yield();
            dying.destroy();
        }
        living.join();
        BOOST_TEST(living_crowd.called() == 50U);
        BOOST_TEST(dying_crowd.wrong() == 0U);
        called += dying_crowd.called();
        all += dying_crowd.size();
        const stats s = client.stats();
        BOOST_TEST(s.waiters == s.served + s.failed + s.cancelled + s.dropped);
        std::atomic<bool> rested{false};
        client.async_close([&](error_code) { rested = true; });
        home.join();
        BOOST_TEST(rested.load());
    }
    BOOST_TEST_MESSAGE("called " << called << " of " << all << " on the dying context");
}

BOOST_AUTO_TEST_CASE(the_clients_context_destroyed_while_others_join_cancel_and_close)
{
    for (int round = 0; round < 150; ++round) {
        const auto source = std::make_shared<testing::scripted_source>();
        source->hold().hold();
        running_context callers;
        crowd waiters;
        std::unique_ptr<refresher> client;
        std::atomic<std::size_t> joined{0};
        bool closed = false;
        {
            running_context home;
            client = std::make_unique<refresher>(home.executor(), make_config(), source);
            asio::post(callers.io(), [&] {
                std::minstd_rand random(7);
                for (int k = 0; k < 300; ++k) {
                    join(*client, waiters, callers.executor(), true);
                    if (k % 4 == 0)
                        waiters.recent(random).signal.emit(asio::cancellation_type::partial);
                    if (k == 150)
                        client->set_credentials(credentials("other", "secret"));
                    if (k == 200)
                        client->async_close(
                            asio::bind_executor(callers.executor(), [&](error_code) { closed = true; }));
                    ++joined;
                }
            });
            while (joined < static_cast<std::size_t>(round) * 2)
                std::this_thread::yield();
            home.destroy();
        }
        callers.join();
        BOOST_TEST(waiters.wrong() == 0U);
        BOOST_TEST(waiters.called() == 300U);
        BOOST_TEST(closed);
        client.reset();
        BOOST_TEST(source->in_flight() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(clients_come_and_go_in_many_threads_on_one_context)
{
    running_context home(2);
    std::array<std::thread, 4> threads;
    std::atomic<std::size_t> wrong{0};
    std::atomic<std::size_t> called{0};
    for (std::size_t n = 0; n < threads.size(); ++n)
        threads[n] = std::thread([&, n] {
            for (int round = 0; round < 100; ++round) {
                asio::io_context own;
                crowd waiters;
                {
                    refresher client(home.executor(), make_config(), std::make_shared<jittery_source>(5ms));
                    for (int k = 0; k < 20; ++k)
                        join(client, waiters, own.get_executor(), true);
                    if ((round + static_cast<int>(n)) % 3 == 0)
                        own.run();
                }
                own.restart();
                own.run();
                wrong += waiters.wrong();
                called += waiters.called();
            }
        });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(wrong == 0U);
    BOOST_TEST(called == 8000U);
}

BOOST_AUTO_TEST_SUITE_END()
