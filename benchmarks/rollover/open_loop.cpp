// One thread that calls on schedule; the client has a thread of its own, as services that count microseconds give it.
#include "rollover/open_loop.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include "harness/open_loop.hpp"
#include "harness/processors.hpp"
#include "harness/side_by_side.hpp"
#include "rollover/scene.hpp"

namespace rollover {
namespace {

using faceki::bench::require;

constexpr std::size_t calls = 10'000;
constexpr auto interval = 47us;   // no part of the kernel's tick of 1, 4 or 10 ms, which else hits all calls or none
constexpr auto short_life = 97ms; // an hour's tokens come to their end 37,000 times less often
constexpr auto long_life = 1h;

struct tally {
    open_loop_result result;
    std::size_t waited = 0;
    std::size_t tokens = 0; ///< different ones that callers got, in order
    faceki::access_token last;
};

asio::awaitable<void> call(faceki::client& client, boot_clock::time_point due, tally& seen)
{
    const auto began = boot_clock::now();
    const faceki::token_result result = co_await client.try_token();
    const auto ended = boot_clock::now();
    require(static_cast<bool>(result) && result->use_until() > began, "a live token");
    if (result.waited())
        ++seen.waited;
    else
        seen.result.cached.push_back(std::chrono::duration<double, std::micro>(ended - due).count());
    if (result->use_until() != seen.last.use_until()) {
        ++seen.tokens;
        seen.last = *result;
    }
}

} // namespace

open_loop_result run_open_loop(bool rollovers)
{
    const auto lifetime = rollovers ? std::chrono::milliseconds(short_life) : std::chrono::milliseconds(long_life);
    const faceki::bench::first_in_line undisturbed; // nor are the client's thread and the endpoint's
    const faceki::bench::processors where;
    where.take_others(); // the endpoint is another machine, and a service has more processors than two
    const faceki::testing::mock_endpoint endpoint(endpoint_options(lifetime, 0ms));
    faceki::client client(faceki::own_thread, config_for(endpoint, 0, lifetime, true));
    where.take_last();

    asio::io_context io(1);
    tally seen;
    seen.result.cached.reserve(calls);
    asio::co_spawn(io, call(client, boot_clock::now(), seen), asio::detached);
    io.run();
    io.restart();
    require(seen.waited == 1 && seen.tokens == 1, "the first token");
    seen.waited = 0;

    const auto poll = [&io] {
        io.poll();
        io.restart();
    };
    const auto start_call = [&](boot_clock::time_point due) {
        asio::co_spawn(io, call(client, due, seen), asio::detached);
        poll();
    };
    std::this_thread::sleep_for(100ms); // for those who had to stand back in the round before
    faceki::bench::run_open_loop(calls, interval, start_call, poll);
    io.run();

    require(seen.result.cached.size() + seen.waited == calls, "all calls");
    require(rollovers ? seen.tokens > calls * interval / short_life / 2 : seen.tokens == 1, "rollovers, or none");
    require(client.stats().requests_sent == seen.tokens && endpoint.requests() == seen.tokens,
            "one request for each token");
    require(endpoint.early() == 0, "no early request");
    seen.result.waited = static_cast<double>(seen.waited) / static_cast<double>(calls);
    return std::move(seen.result);
}

} // namespace rollover
