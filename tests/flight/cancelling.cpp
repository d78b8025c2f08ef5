// A waiter can only take itself out, at any moment, and the flight goes on.
#include <deque>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct cancellable {
    asio::cancellation_signal signal;
    answer_ptr got = std::make_shared<answer>();

    void ask(refresher& client) { client.async_token(asio::bind_cancellation_slot(signal.slot(), note(got))); }
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal) { signal.emit(type); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cancelling)

BOOST_FIXTURE_TEST_CASE(one_of_a_thousand_leaves_and_999_are_served, world)
{
    source->hold();
    start();
    std::deque<cancellable> callers(1000);
    for (auto& c : callers)
        c.ask(*client);
    run();
    callers[500].cancel();
    run();
    BOOST_TEST(callers[500].got->aborted());
    BOOST_TEST(client->stats().waiting == 999U);
    source->release();
    run();
    std::size_t served = 0;
    for (const auto& c : callers)
        served += c.got->served() ? 1U : 0U;
    BOOST_TEST(served == 999U);
    BOOST_TEST(callers[500].got->times == 1U);
}

BOOST_FIXTURE_TEST_CASE(first_last_and_neighbours_may_leave_in_any_order, world)
{
    source->hold();
    start();
    std::deque<cancellable> callers(6);
    for (auto& c : callers)
        c.ask(*client);
    for (const std::size_t n : {0U, 5U, 2U, 3U})
        callers[n].cancel();
    run();
    source->release();
    run();
    for (const std::size_t n : {0U, 5U, 2U, 3U})
        BOOST_TEST(callers[n].got->aborted());
    for (const std::size_t n : {1U, 4U})
        BOOST_TEST(callers[n].got->served());
}

BOOST_FIXTURE_TEST_CASE(when_all_left_the_flight_ends_and_the_next_call_is_served_without_a_second_request, world)
{
    source->grant("paid", 60s, 500ms);
    start();
    std::deque<cancellable> callers(100);
    for (auto& c : callers)
        c.ask(*client);
    run();
    for (auto& c : callers)
        c.cancel();
    run();
    BOOST_TEST(source->in_flight() == 1U);
    pass(500ms);
    for (const auto& c : callers)
        BOOST_TEST(c.got->aborted());
    BOOST_TEST(fetch().value() == "paid");
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(client->stats().cancelled == 100U);
}

BOOST_FIXTURE_TEST_CASE(a_caller_who_comes_after_all_left_joins_the_same_flight, world)
{
    source->grant("paid", 60s, 500ms);
    start();
    cancellable gone;
    gone.ask(*client);
    run();
    gone.cancel();
    run();
    const auto late = ask(*client);
    pass(500ms);
    BOOST_TEST(late->token.value() == "paid");
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(every_type_of_cancellation_takes_a_waiter_out, world)
{
    source->hold();
    start();
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total, asio::cancellation_type::all}) {
        cancellable c;
        c.ask(*client);
        c.cancel(type);
        run();
        BOOST_TEST(c.got->aborted());
    }
    cancellable stays;
    stays.ask(*client);
    stays.cancel(asio::cancellation_type::none);
    run();
    BOOST_TEST(stays.got->open());
    source->release();
    run();
    BOOST_TEST(stays.got->served());
}

BOOST_FIXTURE_TEST_CASE(a_waiter_cancelled_before_the_flight_began_is_aborted_by_a_post, world)
{
    start();
    cancellable c;
    c.ask(*client);
    c.cancel();
    BOOST_TEST(c.got->open()); // not inside emit()
    run();
    BOOST_TEST(c.got->aborted());
}

BOOST_FIXTURE_TEST_CASE(cancelling_twice_or_after_completion_does_nothing, world)
{
    source->hold();
    start();
    cancellable c;
    c.ask(*client);
    c.cancel();
    c.cancel();
    run();
    c.cancel();
    run();
    BOOST_TEST(c.got->aborted());
    BOOST_TEST(client->stats().cancelled == 1U);
    source->release();
    run();
    cancellable served;
    served.ask(*client);
    run();
    served.cancel();
    run();
    BOOST_TEST(served.got->served());
}

BOOST_FIXTURE_TEST_CASE(an_outcome_that_is_fixed_wins_over_a_cancel_before_the_drain, world)
{
    asio::io_context callers_io;
    source->hold();
    start();
    cancellable c;
    client->async_token(
        asio::bind_cancellation_slot(c.signal.slot(), asio::bind_executor(callers_io.get_executor(), note(c.got))));
    run();
    source->release();
    run(); // the outcome is fixed, the drain waits in callers_io
    BOOST_TEST(c.got->open());
    c.cancel();
    callers_io.poll();
    BOOST_TEST(c.got->served());
    BOOST_TEST(client->stats().cancelled == 0U);
    BOOST_TEST(client->stats().served == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_cancel_its_neighbour_that_is_already_released, world)
{
    source->hold();
    start();
    cancellable second;
    const auto first = std::make_shared<answer>();
    client->async_token([&second, first](error_code, access_token token) {
        ++first->times;
        first->token = std::move(token);
        second.cancel(); // in the same batch, and next in line
    });
    second.ask(*client);
    run();
    source->release();
    run();
    BOOST_TEST(first->served());
    BOOST_TEST(second.got->served());
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_live_token_call_still_gets_its_token, world)
{
    start();
    fetch();
    cancellable c;
    c.ask(*client); // its outcome is fixed at once
    c.cancel();
    run();
    BOOST_TEST(c.got->served());
}

BOOST_FIXTURE_TEST_CASE(a_signal_may_be_used_again_for_the_next_wait, world)
{
    source->hold();
    start();
    cancellable c;
    c.ask(*client);
    c.cancel();
    run();
    BOOST_TEST(c.got->aborted());
    c.got = std::make_shared<answer>();
    c.ask(*client);
    run();
    BOOST_TEST(c.got->open());
    c.cancel();
    run();
    BOOST_TEST(c.got->aborted());
}

BOOST_FIXTURE_TEST_CASE(a_coroutine_that_waits_for_one_of_two_takes_its_wait_out, world)
{
    using namespace asio::experimental::awaitable_operators;
    source->hold();
    start();
    bool done = false;
    const auto race = [this, &done]() -> asio::awaitable<void> {
        const auto result = co_await (client->token() || asio::post(asio::use_awaitable));
        BOOST_TEST(result.index() == 1U);
        done = true;
    };
    asio::co_spawn(io, race, asio::detached);
    run();
    BOOST_TEST(done);
    BOOST_TEST(client->stats().waiting == 0U);
    BOOST_TEST(client->stats().cancelled == 1U);
    BOOST_TEST(source->in_flight() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
