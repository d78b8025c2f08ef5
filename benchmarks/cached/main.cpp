// What a call of token() costs: cached, waiting, at a rollover. Micro part on Google Benchmark, each case beside its
// reference; then exact percentiles of single calls over real TLS. Every case checks its answer before it counts.
#include <atomic>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include <faceki/client.hpp>
#include <faceki/testing/mock_endpoint.hpp>
#include <faceki/testing/scripted_source.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "cli/latency.hpp"

namespace {

using namespace std::chrono_literals;

void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "wrong answer: %s\n", what);
    std::exit(1);
}

/// 850 characters, as the vendor's tokens have.
const std::string token_text(850, 'x');

/// A refresher that holds a token for an hour.
struct warm_client {
    warm_client()
    {
        source->grant(token_text, 1h);
        client.async_token([](std::error_code failed, const faceki::access_token& token) {
            require(!failed && token.value() == token_text, "the token to be cached");
        });
        io.run();
        io.restart();
    }

    asio::io_context io{1};
    std::shared_ptr<faceki::testing::scripted_source> source = std::make_shared<faceki::testing::scripted_source>();
    faceki::refresher client{io.get_executor(), faceki::refresher_config{}, source};
};

void run(asio::io_context& io)
{
    io.run();
    io.restart();
}

// Reference: a child coroutine that has its value at hand. Nothing that is an asio::awaitable can be faster.
asio::awaitable<const std::string*> child_coroutine()
{
    co_return &token_text;
}

void cached_reference_child(benchmark::State& state)
{
    asio::io_context io{1};
    const auto loop = [&]() -> asio::awaitable<void> {
        for (auto _ : state)
            benchmark::DoNotOptimize(co_await child_coroutine());
    };
    asio::co_spawn(io, loop, asio::detached);
    run(io);
}
BENCHMARK(cached_reference_child);

// Reference: what is usually written. A mutex, the steady clock, a copy of the string.
struct naive_cache {
    asio::awaitable<std::string> token()
    {
        const std::scoped_lock lock(mutex);
        if (std::chrono::steady_clock::now() >= expires)
            std::abort();
        co_return "Bearer " + value;
    }

    std::mutex mutex;
    std::string value = token_text;
    std::chrono::steady_clock::time_point expires = std::chrono::steady_clock::now() + 1h;
};

void cached_reference_naive(benchmark::State& state)
{
    asio::io_context io{1};
    naive_cache cache;
    const auto loop = [&]() -> asio::awaitable<void> {
        for (auto _ : state) {
            const std::string header = co_await cache.token();
            require(header.size() == token_text.size() + 7, "naive header");
        }
    };
    asio::co_spawn(io, loop, asio::detached);
    run(io);
}
BENCHMARK(cached_reference_naive);

void cached_co_await(benchmark::State& state)
{
    warm_client warm;
    const auto loop = [&]() -> asio::awaitable<void> {
        for (auto _ : state) {
            const faceki::access_token token = co_await warm.client.token();
            require(token.authorization().size() == token_text.size() + 7, "cached header");
        }
    };
    asio::co_spawn(warm.io, loop, asio::detached);
    run(warm.io);
}
BENCHMARK(cached_co_await);

void cached_peek(benchmark::State& state)
{
    warm_client warm;
    for (auto _ : state) {
        const faceki::access_token token = warm.client.peek();
        require(static_cast<bool>(token), "peek");
    }
}
BENCHMARK(cached_peek);

void cached_async_token(benchmark::State& state)
{
    warm_client warm;
    for (auto _ : state) {
        bool served = false;
        warm.client.async_token([&served](std::error_code, const faceki::access_token& token) { served = !!token; });
        run(warm.io);
        require(served, "async_token");
    }
}
BENCHMARK(cached_async_token);

asio::awaitable<void> wait_once(faceki::refresher& client, std::size_t& served)
{
    const faceki::access_token token = co_await client.token();
    if (token)
        ++served;
}

