// Execution contexts that end before somebody else does, and contexts that must not end while somebody waits.
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// A handler whose destruction can be seen.
struct watched {
    std::shared_ptr<int> alive = std::make_shared<int>(0);
    std::weak_ptr<int> seen = alive;
    std::shared_ptr<bool> called = std::make_shared<bool>(false);

    auto handler()
    {
        return [token = std::move(alive), flag = called](error_code, access_token) { *flag = true; };
    }
    bool dropped_uncalled() const { return seen.expired() && !*called; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(contexts)

BOOST_AUTO_TEST_CASE(when_the_clients_context_dies_waiters_elsewhere_are_aborted)
{
    asio::io_context callers;
    auto w = std::make_unique<world>();
    w->source->hold();
    auto context = std::make_unique<asio::io_context>();
    refresher client(context->get_executor(), w->config, w->source);
    const auto callback = ask_on(client, callers);
    const auto coroutine = ask_details_on(client, callers);
    callers.poll();
    context->poll();
    context.reset();
    callers.restart();
    callers.poll();
    BOOST_TEST(callback->aborted());
    BOOST_TEST(coroutine->aborted());
    BOOST_TEST(w->source->in_flight() == 0U);
    BOOST_TEST(w->source->closed());
    // What is left of the client answers like a closed one.
    const auto later = ask_on(client, callers);
    callers.restart();
    callers.poll();
    BOOST_TEST(later->aborted());
    BOOST_TEST(!client.peek());
    client.set_credentials(credentials("b", "b"));
    BOOST_TEST(client.close().waiters_aborted == 0U);
    bool closed = false;
    client.async_close(asio::bind_executor(callers, [&](error_code ec) { closed = !ec; }));
    callers.restart();
    callers.poll();
    BOOST_TEST(closed);
}

BOOST_AUTO_TEST_CASE(when_the_clients_context_dies_its_own_waiters_are_dropped)
{
    world w;
    watched handler;
    w.source->hold();
    auto context = std::make_unique<asio::io_context>();
    refresher client(context->get_executor(), w.config, w.source);
    client.async_token(handler.handler());
    context->poll();
    context.reset();
    BOOST_TEST(handler.dropped_uncalled());
}

BOOST_AUTO_TEST_CASE(a_pending_async_close_elsewhere_succeeds_when_the_clients_context_dies)
{
    asio::io_context callers;
    world w;
    w.source->hold_stubbornly();
    auto context = std::make_unique<asio::io_context>();
    refresher client(context->get_executor(), w.config, w.source);
    const auto waiter = ask_on(client, callers);
    context->poll();
    std::optional<error_code> closed;
    client.async_close(asio::bind_executor(callers, [&](error_code ec) { closed = ec; }));
    context->poll();
    context.reset();
    callers.poll();
    BOOST_TEST(waiter->aborted());
    BOOST_REQUIRE(closed.has_value());
    BOOST_TEST(!*closed); // "always success"
}

BOOST_FIXTURE_TEST_CASE(when_a_waiters_context_dies_its_handlers_are_dropped_and_the_client_goes_on, world)
{
    auto callers = std::make_unique<asio::io_context>();
    source->hold();
    start();
    watched handler;
    client->async_token(asio::bind_executor(*callers, handler.handler()));
    const auto coroutine = ask_details_on(*client, *callers);
    callers->poll();
    const auto here = ask(*client);
    run();
    callers.reset();
    BOOST_TEST(handler.dropped_uncalled());
    BOOST_TEST(coroutine->open());
    BOOST_TEST(coroutine.use_count() == 1);
    BOOST_TEST(client->stats().dropped == 2U);
    BOOST_TEST(client->stats().waiting == 1U);
    source->release();
    run();
    BOOST_TEST(here->served());
    const auto closed = std::make_shared<bool>(false);
    client->async_close([closed](error_code) { *closed = true; });
    run();
    BOOST_TEST(*closed); // a dropped handler has ended too
}

BOOST_FIXTURE_TEST_CASE(a_context_may_die_between_release_and_drain, world)
{
    auto callers = std::make_unique<asio::io_context>();
    source->hold();
    start();
    std::vector<watched> handlers(200);
    for (auto& h : handlers)
        client->async_token(asio::bind_executor(*callers, h.handler()));
    run();
    source->release();
    run(); // outcome fixed, nothing delivered
    callers.reset();
    for (const auto& h : handlers)
        BOOST_TEST(h.dropped_uncalled());
    BOOST_TEST(client->stats().dropped == 200U);
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_FIXTURE_TEST_CASE(so_it_may_with_waiters_on_a_strand_made_after_the_first_wait, world)
{
    // The strand's service is younger than ours then, and shuts down first.
    auto callers = std::make_unique<asio::io_context>();
    source->hold();
    start();
    const auto first = ask_on(*client, *callers);
    std::vector<watched> handlers(200);
    {
        const auto strand = asio::make_strand(*callers);
        for (auto& h : handlers)
            client->async_token(asio::bind_executor(strand, h.handler()));
    }
    run();
    source->release();
    run();
    callers.reset();
    BOOST_TEST(first->open());
    for (const auto& h : handlers)
        BOOST_TEST(h.dropped_uncalled());
    BOOST_TEST(client->stats().dropped == 201U);
    const auto closed = std::make_shared<bool>(false);
    client->async_close([closed](error_code) { *closed = true; });
    run();
    BOOST_TEST(*closed);
}

BOOST_FIXTURE_TEST_CASE(a_context_may_die_with_half_a_herd_delivered, world)
{
    auto callers = std::make_unique<asio::io_context>();
    source->hold();
    start();
    std::size_t called = 0;
    for (int n = 0; n < 200; ++n)
        client->async_token(asio::bind_executor(*callers, [&](error_code, access_token) { ++called; }));
    run();
    source->release();
    run();
    callers->poll_one(); // one batch
    callers.reset();
    BOOST_TEST(called == 64U);
    BOOST_TEST(client->stats().served == 64U);
    BOOST_TEST(client->stats().dropped == 136U);
}

BOOST_FIXTURE_TEST_CASE(a_context_may_die_with_a_cancelled_waiter_on_its_way, world)
{
    auto callers = std::make_unique<asio::io_context>();
    source->hold();
    start();
    watched handler;
    asio::cancellation_signal signal;
    client->async_token(asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(*callers, handler.handler())));
    run();
    signal.emit(asio::cancellation_type::terminal);
    callers.reset();
    BOOST_TEST(handler.dropped_uncalled());
    signal.emit(asio::cancellation_type::terminal); // no longer refers to anything
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_AUTO_TEST_CASE(both_contexts_may_die_in_either_order)
{
    for (const bool clients_first : {true, false}) {
        world w;
        w.source->hold();
        auto context = std::make_unique<asio::io_context>();
        auto callers = std::make_unique<asio::io_context>();
        auto client = std::make_unique<refresher>(context->get_executor(), w.config, w.source);
        watched handler;
        client->async_token(asio::bind_executor(*callers, handler.handler()));
        const auto coroutine = ask_details_on(*client, *callers);
        callers->poll();
        context->poll();
        if (clients_first) {
            context.reset();
            callers.reset();
        } else {
            callers.reset();
            context.reset();
        }
        BOOST_TEST(handler.dropped_uncalled());
        BOOST_TEST(coroutine.use_count() == 1);
        client.reset();
    }
}

BOOST_AUTO_TEST_CASE(a_client_may_outlive_its_context_and_be_destroyed_later)
{
    world w;
    std::optional<refresher> client;
    {
        asio::io_context context;
        client.emplace(context.get_executor(), w.config, w.source);
        const auto a = ask(*client);
        context.poll();
        BOOST_TEST(a->served());
    }
    BOOST_TEST(!client->peek());
    client.reset();
    BOOST_TEST(w.source->closed());
}

BOOST_AUTO_TEST_CASE(calls_that_would_complete_on_a_dead_context_drop_their_handler)
{
    world w;
    std::optional<refresher> client;
    {
        asio::io_context context;
        client.emplace(context.get_executor(), w.config, w.source);
    }
    watched token;
    client->async_token(token.handler());
    BOOST_TEST(token.dropped_uncalled());
    watched closed;
    client->async_close([handler = closed.handler()](error_code) mutable { handler({}, {}); });
    BOOST_TEST(closed.dropped_uncalled());
}

BOOST_AUTO_TEST_SUITE_END()
