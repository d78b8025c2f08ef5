// The end of a client: close(), async_close() and the destructor, with callers in every state.
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

std::shared_ptr<answer> async_close(refresher& client)
{
    auto a = std::make_shared<answer>();
    client.async_close([a](error_code error) {
        ++a->times;
        a->error = error;
    });
    return a;
}

bool done(const answer& a)
{
    return a.times == 1 && !a.error;
}

} // namespace

BOOST_AUTO_TEST_SUITE(closing)

BOOST_FIXTURE_TEST_CASE(close_aborts_all_waiters_and_reports_them_and_the_dropped_request, world)
{
    source->hold();
    start();
    std::vector<answer_ptr> answers;
    for (int n = 0; n < 200; ++n)
        answers.push_back(ask(*client));
    run();
    const close_report report = client->close();
    BOOST_TEST(report.request_dropped);
    BOOST_TEST(report.waiters_aborted == 200U);
    run();
    for (const auto& a : answers)
        BOOST_TEST(a->aborted());
    BOOST_TEST(source->cancelled() == 1U);
    BOOST_TEST(source->in_flight() == 0U);
    BOOST_TEST(source->closed());
    BOOST_TEST(clock->next_alarm().has_value() == false);
}

BOOST_FIXTURE_TEST_CASE(a_second_close_reports_nothing, world)
{
    source->hold();
    start();
    ask(*client);
    run();
    client->close();
    const close_report again = client->close();
    BOOST_TEST(!again.request_dropped);
    BOOST_TEST(again.waiters_aborted == 0U);
}

