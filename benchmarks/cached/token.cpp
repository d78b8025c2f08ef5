// A token that is there, for coroutines: co_await token() and its kin. Each thread has an io_context of its own.
#include <benchmark/benchmark.h>
#include <system_error>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "cached/in_threads.hpp"
#include "cached/warm_client.hpp"
#include "references/child_coroutine.hpp"
#include "references/naive_cache.hpp"

namespace faceki::bench {
namespace {

/// Runs a coroutine function that loops over the state.
template <class Loop>
void run(const Loop& loop)
{
    asio::io_context io{1};
    asio::co_spawn(io, loop, asio::detached);
    io.run();
}

void child_coroutine_case(benchmark::State& state)
{
    run([&]() -> asio::awaitable<void> {
        for (auto _ : state) {
            const std::string* const value = co_await child_coroutine(token_text);
            require(value->size() == token_text.size(), "the value");
        }
    });
}
BENCHMARK(child_coroutine_case)->Name("cached/token/child_coroutine")->ThreadRange(1, 2)->UseRealTime();

void naive(benchmark::State& state)
{
    const in_threads<naive_cache> cache(state, [] { return std::make_unique<naive_cache>(token_text); });
    run([&]() -> asio::awaitable<void> {
        for (auto _ : state) {
            const std::string value = co_await cache.get().token();
            require(value.size() == token_text.size(), "the value");
        }
    });
}
BENCHMARK(naive)->Name("cached/token/naive")->ThreadRange(1, 2)->UseRealTime();

void token(benchmark::State& state)
{
    const in_threads<warm_client> warm(state, [] { return std::make_unique<warm_client>(); });
    run([&]() -> asio::awaitable<void> {
        for (auto _ : state) {
            const access_token token = co_await warm.get().client.token();
            require(token.value().size() == token_text.size(), "the value");
        }
    });
}
BENCHMARK(token)->Name("cached/token/faceki")->ThreadRange(1, 2)->UseRealTime();

void try_token(benchmark::State& state)
{
    const in_threads<warm_client> warm(state, [] { return std::make_unique<warm_client>(); });
    run([&]() -> asio::awaitable<void> {
        for (auto _ : state) {
            const token_result result = co_await warm.get().client.try_token();
            require(result && result->value().size() == token_text.size(), "the value");
        }
    });
}
BENCHMARK(try_token)->Name("cached/try_token/faceki")->ThreadRange(1, 2)->UseRealTime();

/// Always a trip through the executor: a post, and a turn of run().
void async_token(benchmark::State& state)
{
    warm_client warm;
    for (auto _ : state) {
        bool served = false;
        warm.client.async_token([&served](std::error_code, const access_token& token) { served = !!token; });
        warm.io.run();
        warm.io.restart();
        require(served, "async_token");
    }
}
BENCHMARK(async_token)->Name("cached/async_token/faceki")->UseRealTime();

void post(benchmark::State& state)
{
    asio::io_context io{1};
    for (auto _ : state) {
        bool served = false;
        asio::post(io, [&served] { served = true; });
        io.run();
        io.restart();
        require(served, "post");
    }
}
BENCHMARK(post)->Name("cached/async_token/post")->UseRealTime();

} // namespace
} // namespace faceki::bench
