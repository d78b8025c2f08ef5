// authorized(): which answers lead to which calls, token requests and results.
#include <stdexcept>
#include <string>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "flight/authorized_api.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(authorized_calls)

BOOST_FIXTURE_TEST_CASE(an_accepted_token_is_one_call, api_world)
{
    start();
    BOOST_TEST(finish()->gave(200));
    BOOST_TEST(finish()->gave(200));
    BOOST_TEST(api.list() == "token-1 token-1");
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(client->stats().invalidated == 0U);
}

BOOST_FIXTURE_TEST_CASE(after_a_401_the_token_is_renewed_and_the_call_is_made_once_more, api_world)
{
    api.refused = {"token-1"};
    start();
    BOOST_TEST(finish()->gave(200));
    BOOST_TEST(api.list() == "token-1 token-2");
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->stats().invalidated == 1U);
    BOOST_TEST(client->peek().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(a_second_401_is_the_answer, api_world)
{
    api.refuse_all = true;
    start();
    BOOST_TEST(finish()->gave(401));
    BOOST_TEST(api.list() == "token-1 token-2");
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->peek().value() == "token-2"); // its own rejection is the next call's business
}

BOOST_FIXTURE_TEST_CASE(without_a_token_nothing_is_called, api_world)
{
    source->fail(errc::server_error);
    start();
    const auto e = finish();
    BOOST_TEST(e->threw(errc::server_error));
    BOOST_TEST(api.shown.empty());
    try {
        std::rethrow_exception(e->thrown);
    } catch (const token_error& error) {
        BOOST_TEST(error.diagnostics().message == "scripted failure");
    }
}

