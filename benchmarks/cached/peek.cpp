// peek(), beside other ways to read what all threads share.
#include <benchmark/benchmark.h>
#include <memory>
#include <vector>

#include "cached/in_threads.hpp"
#include "cached/warm_client.hpp"
#include "references/shared_values.hpp"

namespace faceki::bench {
namespace {

/// The characters themselves stay unread: eight hundred of them are no part of handing them over.
template <class Shared>
void reference(benchmark::State& state)
{
    const in_threads<Shared> shared(state, [] { return std::make_unique<Shared>(token_text); });
    for (auto _ : state) {
        auto value = shared.get().read();
        benchmark::DoNotOptimize(value);
    }
}
BENCHMARK(reference<raw_load>)->Name("cached/peek/raw_load")->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(reference<atomic_shared_ptr>)->Name("cached/peek/atomic_shared_ptr")->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(reference<mutex_shared_ptr>)->Name("cached/peek/mutex_shared_ptr")->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(reference<shared_mutex_shared_ptr>)->Name("cached/peek/shared_mutex")->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(reference<mutex_string_copy>)->Name("cached/peek/mutex_string_copy")->ThreadRange(1, 2)->UseRealTime();

void settle_in(refresher& client)
{
    const freshness once = client.keep_fresh(); // from now on this thread has a copy of its own
}

void peek(benchmark::State& state)
{
    const in_threads<warm_client> warm(state, [] { return std::make_unique<warm_client>(); });
    bool settled = false;
    for (auto _ : state) {
        if (!settled) [[unlikely]] {
            settle_in(warm.get().client);
            settled = true;
        }
        const access_token token = warm.get().client.peek();
        require(static_cast<bool>(token), "peek");
    }
}
BENCHMARK(peek)->Name("cached/peek/faceki")->ThreadRange(1, 2)->UseRealTime();

/// As many clients as a server of many tenants has, asked in turn.
void peek_of_100(benchmark::State& state)
{
    std::vector<std::unique_ptr<warm_client>> warm(100);
    for (auto& one : warm) {
        one = std::make_unique<warm_client>();
        settle_in(one->client);
    }
    std::size_t next = 0;
    for (auto _ : state) {
        const access_token token = warm[next]->client.peek();
        require(static_cast<bool>(token), "peek");
        if (++next == warm.size())
            next = 0;
    }
}
BENCHMARK(peek_of_100)->Name("cached/peek/100_clients")->UseRealTime();

/// One of them asked all the time: what the others cost by being there.
void peek_beside_99(benchmark::State& state)
{
    std::vector<std::unique_ptr<warm_client>> warm(100);
    for (auto& one : warm) {
        one = std::make_unique<warm_client>();
        settle_in(one->client);
    }
    for (auto _ : state) {
        const access_token token = warm[50]->client.peek();
        require(static_cast<bool>(token), "peek");
    }
}
BENCHMARK(peek_beside_99)->Name("cached/peek/beside_99_clients")->UseRealTime();

} // namespace
} // namespace faceki::bench

BENCHMARK_MAIN();
