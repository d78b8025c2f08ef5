// Three ways to stop waiting. Each takes one waiter out; the request all share goes on, and its token is kept.
// Its mock endpoint takes a second to answer.
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <cstdlib>
#include <faceki/client.hpp>
#include <iostream>

namespace {

using namespace std::chrono_literals;

/// A limit of this caller's own.
asio::awaitable<void> impatient(faceki::client& client, int& left)
{
    const faceki::token_result token = co_await client.try_token(faceki::within(20ms));
    left += token.error() == faceki::errc::timed_out; // from token(within(20ms)) it would be a token_error
}

/// Cancelled from outside, by the signal it was spawned with.
asio::awaitable<void> session(faceki::client& client, int& left)
{
    const faceki::token_result token = co_await client.try_token();
    left += token.error() == asio::error::operation_aborted;
}

/// The first of several things: here a token, or the moment when it is of no use any more.
asio::awaitable<void> match_start(faceki::client& client, int& left)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer start(co_await asio::this_coro::executor, 20ms);
    const auto first = co_await (client.token() || start.async_wait(asio::use_awaitable)); // the other is cancelled
    left += first.index() == 1;
}

asio::awaitable<void> patient(faceki::client& client, bool& served)
{
    const faceki::access_token token = co_await client.token();
    served = static_cast<bool>(token);
}

asio::awaitable<void> visit(faceki::client& client, int& left, bool& served)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::cancellation_signal player_leaves;
    asio::co_spawn(executor, session(client, left), asio::bind_cancellation_slot(player_leaves.slot(), asio::detached));
    co_await impatient(client, left);
    player_leaves.emit(asio::cancellation_type::terminal); // on the session's own executor, as Asio demands
    co_await match_start(client, left);

    co_await patient(client, served);
}

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;

    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    int left = 0;
    bool served = false;
    asio::co_spawn(io, visit(client, left, served), asio::detached);
    io.run();

    const faceki::stats counted = client.stats();
    const bool as_counted = left == 3 && counted.timed_out == 1 && counted.cancelled == 2;
    std::cout << left << " callers stopped waiting (" << counted.timed_out << " by its own limit, " << counted.cancelled
              << " cancelled), the fourth " << (served ? "has" : "lacks") << " the token; " << counted.requests_sent
              << " request was sent\n";
    return as_counted && served && counted.requests_sent == 1 ? 0 : 1;
}
