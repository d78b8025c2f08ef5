// A context must not run dry while somebody waits on it, and must run dry when nobody does.
#include <memory>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(work)

BOOST_FIXTURE_TEST_CASE(run_does_not_return_while_somebody_waits_on_another_contexts_client, world)
{
    asio::io_context callers;
    source->hold();
    start();
    const auto a = ask_on(*client, callers);
    run();
    callers.poll();
    BOOST_TEST(!callers.stopped());
    source->release();
    run();
    callers.poll();
    BOOST_TEST(a->served());
    BOOST_TEST(callers.stopped());
}

BOOST_FIXTURE_TEST_CASE(nor_while_somebody_waits_in_the_gap, world)
{
    config.lifetime.safety_margin = 10s;
    source->grant("first", 60s);
    start();
    fetch();
    pass(55s);
    const auto a = ask(*client);
    run();
    BOOST_TEST(!io.stopped());
    pass(5s);
    BOOST_TEST(a->served());
    BOOST_TEST(io.stopped());
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_waiter_is_no_work_any_more, world)
{
    asio::io_context callers;
    source->hold();
    start();
    asio::cancellation_signal signal;
    const auto a = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(callers, note(a))));
    run();
    signal.emit(asio::cancellation_type::terminal);
    callers.poll();
    BOOST_TEST(a->aborted());
    BOOST_TEST(callers.stopped());
}

BOOST_FIXTURE_TEST_CASE(work_is_counted_again_after_a_queue_ran_empty, world)
{
    asio::io_context callers;
    source->hold();
    start();
    asio::cancellation_signal signal;
    const auto gone = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(callers, note(gone))));
    signal.emit(asio::cancellation_type::terminal);
    callers.poll();
    callers.restart();
    const auto stays = ask_on(*client, callers);
    callers.poll();
    BOOST_TEST(!callers.stopped());
    run();
    source->release();
    run();
    callers.poll();
    BOOST_TEST(stays->served());
}

BOOST_FIXTURE_TEST_CASE(an_idle_client_keeps_no_context_running, world)
{
    start();
    fetch();
    io.restart();
    io.poll();
    BOOST_TEST(io.stopped());
}

BOOST_FIXTURE_TEST_CASE(waiters_may_sit_on_a_thread_pool, world)
{
    asio::thread_pool pool(1);
    source->hold();
    start();
    const auto a = ask_on(*client, pool);
    run();
    source->release();
    run();
    pool.join();
    BOOST_TEST(a->served());
}

BOOST_AUTO_TEST_SUITE_END()
