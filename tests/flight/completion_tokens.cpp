// Every way to wait for a token that Asio offers, and executors other than any_io_executor.

// g++ 12 with -fsanitize=address takes asio::use_future's empty allocator for an uninitialised value.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include <chrono>
#include <future>
#include <tuple>

#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include "support/play.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(completion_tokens)

BOOST_FIXTURE_TEST_CASE(a_callback, world)
{
    start();
    BOOST_TEST(fetch().value() == "token-1");
}

BOOST_FIXTURE_TEST_CASE(use_future_with_a_token_and_with_an_error, world)
{
    source->grant("good", 1s).fail(errc::server_error);
    start();
    std::future<access_token> good = client->async_token(asio::use_future);
    BOOST_TEST((good.wait_for(0s) == std::future_status::timeout));
    run();
    BOOST_REQUIRE((good.wait_for(0s) == std::future_status::ready));
    BOOST_TEST(good.get().value() == "good");
    pass(1s);
    std::future<access_token> bad = client->async_token(asio::use_future);
    run();
    BOOST_REQUIRE((bad.wait_for(0s) == std::future_status::ready));
    BOOST_CHECK_EXCEPTION(bad.get(), std::system_error, [](const auto& e) { return e.code() == errc::server_error; });
    std::future<void> closed = client->async_close(asio::use_future);
    run();
    BOOST_REQUIRE((closed.wait_for(0s) == std::future_status::ready));
    closed.get();
}

BOOST_FIXTURE_TEST_CASE(use_awaitable_and_no_completion_token_at_all, world)
{
    source->hold();
    start();
    const auto coroutine = [this]() -> asio::awaitable<void> {
        const access_token named = co_await client->async_token(asio::use_awaitable);
        BOOST_TEST(named.value() == "token-1");
        const access_token unnamed = co_await client->async_token();
        BOOST_TEST((unnamed == named));
        const access_token direct = co_await client->token();
        BOOST_TEST((direct == named));
        co_await client->async_close();
        BOOST_CHECK_EXCEPTION(co_await client->async_token(), std::system_error,
                              [](const auto& e) { return e.code() == asio::error::operation_aborted; });
    };
    bool done = false;
    asio::co_spawn(io, coroutine, [&](std::exception_ptr e) { done = !e; });
    run();
    source->release();
    run();
    BOOST_TEST(done);
}

BOOST_FIXTURE_TEST_CASE(as_tuple_throws_nothing, world)
{
    source->fail(errc::tls_failed, 0ms, false);
    start();
    const auto coroutine = [this]() -> asio::awaitable<void> {
        const auto [error, token] = co_await client->async_token(asio::experimental::as_tuple(asio::use_awaitable));
        BOOST_TEST((error == errc::tls_failed));
        BOOST_TEST(!token);
        const auto [closed] = co_await client->async_close(asio::experimental::as_tuple(asio::use_awaitable));
        BOOST_TEST(!closed);
    };
    play(*this, coroutine);
}

BOOST_FIXTURE_TEST_CASE(detached_fetches_for_later, world)
{
    start();
    client->async_token(asio::detached);
    run();
    BOOST_TEST(client->peek().value() == "token-1");
}

BOOST_FIXTURE_TEST_CASE(token_returns_a_live_token_without_a_trip_through_the_scheduler, world)
{
    start();
    fetch();
    bool posted_ran = false;
    const auto coroutine = [&]() -> asio::awaitable<void> {
        asio::post(io, [&] { posted_ran = true; });
        for (int n = 0; n < 1000; ++n)
            co_await client->token();
        BOOST_TEST(!posted_ran);
    };
    play(*this, coroutine);
    BOOST_TEST(posted_ran);
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(try_token_gives_a_token_or_an_error_with_diagnostics, world)
{
    source->fail(errc::server_error);
    start();
    const auto coroutine = [this]() -> asio::awaitable<void> {
        const token_result failed = co_await client->try_token();
        BOOST_TEST(!failed);
        BOOST_TEST((failed.error() == errc::server_error));
        BOOST_TEST(failed.diagnostics().message == "scripted failure");
        BOOST_TEST(!failed.token());
        clock->advance(2s);
        const token_result good = co_await client->try_token();
        BOOST_TEST(bool(good));
        BOOST_TEST(!good.error());
        BOOST_TEST(good->value() == "token-2");
        BOOST_TEST((*good).authorization() == "Bearer token-2");
        BOOST_TEST(good.diagnostics().message == "");
        const token_result hit = co_await client->try_token();
        BOOST_TEST(hit.token().value() == "token-2");
        const diagnostics none = (co_await client->try_token()).diagnostics();
        BOOST_TEST(none.attempt == 0);
        BOOST_TEST(none.message == "");
    };
    play(*this, coroutine);
}

BOOST_FIXTURE_TEST_CASE(try_token_of_a_flight_gives_a_result_without_failure, world)
{
    start();
    const auto coroutine = [this]() -> asio::awaitable<void> {
        const token_result fresh = co_await client->try_token();
        BOOST_TEST(bool(fresh));
        BOOST_TEST(!fresh.error());
        BOOST_TEST((fresh.diagnostics().kind == failure_kind::none));
        BOOST_TEST(!fresh.diagnostics().retry_at.has_value());
    };
    play(*this, coroutine);
}

BOOST_AUTO_TEST_CASE(a_client_on_a_plain_io_context_executor)
{
    world w;
    w.source->hold();
    using plain = asio::io_context::executor_type;
    basic_refresher<plain> client(w.io.get_executor(), w.config, w.source);
    static_assert(std::is_same_v<decltype(client.token()), asio::awaitable<access_token, plain>>);
    int steps = 0;
    const auto coroutine = [&]() -> asio::awaitable<void, plain> {
        const access_token first = co_await client.token();
        BOOST_TEST(first.value() == "token-1");
        ++steps;
        BOOST_TEST((co_await client.async_token() == first));
        ++steps;
        BOOST_TEST(bool(co_await client.try_token()));
        co_await client.async_close();
        ++steps;
    };
    asio::co_spawn(w.io.get_executor(), coroutine, asio::detached);
    w.run();
    w.source->release();
    w.run();
    BOOST_TEST(steps == 3);
}

BOOST_AUTO_TEST_CASE(an_executor_with_a_default_completion_token_gives_it_to_the_client)
{
    world w;
    using tuple_token = asio::experimental::as_tuple_t<asio::use_awaitable_t<>>;
    using with_tuple = tuple_token::executor_with_default<asio::any_io_executor>;
    basic_refresher<with_tuple> client(with_tuple(w.io.get_executor()), w.config, w.source);
    bool done = false;
    const auto coroutine = [&]() -> asio::awaitable<void> {
        const auto [error, token] = co_await client.async_token();
        BOOST_TEST(!error);
        BOOST_TEST(token.value() == "token-1");
        done = true;
    };
    asio::co_spawn(w.io, coroutine, asio::detached);
    w.run();
    BOOST_TEST(done);
}

BOOST_AUTO_TEST_SUITE_END()
