// Many waiters over one real exchange: cancelled, abandoned, destroyed.
#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/executor_work_guard.hpp>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;

struct tally {
    std::size_t served = 0;
    std::size_t aborted = 0;
    std::size_t other = 0;

    void operator()(std::error_code failed, const faceki::access_token& token)
    {
        if (!failed && token)
            ++served;
        else if (failed == asio::error::operation_aborted)
            ++aborted;
        else
            ++other;
    }
};

mock_options slow(std::chrono::milliseconds latency)
{
    mock_options options;
    options.latency = latency;
    return options;
}

/// Runs until the endpoint has the request, so that what follows happens during the flight.
void run_until_requested(asio::io_context& io, const mock_endpoint& endpoint)
{
    while (endpoint.requests() == 0)
        io.run_for(1ms);
}

} // namespace

BOOST_AUTO_TEST_SUITE(waiters_over_tls)

BOOST_AUTO_TEST_CASE(cancelling_one_of_a_thousand_leaves_999_served)
{
    mock_endpoint endpoint(slow(100ms));
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    tally count;
    asio::cancellation_signal signal;
    for (int n = 0; n < 1000; ++n) {
        if (n == 500)
            client.async_token(asio::bind_cancellation_slot(signal.slot(), std::ref(count)));
        else
            client.async_token(std::ref(count));
    }
    run_until_requested(io, endpoint);
    signal.emit(asio::cancellation_type::total);
    io.run_for(5ms);
    BOOST_TEST(count.aborted == 1U); // at once, not with the flight
    while (count.served < 999)
        io.run_one();
    BOOST_TEST(count.served == 999U);
    BOOST_TEST(count.other == 0U);
    BOOST_TEST(endpoint.requests() == 1U);
    client.close();
    io.run();
}

BOOST_AUTO_TEST_CASE(cancelling_all_leaves_the_flight_to_finish_and_its_token_to_the_next_caller)
{
    mock_endpoint endpoint(slow(100ms));
    asio::io_context io;
    faceki::client client(io.get_executor(), faceki_test::config_for(endpoint));
    tally count;
    std::vector<asio::cancellation_signal> signals(1000);
    for (auto& signal : signals)
        client.async_token(asio::bind_cancellation_slot(signal.slot(), std::ref(count)));
    run_until_requested(io, endpoint);
    for (auto& signal : signals)
        signal.emit(asio::cancellation_type::terminal);
    while (client.stats().tokens == 0)
        io.run_one();
    BOOST_TEST(count.aborted == 1000U);
    bool from_memory = false;
    const auto next = [&]() -> asio::awaitable<void> {
        const faceki::token_result result = co_await client.try_token();
        from_memory = result && !result.waited();
        client.close();
    };
    faceki_test::run_to_end(io, next);
    BOOST_TEST(from_memory);
    BOOST_TEST(endpoint.requests() == 1U);
}

BOOST_AUTO_TEST_CASE(the_client_may_be_destroyed_with_waiters_at_every_moment_of_a_flight)
{
    mock_endpoint endpoint(slow(5ms));
    std::size_t waited = 0;
    for (int moment = 0; moment < 60; ++moment) {
        asio::io_context io;
        auto client = std::make_unique<faceki::client>(io.get_executor(), faceki_test::config_for(endpoint));
        tally count;
        for (int n = 0; n < 200; ++n)
            client->async_token(std::ref(count));
        for (int step = 0; step < moment; ++step)
            io.run_one_for(1ms);
        waited += client->stats().waiting;
        client.reset();
        io.run();
        BOOST_TEST(count.served + count.aborted == 200U);
        BOOST_TEST(count.other == 0U);
    }
    BOOST_TEST(waited > 1000U);
}

BOOST_AUTO_TEST_CASE(the_io_context_may_be_destroyed_with_waiters_at_every_moment_of_a_flight)
{
    mock_endpoint endpoint(slow(5ms));
    for (int moment = 0; moment < 60; ++moment) {
        std::unique_ptr<faceki::client> client;
        tally count;
        std::size_t frames = 0;
        struct frame_guard {
            std::size_t& frames;
            explicit frame_guard(std::size_t& f) : frames(f) { ++frames; }
            ~frame_guard() { --frames; }
        };
        const auto waiting = [&]() -> asio::awaitable<void> {
            const frame_guard guard(frames);
            co_await client->token();
        };
        {
            asio::io_context io;
            client = std::make_unique<faceki::client>(io.get_executor(), faceki_test::config_for(endpoint));
            for (int n = 0; n < 100; ++n) {
                client->async_token(std::ref(count));
                asio::co_spawn(io, waiting, asio::detached);
            }
            for (int step = 0; step < moment; ++step)
                io.run_one_for(1ms);
        }
        BOOST_TEST(frames == 0U); // coroutines destroyed, not leaked
        BOOST_TEST(count.aborted == 0U);
        BOOST_TEST(!client->peek());
    }
}

BOOST_AUTO_TEST_CASE(waiters_on_other_threads_survive_the_end_of_the_clients_context)
{
    mock_endpoint endpoint(slow(5s));
    asio::io_context theirs;
    auto work = asio::make_work_guard(theirs);
    std::thread thread([&] { theirs.run(); });
    std::unique_ptr<faceki::client> client;
    tally count;
    {
        asio::io_context home;
        client = std::make_unique<faceki::client>(home.get_executor(), faceki_test::config_for(endpoint));
        for (int n = 0; n < 100; ++n)
            client->async_token(asio::bind_executor(theirs, std::ref(count)));
        run_until_requested(home, endpoint);
    }
    work.reset();
    thread.join();
    BOOST_TEST(count.aborted == 100U);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_coroutines_on_two_threads_share_one_request)
{
    mock_endpoint endpoint(slow(50ms));
    asio::io_context home;
    auto work = asio::make_work_guard(home);
    std::thread home_thread([&] { home.run(); });
    {
        faceki::client client(home.get_executor(), faceki_test::config_for(endpoint));
        std::atomic<std::size_t> served{0};
        const auto one = [&]() -> asio::awaitable<void> {
            if (co_await client.token())
                ++served;
        };
        std::vector<std::thread> threads;
        for (int t = 0; t < 2; ++t)
            threads.emplace_back([&] {
                asio::io_context io(1);
                for (int n = 0; n < 50'000; ++n)
                    asio::co_spawn(io, one, asio::detached);
                io.run();
            });
        for (auto& thread : threads)
            thread.join();
        BOOST_TEST(served == 100'000U);
        BOOST_TEST(endpoint.requests() == 1U);
        BOOST_TEST(client.stats().waiters >= 1000U);
        client.close();
    }
    work.reset();
    home_thread.join();
}

BOOST_AUTO_TEST_SUITE_END()
