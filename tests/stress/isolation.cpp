// Handlers that block, on real threads. A blocked handler ends when those it must not delay have ended: if one of them
// waited for it, neither would.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/strand.hpp>
#include <asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/scripted_source.hpp>

#include "support/crowd.hpp"

using namespace faceki;
using namespace faceki::test;
using namespace std::chrono_literals;

namespace {

/// Blocks its visitors until so many others have passed. The time limit only keeps a broken build from hanging.
class turnstile {
public:
    explicit turnstile(std::size_t others) : left_(others) {}

    void pass()
    {
        const std::scoped_lock lock(mutex_);
        if (--left_ == 0)
            all_.notify_all();
    }
    void block()
    {
        std::unique_lock lock(mutex_);
        if (!all_.wait_for(lock, 60s, [&] { return left_ == 0; }))
            held_up_ = true;
    }
    bool held_up() const
    {
        const std::scoped_lock lock(mutex_);
        return held_up_ || left_ != 0;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable all_;
    std::size_t left_;
    bool held_up_ = false;
};

enum class way { served, limits, closed };

/// `size` waiters on one executor of a context with `threads` threads, of which all but one are blocked by a handler.
void block_all_threads_but_one(std::size_t threads, way how, unsigned seed)
{
    constexpr std::size_t size = 300;
    std::minstd_rand random(seed);
    std::set<std::size_t> blockers;
    while (blockers.size() < threads - 1)
        blockers.insert(blockers.empty() && seed % 3 == 0 ? seed % 130 : random() % size);

    const auto clock = std::make_shared<testing::manual_clock>();
    const auto source = std::make_shared<testing::scripted_source>(clock);
    source->hold();
    running_context home;
    running_context callers(threads);
    refresher client(home.executor(), make_config(clock), source);
    turnstile others(size - blockers.size());
    std::atomic<std::size_t> told{0};
    for (std::size_t n = 0; n < size; ++n)
        client.async_token(
            how == way::limits ? within(10ms) : wait_limit{},
            asio::bind_executor(callers.executor(), [&, blocks = blockers.contains(n)](error_code error, access_token) {
                ++told;
                if ((how == way::served) == static_cast<bool>(error))
                    told += size; // the wrong outcome
                blocks ? others.block() : others.pass();
            }));
    while (source->requests() == 0)
        std::this_thread::yield();
    switch (how) {
    case way::served:
        source->release();
        break;
    case way::limits:
        clock->advance(10ms);
        break;
    case way::closed:
        client.close();
        break;
    }
    callers.join();
    BOOST_REQUIRE(!others.held_up());
    BOOST_REQUIRE(told == size);
    client.close();
    home.join();
}

} // namespace

BOOST_AUTO_TEST_SUITE(isolation)

BOOST_AUTO_TEST_CASE(blocked_handlers_delay_nobody_on_another_thread_of_their_context)
{
    for (const std::size_t threads : {2U, 3U, 4U})
        for (const way how : {way::served, way::limits, way::closed})
            for (unsigned seed = 1; seed <= 12; ++seed)
                BOOST_TEST_CONTEXT("threads " << threads << ", way " << static_cast<int>(how) << ", seed " << seed)
                {
                    block_all_threads_but_one(threads, how, seed);
                }
}

BOOST_AUTO_TEST_CASE(a_blocked_handler_delays_nobody_on_another_executor_rollover_after_rollover)
{
    const auto clock = std::make_shared<testing::manual_clock>();
    const auto source = std::make_shared<testing::scripted_source>(clock);
    for (int n = 0; n < 100; ++n)
        source->grant("t" + std::to_string(n), 1s);
    running_context home;
    running_context blocked; // its only thread
    running_context free;
    refresher client(home.executor(), make_config(clock), source);
    constexpr std::size_t rollovers = 20;
    turnstile others(rollovers + 2);
    std::atomic<bool> is_blocked{false};
    client.async_token(asio::bind_executor(blocked.executor(), [&](error_code, access_token) {
        is_blocked = true;
        others.block();
    }));
    const auto live_on = [&]() -> asio::awaitable<void> {
        for (std::size_t n = 0; n < rollovers; ++n) {
            const access_token token = co_await client.token();
            if (token)
                others.pass();
            while (!is_blocked)
                std::this_thread::yield();
            clock->advance(1s);
        }
        const token_result limited = co_await client.try_token(within(1ms)); // time stands still meanwhile
        if (limited)
            others.pass();
    };
    asio::co_spawn(free.executor(), live_on, asio::detached);
    client.async_token([&](error_code error, access_token) { // the client's own executor
        if (!error)
            others.pass();
    });
    free.join();
    blocked.join();
    BOOST_TEST(!others.held_up());
    BOOST_TEST(source->requests() == rollovers + 1);
    client.close();
    home.join();
}

BOOST_AUTO_TEST_CASE(a_blocked_strand_delays_no_other_strand_of_its_context)
{
    const auto source = std::make_shared<testing::scripted_source>();
    source->hold();
    running_context home;
    running_context callers(2);
    refresher client(home.executor(), make_config(), source);
    constexpr std::size_t strands = 20;
    constexpr std::size_t each = 70;
    turnstile others(strands * each + each);
    const auto blocked = asio::make_strand(callers.executor());
    std::atomic<std::size_t> behind{0}; // on the blocked strand, which keeps its order
    std::atomic<bool> passed{false};
    client.async_token(asio::bind_executor(blocked, [&](error_code, access_token) {
        others.block();
        passed = true;
    }));
    std::vector<asio::strand<asio::io_context::executor_type>> free;
    for (std::size_t n = 0; n < strands; ++n)
        free.push_back(asio::make_strand(callers.executor()));
    for (std::size_t n = 0; n < each; ++n) {
        client.async_token(asio::bind_executor(blocked, [&](error_code, access_token) { behind += passed ? 1U : 0U; }));
        for (const auto& strand : free)
            client.async_token(asio::bind_executor(strand, [&](error_code, access_token) { others.pass(); }));
        client.async_token(asio::bind_executor(callers.executor(), [&](error_code, access_token) { others.pass(); }));
    }
    while (source->requests() == 0)
        std::this_thread::yield();
    source->release();
    callers.join();
    BOOST_TEST(!others.held_up());
    BOOST_TEST(behind == each);
    client.close();
    home.join();
}

BOOST_AUTO_TEST_CASE(even_on_the_clients_own_context_a_second_thread_is_enough)
{
    const auto clock = std::make_shared<testing::manual_clock>();
    const auto source = std::make_shared<testing::scripted_source>(clock);
    source->grant("first", 1s);
    running_context home(2);
    refresher client(home.executor(), make_config(clock), source);
    turnstile others(2);
    client.async_token([&](error_code, access_token) { others.block(); });
    BOOST_TEST(client.async_token(asio::use_future).get().value() == "first");
    others.pass();
    clock->advance(1s);
    BOOST_TEST(client.async_token(asio::use_future).get().value() ==
               "token-2"); // a flight, while one thread is blocked
    others.pass();
    client.close();
    home.join();
    BOOST_TEST(!others.held_up());
}

BOOST_AUTO_TEST_SUITE_END()
