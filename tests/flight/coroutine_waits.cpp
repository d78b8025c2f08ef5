// Callers that are coroutines: what a co_await of token() and try_token() does to them. Runs twice: with the awaitables
// that use Asio's internals, and with those that do not (test_public_asio).
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(coroutine_waits)

namespace {

asio::awaitable<access_token> token_of(refresher& client)
{
    co_return co_await client.token();
}

asio::awaitable<access_token> token_of_nobody()
{
    throw std::runtime_error("no token here");
    co_return access_token();
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_users_own_coroutine_may_return_a_token, world)
{
    source->hold();
    start();
    std::vector<access_token> got;
    const auto asks = [&]() -> asio::awaitable<void> {
        got.push_back(co_await token_of(*client)); // waits
        got.push_back(co_await token_of(*client)); // is there
    };
    asio::co_spawn(io, asks, asio::detached);
    run();
    BOOST_TEST(got.empty());
    source->release();
    run();
    BOOST_TEST_REQUIRE(got.size() == 2U);
    BOOST_TEST(got[0].value() == "token-1");
    BOOST_TEST((got[0] == got[1]));
}

BOOST_FIXTURE_TEST_CASE(its_exception_comes_through, world)
{
    start();
    bool thrown = false;
    const auto asks = [&]() -> asio::awaitable<void> {
        try {
            co_await token_of_nobody();
        } catch (const std::runtime_error&) {
            thrown = true;
        }
    };
    asio::co_spawn(io, asks, asio::detached);
    run();
    BOOST_TEST(thrown);
}

BOOST_FIXTURE_TEST_CASE(an_awaitable_may_be_kept_moved_and_thrown_away, world)
{
    source->hold();
    start();
    access_token got;
    const auto asks = [&]() -> asio::awaitable<void> {
        asio::awaitable<access_token> first = client->token();
        asio::awaitable<access_token> unused = client->token();
        asio::awaitable<access_token> own = token_of(*client);
        asio::awaitable<access_token> second(std::move(first));
        BOOST_TEST(second.valid());
        BOOST_TEST(!first.valid());
        first = std::move(second);
        got = co_await std::move(first);
    };
    asio::co_spawn(io, asks, asio::detached);
    run();
    BOOST_TEST(client->stats().waiting == 1U);
    source->release();
    run();
    BOOST_TEST(got.value() == "token-1");
    BOOST_TEST(client->stats().waiters == 1U);
}

BOOST_FIXTURE_TEST_CASE(it_may_be_spawned_itself, world)
{
    source->hold();
    start();
    access_token got;
    asio::co_spawn(io, client->token(), [&](const std::exception_ptr& failed, access_token token) {
        BOOST_TEST(!failed);
        got = std::move(token);
    });
    run();
    source->release();
    run();
    BOOST_TEST(got.value() == "token-1");
}

BOOST_FIXTURE_TEST_CASE(a_failure_is_thrown_with_its_details_and_given_by_try_token, world)
{
    source->fail(errc::connect_failed, {}, false);
    start();
    std::vector<std::error_code> got;
    std::string message;
    const auto asks = [&](bool throws) -> asio::awaitable<void> {
        if (throws) {
            try {
                static_cast<void>(co_await client->token());
            } catch (const token_error& e) {
                got.push_back(e.code());
                message = e.diagnostics().message;
            }
        } else {
            const token_result r = co_await client->try_token();
            BOOST_TEST(r.waited());
            got.push_back(r.error());
            BOOST_TEST(r.diagnostics().message == message); // it comes second
        }
    };
    asio::co_spawn(io, asks(true), asio::detached);
    asio::co_spawn(io, asks(false), asio::detached);
    run();
    BOOST_TEST_REQUIRE(got.size() == 2U);
    BOOST_TEST(got[0] == errc::connect_failed);
    BOOST_TEST(got[1] == errc::connect_failed);
}

BOOST_FIXTURE_TEST_CASE(a_bound_slot_takes_a_coroutine_out_and_its_next_wait_too, world)
{
    source->hold();
    start();
    asio::cancellation_signal signal;
    int aborted = 0;
    const auto asks = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        for (int n = 0; n < 2; ++n) {
            const token_result r = co_await client->try_token();
            aborted += r.error() == asio::error::operation_aborted;
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        }
    };
    asio::co_spawn(io, asks, asio::bind_cancellation_slot(signal.slot(), asio::detached));
    for (int n = 0; n < 2; ++n) {
        run();
        BOOST_TEST(client->stats().waiting == 1U);
        signal.emit(asio::cancellation_type::terminal);
        BOOST_TEST(aborted == n); // never inside the emission
    }
    run();
    BOOST_TEST(aborted == 2);
    signal.emit(asio::cancellation_type::terminal); // nobody waits any more
    BOOST_TEST(client->stats().cancelled == 2U);
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_FIXTURE_TEST_CASE(somebody_else_may_fill_or_clear_its_slot_before_and_meanwhile, world)
{
    source->hold();
    start();
    asio::cancellation_signal signal;
    int emitted = 0;
    int served = 0;
    asio::cancellation_slot inner;
    const auto asks = [&]() -> asio::awaitable<void> {
        inner = (co_await asio::this_coro::cancellation_state).slot();
        inner.assign([&emitted](asio::cancellation_type) { emitted += 100; });
        served += (co_await client->token()) ? 1 : 0;
        BOOST_TEST(!inner.has_handler());
    };
    for (const bool fills : {false, true}) {
        asio::co_spawn(io, asks, asio::bind_cancellation_slot(signal.slot(), asio::detached));
        run();
        BOOST_TEST(inner.has_handler());
        inner.clear();
        if (fills)
            inner.assign([&emitted](asio::cancellation_type) { ++emitted; });
        signal.emit(asio::cancellation_type::terminal); // not to the waiter
        run();
        BOOST_TEST(client->stats().waiting == 1U);
        source->release();
        run();
        source->hold();
        client->set_credentials(credentials("id", "another secret"));
    }
    BOOST_TEST(served == 2);
    BOOST_TEST(emitted == 1);
}

BOOST_FIXTURE_TEST_CASE(a_limit_of_its_own_takes_it_out, world)
{
    source->hold();
    start();
    std::error_code got;
    const auto asks = [&]() -> asio::awaitable<void> { got = (co_await client->try_token(within(1s))).error(); };
    asio::co_spawn(io, asks, asio::detached);
    pass(1s);
    BOOST_TEST(got == errc::timed_out);
    BOOST_TEST(client->stats().timed_out == 1U);
}

BOOST_FIXTURE_TEST_CASE(it_goes_on_on_its_own_executor_in_the_order_of_joining, world)
{
    source->hold();
    start();
    asio::io_context own;
    const auto strand = asio::make_strand(own);
    std::vector<int> order;
    const auto asks = [&](int n) -> asio::awaitable<void> {
        static_cast<void>(co_await client->token());
        BOOST_TEST(strand.running_in_this_thread());
        order.push_back(n);
    };
    for (int n = 0; n < 200; ++n)
        asio::co_spawn(strand, asks(n), asio::detached);
    own.poll();
    run();
    source->release();
    run();
    BOOST_TEST(order.empty());
    own.restart();
    own.poll();
    BOOST_TEST_REQUIRE(order.size() == 200U);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_FIXTURE_TEST_CASE(one_that_asks_again_at_once_or_ends_its_client_disturbs_nobody, world)
{
    source->hold();
    start();
    int served = 0;
    int again = 0;
    const auto asks = [&](bool ends) -> asio::awaitable<void> {
        static_cast<void>(co_await client->token());
        ++served;
        if (ends)
            client.reset();
        else if (client)
            again += (co_await client->try_token()).waited() ? 0 : 1;
    };
    for (int n = 0; n < 100; ++n)
        asio::co_spawn(io, asks(n == 50), asio::detached);
    run();
    source->release();
    run();
    BOOST_TEST(served == 100);
    BOOST_TEST(again == 50);
}

BOOST_FIXTURE_TEST_CASE(one_that_throws_out_of_run_loses_nobody, world)
{
    source->hold();
    start();
    int served = 0;
    const auto asks = [&](int n) -> asio::awaitable<void> {
        static_cast<void>(co_await client->token());
        ++served;
        if (n % 3 == 0)
            throw std::runtime_error("a caller's own");
    };
    const auto rethrow = [](const std::exception_ptr& e) {
        if (e)
            std::rethrow_exception(e);
    };
    for (int n = 0; n < 150; ++n)
        asio::co_spawn(io, asks(n), rethrow);
    run();
    source->release();
    int thrown = 0;
    for (;;)
        try {
            run();
            break;
        } catch (const std::exception&) { // Asio makes one of several that one handler of its own let through
            ++thrown;
        }
    BOOST_TEST(served == 150);
    BOOST_TEST(thrown > 0);
    BOOST_TEST(client->stats().served == 150U);
}

BOOST_FIXTURE_TEST_CASE(its_frame_is_destroyed_with_its_context, world)
{
    source->hold();
    start();
    const auto alive = std::make_shared<int>();
    auto own = std::make_unique<asio::io_context>();
    const auto asks = [&](std::shared_ptr<int> held) -> asio::awaitable<void> {
        static_cast<void>(co_await client->token());
        held.reset();
    };
    for (int n = 0; n < 3; ++n)
        asio::co_spawn(*own, asks(alive), asio::detached);
    own->poll();
    run();
    BOOST_TEST(alive.use_count() == 4);
    own.reset();
    BOOST_TEST(alive.use_count() == 1);
    source->release();
    run();
    BOOST_TEST(client->stats().dropped == 3U);
    BOOST_TEST(client->stats().served == 0U);
}

BOOST_FIXTURE_TEST_CASE(so_it_is_between_its_outcome_and_its_completion, world)
{
    source->hold();
    start();
    const auto alive = std::make_shared<int>();
    auto own = std::make_unique<asio::io_context>();
    const auto asks = [&](std::shared_ptr<int> held) -> asio::awaitable<void> {
        static_cast<void>(co_await client->token());
        held.reset();
    };
    for (int n = 0; n < 100; ++n)
        asio::co_spawn(*own, asks(alive), asio::detached);
    own->poll();
    run();
    source->release();
    run();
    own.reset();
    BOOST_TEST(alive.use_count() == 1);
    BOOST_TEST(client->stats().dropped == 100U);
    BOOST_TEST(client->stats().served == 0U);
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
