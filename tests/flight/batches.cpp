// Order and fairness: first in, first out per executor, in batches that nobody's handler can hold up.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include "refresh/waiting_room.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(batches)

BOOST_FIXTURE_TEST_CASE(waiters_of_one_executor_complete_in_the_order_they_joined, world)
{
    asio::io_context second;
    auto strand = asio::make_strand(second);
    source->hold();
    start();
    std::vector<int> mine;
    std::vector<int> others;
    std::vector<int> stranded;
    for (int n = 0; n < 600; ++n) {
        client->async_token([&mine, n](error_code, access_token) { mine.push_back(n); });
        client->async_token(
            asio::bind_executor(second, [&others, n](error_code, access_token) { others.push_back(n); }));
        client->async_token(
            asio::bind_executor(strand, [&stranded, n](error_code, access_token) { stranded.push_back(n); }));
    }
    run();
    source->release();
    run();
    second.poll();
    std::vector<int> in_order(600);
    for (int n = 0; n < 600; ++n)
        in_order[static_cast<std::size_t>(n)] = n;
    BOOST_TEST(mine == in_order, boost::test_tools::per_element());
    BOOST_TEST(others == in_order, boost::test_tools::per_element());
    BOOST_TEST(stranded == in_order, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_order_holds_for_a_crowd_with_many_other_executors_in_between, world)
{
    asio::io_context pool;
    source->hold();
    start();
    std::vector<int> order;
    int joined = 0;
    std::vector<asio::strand<asio::io_context::executor_type>> others;
    const auto join = [&](int count) {
        for (int n = 0; n < count; ++n, ++joined)
            client->async_token([&order, number = joined](error_code, access_token) { order.push_back(number); });
    };
    for (const int crowd : {200, 200, 10, 63, 64, 65, 1}) {
        join(crowd);
        for (int n = 0; n < 9; ++n) { // more than are searched one by one
            others.push_back(asio::make_strand(pool));
            client->async_token(asio::bind_executor(others.back(), [](error_code, access_token) {}));
        }
    }
    run();
    source->release();
    run();
    BOOST_TEST(order.size() == static_cast<std::size_t>(joined));
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
    pool.poll();
}

BOOST_FIXTURE_TEST_CASE(executors_that_nobody_waits_on_any_more_cost_no_memory, world)
{
    const auto left = std::make_shared<detail::outcome>();
    const auto counts = std::make_shared<detail::waiter_counts>(left);
    detail::waiting_room room(counts);
    struct visitor final : detail::waiter {
        void complete(const detail::outcome_ptr&) override { ++completed; }
        void drop() noexcept override {}
        int completed = 0;
    };
    asio::io_context pool;
    visitor stays;
    BOOST_TEST(room.park(stays, pool.get_executor(), std::nullopt));
    for (int n = 0; n < 10'000; ++n) {
        visitor v;
        BOOST_REQUIRE(room.park(v, asio::make_strand(pool), std::nullopt));
        v.cancel();
        pool.restart();
        pool.poll();
        BOOST_REQUIRE(v.completed == 1);
    }
    const detail::queues all = room.take_all();
    BOOST_TEST(all.size() < 200U);
    for (const auto& queue : all)
        queue->release(left);
    pool.restart();
    pool.poll();
    BOOST_TEST(stays.completed == 1);
}

BOOST_FIXTURE_TEST_CASE(the_order_survives_a_change_of_credentials, world)
{
    source->hold().hold();
    start();
    std::vector<int> order;
    for (int n = 0; n < 100; ++n)
        client->async_token([&order, n](error_code, access_token) { order.push_back(n); });
    run();
    client->set_credentials(credentials("b", "b"));
    for (int n = 100; n < 200; ++n)
        client->async_token([&order, n](error_code, access_token) { order.push_back(n); });
    run();
    BOOST_TEST(order.empty());
    source->release();
    run();
    BOOST_REQUIRE(order.size() == 200U);
    for (int n = 0; n < 200; ++n)
        BOOST_TEST(order[static_cast<std::size_t>(n)] == n);
}

BOOST_FIXTURE_TEST_CASE(a_foreign_handler_waits_for_64_completions_at_most, world)
{
    source->hold();
    start();
    std::size_t completed = 0;
    std::size_t before_foreign = 0;
    for (int n = 0; n < 1000; ++n)
        client->async_token([&](error_code, access_token) { ++completed; });
    run();
    source->release();
    while (client->stats().waiting != 0)
        io.poll_one(); // until the outcome is fixed
    asio::post(io, [&] { before_foreign = completed; });
    run();
    BOOST_TEST(completed == 1000U);
    BOOST_TEST(before_foreign <= 64U);
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_throws_loses_nobody_else, world)
{
    source->hold();
    start();
    std::deque<answer_ptr> answers;
    for (int n = 0; n < 300; ++n) {
        if (n % 50 == 49)
            client->async_token([](error_code, access_token) { throw std::runtime_error("handler"); });
        answers.push_back(ask(*client));
    }
    run();
    source->release();
    std::size_t thrown = 0;
    io.restart();
    for (bool more = true; more;) {
        try {
            io.poll();
            more = false;
        } catch (const std::runtime_error&) {
            ++thrown;
        }
    }
    BOOST_TEST(thrown == 6U);
    for (const auto& a : answers)
        BOOST_TEST(a->served());
    // A handler that threw has ended: the client can come to rest.
    bool rest = false;
    client->async_close([&](error_code) { rest = true; });
    run();
    BOOST_TEST(rest);
}

BOOST_FIXTURE_TEST_CASE(a_blocked_handler_stalls_nobody_on_another_thread, world)
{
    // Two threads on the waiters' context; the first handler blocks until all others have run.
    asio::io_context second;
    source->hold();
    start();
    constexpr std::size_t others = 200;
    std::mutex mutex;
    std::condition_variable all_ran;
    std::size_t ran = 0;
    bool blocked_saw_all = false;
    client->async_token(asio::bind_executor(second, [&](error_code, access_token) {
        std::unique_lock lock(mutex);
        blocked_saw_all = all_ran.wait_for(lock, 20s, [&] { return ran == others; });
    }));
    for (std::size_t n = 0; n < others; ++n)
        client->async_token(asio::bind_executor(second, [&](error_code, access_token) {
            const std::scoped_lock lock(mutex);
            if (++ran == others)
                all_ran.notify_one();
        }));
    run();
    source->release();
    run();
    std::thread helper([&] { second.run(); });
    second.run();
    helper.join();
    BOOST_TEST(blocked_saw_all);
}

BOOST_AUTO_TEST_SUITE_END()