BOOST_FIXTURE_TEST_CASE(a_renewal_that_fails_leaves_the_callers_the_401, api_world)
{
    api.refuse_all = true;
    source->grant("first", 1h).fail(errc::server_error);
    start();
    BOOST_TEST(finish()->gave(401));
    BOOST_TEST(api.list() == "first");
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(finish()->threw(errc::server_error)); // in the cool-down: there is no token for a first call
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(while_renewals_are_limited_the_rejected_token_stays_in_use, api_world)
{
    api.refuse_all = true;
    start();
    finish();
    pass(9999ms);
    for (int n = 0; n < 3; ++n)
        BOOST_TEST(finish()->gave(401));
    BOOST_TEST(api.list() == "token-1 token-2 token-2 token-2 token-2");
    BOOST_TEST(client->peek().value() == "token-2");
    BOOST_TEST(source->requests() == 2U);
    pass(1ms);
    api.refuse_all = false;
    api.refused = {"token-2"};
    BOOST_TEST(finish()->gave(200));
    BOOST_TEST(source->requests() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_token_dropped_while_renewals_are_limited_leaves_the_callers_the_401, api_world)
{
    start();
    client->invalidate(fetch());
    gate answered(io.get_executor());
    const auto slow = [&](access_token token) -> asio::awaitable<int> {
        const int status = api.answer(token);
        co_await answered.pass();
        co_return status;
    };
    api.refuse_all = true;
    const auto e = begin(*this, slow);
    run();
    client->invalidate(client->peek()); // the plain form drops it although its renewal is not permitted yet
    answered.open();
    run();
    BOOST_TEST(e->gave(401));
    BOOST_TEST(api.list() == "token-2");
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_same_token_again_is_not_shown_again, api_world)
{
    api.refuse_all = true;
    for (int n = 0; n < 100; ++n)
        source->grant("same", 1h);
    start();
    BOOST_TEST(finish()->gave(401));
    BOOST_TEST(api.list() == "same");
    BOOST_TEST(source->requests() == 2U);
    for (int n = 0; n < 10; ++n)
        BOOST_TEST(finish()->gave(401));
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(api.shown.size() == 11U);
    pass(10s);
    BOOST_TEST(finish()->gave(401));
    BOOST_TEST(source->requests() == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_a_call_throws_passes_through_and_is_not_tried_again, api_world)
{
    start();
    int calls = 0;
    const auto coroutine = [&](access_token) -> asio::awaitable<int> {
        ++calls;
        throw std::runtime_error("in a coroutine");
        co_return 401;
    };
    const auto function = [&](const access_token&) -> asio::awaitable<int> {
        ++calls;
        throw std::runtime_error("in a function");
    };
    const auto second = [&](access_token token) -> asio::awaitable<int> {
        ++calls;
        if (token.value() == "token-2")
            throw std::runtime_error("in the second call");
        co_return 401;
    };
    const auto message_of = [](const ending_ptr& e) -> std::string {
        try {
            if (e->thrown)
                std::rethrow_exception(e->thrown);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "nothing";
    };
    BOOST_TEST(message_of(finish(coroutine)) == "in a coroutine");
    BOOST_TEST(message_of(finish(function)) == "in a function");
    BOOST_TEST(calls == 2);
    BOOST_TEST(client->peek().value() == "token-1");
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(message_of(finish(second)) == "in the second call");
    BOOST_TEST(calls == 4);
    BOOST_TEST(client->peek().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(only_401_is_a_rejection, api_world)
{
    start();
    for (const int status : {0, 1, 200, 204, 302, 400, 402, 403, 407, 408, 429, 500, 503, 4010}) {
        int calls = 0;
        const auto answers = [&](access_token) -> asio::awaitable<int> {
            ++calls;
            co_return status;
        };
        BOOST_TEST(finish(answers)->gave(status));
        BOOST_TEST(calls == 1);
    }
    BOOST_TEST(client->peek().value() == "token-1");
    BOOST_TEST(source->requests() == 1U);
}

BOOST_AUTO_TEST_CASE(cancelled_at_each_step)
{
    struct {
        const char* during;
        std::size_t requests; // when it is cancelled
        std::size_t calls;
    } const steps[] = {{"first token", 1, 0}, {"first call", 1, 1}, {"renewal", 2, 1}, {"second call", 2, 2}};
    for (const auto& step : steps)
        BOOST_TEST_CONTEXT(step.during)
        {
            api_world w;
            const std::string during = step.during;
            if (during == "first token")
                w.source->hold();
            if (during == "renewal")
                w.source->grant("token-1", 1h).hold();
            w.start();
            gate never(w.io.get_executor());
            const auto call = [&](access_token token) -> asio::awaitable<int> {
                w.api.answer(token);
                if (during == (w.api.shown.size() == 1 ? "first call" : "second call")) {
                    co_await never.pass();
                    co_await asio::post(asio::use_awaitable); // throws: the coroutine is cancelled
                }
                co_return 401;
            };
            asio::cancellation_signal signal;
            const auto e = std::make_shared<ending_of_call>();
            asio::co_spawn(w.io, authorized(*w.client, call),
                           asio::bind_cancellation_slot(signal.slot(), note_ending(e)));
            w.run();
            BOOST_TEST(e->open());
            BOOST_TEST(w.source->requests() == step.requests);
            BOOST_TEST(w.api.shown.size() == step.calls);
            signal.emit(asio::cancellation_type::terminal);
            w.run();
            BOOST_REQUIRE(e->times == 1U);
            if (during == "first token" || during == "renewal")
                BOOST_TEST(e->threw(asio::error::operation_aborted));
            BOOST_CHECK_EXCEPTION(std::rethrow_exception(e->thrown), std::system_error,
                                  [](const auto& error) { return error.code() == asio::error::operation_aborted; });
            BOOST_TEST(w.api.shown.size() == step.calls);
            w.source->release();
            w.run();
            BOOST_TEST(bool(w.client->peek())); // the flight went on, its token is kept
            BOOST_TEST(w.source->requests() == step.requests);
        }
}

BOOST_FIXTURE_TEST_CASE(a_client_that_closes_during_the_renewal, api_world)
{
    api.refuse_all = true;
    source->grant("token-1", 1h).hold();
    start();
    const auto e = finish();
    BOOST_TEST(e->open());
    client->close();
    run();
    BOOST_TEST(e->threw(asio::error::operation_aborted));
    BOOST_TEST(finish()->threw(asio::error::operation_aborted));
    BOOST_TEST(api.shown.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_closes_during_the_call, api_world)
{
    api.refuse_all = true;
    start();
    gate answered(io.get_executor());
    const auto slow = [&](access_token token) -> asio::awaitable<int> {
        const int status = api.answer(token);
        co_await answered.pass();
        co_return status;
    };
    const auto e = finish(slow);
    client->close();
    answered.open();
    run();
    BOOST_TEST(e->threw(asio::error::operation_aborted));
    BOOST_TEST(api.shown.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