/// N coroutines join one flight, which then ends: time of joining and waking, per waiter.
void waiting_fan_in(benchmark::State& state)
{
    const auto waiters = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        asio::io_context io{1};
        const auto source = std::make_shared<faceki::testing::scripted_source>();
        source->hold();
        faceki::refresher client(io.get_executor(), faceki::refresher_config{}, source);
        std::size_t served = 0;
        for (std::size_t n = 0; n < waiters; ++n)
            asio::co_spawn(io, wait_once(client, served), asio::detached);
        const auto begin = std::chrono::steady_clock::now();
        io.poll();
        require(client.stats().waiting == waiters, "all wait");
        source->release();
        io.run();
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        require(served == waiters && source->requests() == 1, "all served by one request");
    }
    state.counters["per_waiter"] = benchmark::Counter(
        static_cast<double>(waiters), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(waiting_fan_in)->Arg(1'000)->Arg(10'000)->Arg(100'000)->UseManualTime()->Unit(benchmark::kMillisecond);

// ---- exact percentiles
// -------------------------------------------------------------------------------------------------------

void print_percentiles(const char* name, std::vector<std::uint64_t> ns)
{
    const faceki::cli::percentiles p = faceki::cli::percentiles_of(ns);
    std::printf("%-34s %8zu", name, p.samples);
    for (const auto value : {p.p50, p.p90, p.p99, p.p999, p.max})
        std::printf(" %11.2f", static_cast<double>(value.count()) / 1e3);
    std::printf("\n");
}

std::vector<std::uint64_t> time_cached_calls()
{
    warm_client warm;
    std::vector<std::uint64_t> ns;
    ns.reserve(200'000);
    const auto loop = [&]() -> asio::awaitable<void> {
        for (int n = 0; n < 200'000; ++n) {
            const auto begin = std::chrono::steady_clock::now();
            const faceki::access_token token = co_await warm.client.token();
            ns.push_back(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin).count()));
            require(static_cast<bool>(token), "cached");
        }
    };
    asio::co_spawn(warm.io, loop, asio::detached);
    run(warm.io);
    return ns;
}

faceki::client_config tls_config(const faceki::testing::mock_endpoint& endpoint)
{
    faceki::client_config config;
    config.credentials = faceki::credentials("test-client", "test-secret");
    config.base_url = endpoint.url();
    config.tls.ca_pem = endpoint.ca_pem();
    config.proxy = "none";
    return config;
}

/// One call that waits for a whole exchange: over a new connection each time, or over a kept one.
std::vector<std::uint64_t> time_waiting_calls(bool keep_connection, int rounds)
{
    faceki::testing::mock_options options;
    options.lifetime = 30s; // below limits.max_connection_idle: with longer ones no connection is kept
    faceki::testing::mock_endpoint endpoint(options);
    faceki::client_config config = tls_config(endpoint);
    if (!keep_connection)
        config.limits.max_connection_idle = 0ms;
    asio::io_context io{1};
    std::vector<std::uint64_t> ns;
    const auto loop = [&]() -> asio::awaitable<void> {
        faceki::client client(io.get_executor(), config);
        for (int n = 0; n < rounds; ++n) {
            // Same credentials once more: the token goes, and the next call may fetch at once.
            client.set_credentials(faceki::credentials("test-client", "test-secret"));
            const auto begin = std::chrono::steady_clock::now();
            const faceki::access_token token = co_await client.token();
            ns.push_back(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin).count()));
            require(static_cast<bool>(token), "waiting");
        }
        require(client.stats().requests_sent == static_cast<std::uint64_t>(rounds), "one request a round");
    };
    asio::co_spawn(io, loop, asio::detached);
    io.run();
    return ns;
}

/// A caller that asks at every token's end: time from use_until to the successor.
std::vector<std::uint64_t> time_rollovers(int rollovers)
{
    faceki::testing::mock_options options;
    options.lifetime = 100ms;
    faceki::testing::mock_endpoint endpoint(options);
    const faceki::client_config config = tls_config(endpoint);
    asio::io_context io{1};
    std::vector<std::uint64_t> ns;
    const auto loop = [&]() -> asio::awaitable<void> {
        faceki::client client(io.get_executor(), config);
        asio::steady_timer timer(io);
        faceki::access_token token = co_await client.token();
        for (int n = 0; n < rollovers; ++n) {
            const auto end = token.use_until();
            timer.expires_after(end - faceki::boot_clock::now());
            co_await timer.async_wait(asio::use_awaitable);
            const faceki::access_token next = co_await client.token();
            ns.push_back(static_cast<std::uint64_t>((faceki::boot_clock::now() - end).count()));
            require(!(next == token), "a new token after the old one's end");
            token = next;
        }
    };
    asio::co_spawn(io, loop, asio::detached);
    io.run();
    require(endpoint.early() == 0, "no early request");
    return ns;
}

void print_machine()
{
    std::printf("faceki token_latency, %u threads, g++ %s, %s\n", std::thread::hardware_concurrency(), __VERSION__,
#ifdef NDEBUG
                "optimised"
#else
                "NOT OPTIMISED: these numbers mean nothing"
#endif
    );
}

} // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    print_machine();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();

    std::printf(
        "\nsingle calls, µs                      calls         p50         p90         p99       p99.9         max\n");
    print_percentiles("cached", time_cached_calls());
    print_percentiles("waiting, kept connection", time_waiting_calls(true, 500));
    print_percentiles("waiting, new connection", time_waiting_calls(false, 200));
    print_percentiles("rollover, from the token's end", time_rollovers(30));
    return 0;
}