BOOST_FIXTURE_TEST_CASE(close_of_an_idle_client_drops_no_request, world)
{
    start();
    BOOST_TEST(!client->close().request_dropped);
    start();
    fetch();
    const close_report report = client->close();
    BOOST_TEST(!report.request_dropped);
    BOOST_TEST(report.waiters_aborted == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_flight_that_has_sent_nothing_yet_is_no_dropped_request, world)
{
    const auto dialling =
        std::make_shared<custom_source>([this](grant_request& request) -> asio::awaitable<grant_result> {
            co_return co_await source->request_token(request);
        });
    source->fail(errc::connect_failed, 5s, false); // in its connect phase for 5 s
    start(dialling);
    ask(*client);
    run();
    BOOST_TEST(source->in_flight() == 1U);
    BOOST_TEST(!client->close().request_dropped);
    run();
}

BOOST_FIXTURE_TEST_CASE(after_close_calls_fail_and_peek_is_empty, world)
{
    start();
    const access_token held = fetch();
    client->close();
    BOOST_TEST(!client->peek());
    const auto callback = ask(*client);
    const auto coroutine = ask_details(*client);
    run();
    BOOST_TEST(callback->aborted());
    BOOST_TEST(coroutine->aborted());
    BOOST_TEST(!client->invalidate(held));
    client->set_credentials(credentials("id-2", "secret-2"));
    run();
    const auto later = ask(*client);
    run();
    BOOST_TEST(later->aborted());
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(client->stats().refused == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_grant_that_comes_after_close_is_not_published, world)
{
    source->hold_stubbornly();
    start();
    const auto a = ask(*client);
    run();
    client->close();
    source->release();
    run();
    BOOST_TEST(a->aborted());
    BOOST_TEST(!client->peek());
    BOOST_TEST(client->stats().tokens == 0U);
}

BOOST_FIXTURE_TEST_CASE(async_close_of_an_idle_client_completes_with_success_and_not_inline, world)
{
    start();
    fetch();
    const auto first = async_close(*client);
    BOOST_TEST(first->open());
    run();
    BOOST_TEST(done(*first));
    const auto again = async_close(*client);
    BOOST_TEST(again->open());
    run();
    BOOST_TEST(done(*again));
}

BOOST_FIXTURE_TEST_CASE(async_close_waits_for_the_handlers_of_all_waiters, world)
{
    asio::io_context second;
    source->hold();
    start();
    const auto here = ask(*client);
    const auto there = ask_on(*client, second);
    run();
    const auto closed = async_close(*client);
    run();
    BOOST_TEST(here->aborted());
    BOOST_TEST(closed->open()); // the other's handler has not run
    second.poll();
    BOOST_TEST(there->aborted());
    run();
    BOOST_TEST(done(*closed));
}

BOOST_FIXTURE_TEST_CASE(async_close_waits_for_the_source_to_end, world)
{
    source->hold_stubbornly();
    start();
    ask(*client);
    run();
    const auto closed = async_close(*client);
    run();
    BOOST_TEST(closed->open());
    source->release();
    run();
    BOOST_TEST(done(*closed));
}

BOOST_FIXTURE_TEST_CASE(async_close_waits_also_for_a_source_abandoned_long_ago, world)
{
    source->hold_stubbornly();
    start();
    ask(*client);
    pass(40s);
    const auto closed = async_close(*client);
    run();
    BOOST_TEST(closed->open());
    source->release();
    run();
    BOOST_TEST(done(*closed));
}

BOOST_FIXTURE_TEST_CASE(a_waiters_handler_may_await_the_close, world)
{
    source->hold();
    start();
    const auto closed = std::make_shared<answer>();
    const auto waiter = [&]() -> asio::awaitable<void> {
        const token_result result = co_await client->try_token();
        BOOST_TEST((result.error() == asio::error::operation_aborted));
        co_await client->async_close();
        ++closed->times;
    };
    asio::co_spawn(io, waiter, asio::detached);
    run();
    client->close();
    run();
    BOOST_TEST(closed->times == 1U);
}

BOOST_FIXTURE_TEST_CASE(async_close_completes_on_its_own_executor_and_all_of_several_do, world)
{
    asio::io_context second;
    start();
    bool there = false;
    client->async_close(asio::bind_executor(second, [&](error_code) { there = true; }));
    const auto here = async_close(*client);
    run();
    BOOST_TEST(done(*here));
    BOOST_TEST(!there);
    second.poll();
    BOOST_TEST(there);
}

BOOST_FIXTURE_TEST_CASE(async_close_completes_although_the_client_is_destroyed_meanwhile, world)
{
    asio::io_context second;
    source->hold();
    start();
    const auto there = ask_on(*client, second);
    run();
    const auto closed = async_close(*client);
    run();
    client.reset();
    run();
    BOOST_TEST(closed->open());
    second.poll();
    BOOST_TEST(there->aborted());
    run();
    BOOST_TEST(done(*closed));
}

BOOST_FIXTURE_TEST_CASE(the_destructor_aborts_waiters_like_close, world)
{
    source->hold();
    start();
    const auto callback = ask(*client);
    const auto coroutine = ask_details(*client);
    run();
    client.reset();
    BOOST_TEST(callback->open());
    run();
    BOOST_TEST(callback->aborted());
    BOOST_TEST(coroutine->aborted());
    BOOST_TEST(source->in_flight() == 0U);
    BOOST_TEST(source->closed());
    BOOST_TEST(!clock->next_alarm().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_client_destroyed_before_it_ever_ran_aborts_its_callers, world)
{
    start();
    const auto a = ask(*client);
    client.reset();
    run();
    BOOST_TEST(a->aborted());
    BOOST_TEST(source->requests() == 0U);
}

BOOST_FIXTURE_TEST_CASE(tokens_outlive_their_client, world)
{
    start();
    const access_token held = fetch();
    client.reset();
    run();
    BOOST_TEST(held.authorization() == "Bearer token-1");
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_destroy_the_client, world)
{
    source->hold();
    start();
    client->async_token([this](error_code, access_token) { client.reset(); });
    const auto next = ask(*client);
    run();
    source->release();
    run();
    BOOST_TEST(!client.has_value());
    BOOST_TEST(next->served());
}

BOOST_FIXTURE_TEST_CASE(a_cancel_between_close_and_its_handler_changes_nothing, world)
{
    source->hold();
    start();
    asio::cancellation_signal signal;
    const auto a = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), note(a)));
    run();
    client->close();
    signal.emit(asio::cancellation_type::all);
    client.reset();
    signal.emit(asio::cancellation_type::all);
    run();
    BOOST_TEST(a->aborted());
}

BOOST_AUTO_TEST_SUITE_END()
