// How a waiter is completed: on which executor, in which order, with whose memory, and never inside the call.
#include <memory>
#include <vector>

#include <asio/bind_allocator.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// Counts what was allocated through it and not given back.
template <class T>
struct tracking_allocator {
    using value_type = T;

    explicit tracking_allocator(std::ptrdiff_t& live_, std::size_t& total_) : live(&live_), total(&total_) {}
    template <class U>
    tracking_allocator(const tracking_allocator<U>& other) noexcept : live(other.live), total(other.total)
    {
    }

    T* allocate(std::size_t n)
    {
        *live += static_cast<std::ptrdiff_t>(n);
        ++*total;
        return std::allocator<T>{}.allocate(n);
    }
    void deallocate(T* p, std::size_t n) noexcept
    {
        *live -= static_cast<std::ptrdiff_t>(n);
        std::allocator<T>{}.deallocate(p, n);
    }

    template <class U>
    bool operator==(const tracking_allocator<U>& other) const noexcept
    {
        return live == other.live;
    }

    std::ptrdiff_t* live;
    std::size_t* total;
};

} // namespace

BOOST_AUTO_TEST_SUITE(delivery)

BOOST_FIXTURE_TEST_CASE(no_handler_runs_inside_the_initiating_call, world)
{
    config.limits.max_waiters = 1;
    source->hold();
    start();
    const auto miss = ask(*client);
    BOOST_TEST(miss->open());
    const auto refused = ask(*client);
    BOOST_TEST(refused->open());
    run();
    BOOST_TEST(refused->failed(errc::too_many_waiters));
    source->release();
    run();
    BOOST_TEST(miss->served());
    const auto hit = ask(*client);
    BOOST_TEST(hit->open());
    run();
    BOOST_TEST(hit->served());
    client->close();
    const auto closed = ask(*client);
    BOOST_TEST(closed->open());
    run();
    BOOST_TEST(closed->aborted());
}

BOOST_FIXTURE_TEST_CASE(not_even_when_the_call_comes_from_the_executor_itself, world)
{
    start();
    std::vector<const char*> order;
    asio::post(io, [&] {
        client->async_token([&](error_code, access_token) {
            order.push_back("miss");
            client->async_token([&](error_code, access_token) { order.push_back("hit"); });
            order.push_back("after hit's call");
        });
        order.push_back("after miss's call");
    });
    run();
    const std::vector<const char*> expected{"after miss's call", "miss", "after hit's call", "hit"};
    BOOST_TEST(order == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(close_and_cancel_run_no_handler_themselves, world)
{
    source->hold();
    start();
    const auto a = ask(*client);
    run();
    client->close();
    BOOST_TEST(a->open());
    run();
    BOOST_TEST(a->aborted());
}

BOOST_FIXTURE_TEST_CASE(each_waiter_completes_on_its_own_executor, world)
{
    asio::io_context second;
    source->hold();
    start();
    const auto here = ask(*client);
    const auto there = ask_on(*client, second.get_executor());
    run();
    source->release();
    run();
    BOOST_TEST(here->served());
    BOOST_TEST(there->open());
    second.poll();
    BOOST_TEST(there->served());
}

BOOST_FIXTURE_TEST_CASE(hits_refusals_and_cancellations_too, world)
{
    asio::io_context second;
    source->fail(errc::server_error);
    start();
    ask(*client);
    run();
    const auto refused = ask_on(*client, second.get_executor());
    run();
    BOOST_TEST(refused->open());
    second.poll();
    BOOST_TEST(refused->failed(errc::server_error));
    pass(2s);
    fetch();
    const auto hit = ask_on(*client, second.get_executor());
    run();
    BOOST_TEST(hit->open());
    second.restart();
    second.poll();
    BOOST_TEST(hit->served());
}

BOOST_FIXTURE_TEST_CASE(a_strand_is_kept, world)
{
    asio::thread_pool pool(2);
    source->hold();
    start();
    auto strand = asio::make_strand(pool);
    std::size_t outside = 0;
    std::size_t completed = 0; // not atomic: the strand is what makes this right
    for (int n = 0; n < 500; ++n)
        client->async_token(asio::bind_executor(strand, [&](error_code, access_token) {
            ++completed;
            if (!strand.running_in_this_thread())
                ++outside;
        }));
    run();
    source->release();
    run();
    pool.join();
    BOOST_TEST(completed == 500U);
    BOOST_TEST(outside == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_handlers_allocator_is_used_and_its_memory_is_free_before_the_handler_runs, world)
{
    source->hold();
    start();
    std::ptrdiff_t live = 0;
    std::size_t total = 0;
    std::ptrdiff_t live_inside = -1;
    const tracking_allocator<int> allocator(live, total);
    client->async_token(asio::bind_allocator(allocator, [&](error_code, access_token) { live_inside = live; }));
    BOOST_TEST(total >= 1U);
    BOOST_TEST(live >= 1);
    run();
    source->release();
    run();
    BOOST_TEST(live_inside == 0);
    live_inside = -1;
    client->async_token(
        asio::bind_allocator(allocator, [&](error_code, access_token) { live_inside = live; })); // a hit
    run();
    BOOST_TEST(live_inside == 0);
    live_inside = -1;
    client->close();
    client->async_token(
        asio::bind_allocator(allocator, [&](error_code, access_token) { live_inside = live; })); // a refusal
    run();
    BOOST_TEST(live_inside == 0);
    BOOST_TEST(live == 0);
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_ask_again_and_again, world)
{
    source->grant("a", 1ms).grant("b", 1ms).grant("c", 1ms);
    start();
    std::vector<std::string> got;
    struct again {
        world& w;
        std::vector<std::string>& got;
        void operator()(error_code, const access_token& token) const
        {
            got.emplace_back(token.value());
            w.clock->advance(1ms);
            if (got.size() < 3)
                w.client->async_token(again{w, got});
        }
    };
    client->async_token(again{*this, got});
    run();
    const std::vector<std::string> expected{"a", "b", "c"};
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_move_only_handler_is_completed_once, world)
{
    start();
    int value = 0;
    client->async_token([owned = std::make_unique<int>(7), &value](error_code, access_token) { value += *owned; });
    run();
    BOOST_TEST(value == 7);
}

BOOST_AUTO_TEST_SUITE_END()
