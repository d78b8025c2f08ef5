// Many clients on one thread, staggered so that each rolls over by itself. Each has one caller that comes at the very
// instant of use_until: the one who waits longest.
#include "rollover/stall.hpp"

#include <deque>
#include <memory>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "harness/percentiles.hpp"
#include "harness/processors.hpp"
#include "rollover/scene.hpp"

namespace rollover {
namespace {

using faceki::bench::require;

constexpr std::size_t clients = 34;
constexpr std::size_t rollovers_each = 3;
static_assert(clients * rollovers_each >= 100);
constexpr auto lifetime = 180ms;
constexpr boot_clock::duration spacing = boot_clock::duration(lifetime) / clients;

double in_ms(boot_clock::duration span)
{
    return std::chrono::duration<double, std::milli>(span).count();
}

asio::awaitable<void> until(boot_clock::time_point when)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, when - boot_clock::now());
    co_await timer.async_wait(asio::use_awaitable);
}

void spawn(asio::io_context& io, asio::awaitable<void> what)
{
    asio::co_spawn(io, std::move(what), [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
}

class counts_warm_ups final : public faceki::observer {
public:
    std::size_t ready = 0;

private:
    void on_prewarmed(std::error_code error) override { ready += error ? 0 : 1; }
};

asio::awaitable<void> roll_over(faceki::client& client, boot_clock::time_point begin, std::vector<double>& stalls)
{
    co_await until(begin);
    faceki::access_token token = co_await client.token();
    for (std::size_t n = 0; n < rollovers_each; ++n) {
        // A connection is made ready if somebody used the token in its last quarter, before the last eighth.
        co_await until(token.regenerate_after() - lifetime * 3 / 16);
        static_cast<void>(client.peek());
        co_await until(token.use_until());
        const auto called = boot_clock::now();
        const faceki::access_token next = co_await client.token();
        stalls.push_back(in_ms(boot_clock::now() - token.use_until()));
        require(!(next == token) && next.use_until() > called, "a live successor");
        token = next;
    }
}

asio::awaitable<void> exchange_twice(faceki::client& client, std::size_t number, boot_clock::time_point begin,
                                     std::vector<double>& gaps, std::vector<double>& exchanges)
{
    co_await until(begin);
    const faceki::access_token first = co_await client.token();
    // Other credentials may ask at once, and do so on the same connection.
    client.set_credentials(credentials_of(clients + number));
    const auto called = boot_clock::now();
    const faceki::access_token second = co_await client.token();
    exchanges.push_back(in_ms(boot_clock::now() - called));
    gaps.push_back(in_ms(second.regenerate_after() - second.use_until()));
    require(!(first == second), "a token of the new credentials");
}

} // namespace

std::vector<double> stalls(bool prewarm, std::chrono::milliseconds latency)
{
    const faceki::bench::first_in_line undisturbed; // the endpoint's thread too
    const faceki::testing::mock_endpoint endpoint(endpoint_options(lifetime, latency));
    const auto warm_ups = std::make_shared<counts_warm_ups>();
    asio::io_context io(1);
    std::deque<faceki::client> all;
    std::vector<double> stalls;
    const auto begin = boot_clock::now() + 5ms; // until then all clients are made
    for (std::size_t n = 0; n < clients; ++n) {
        faceki::client_config config = config_for(endpoint, n, lifetime, prewarm);
        config.observer = warm_ups;
        spawn(io, roll_over(all.emplace_back(io.get_executor(), config),
                            begin + spacing * static_cast<boot_clock::rep>(n), stalls));
    }
    io.run();

    const std::size_t requests = clients * (1 + rollovers_each);
    require(stalls.size() == clients * rollovers_each, "all rollovers");
    require(endpoint.requests() == requests && endpoint.failed() == 0, "one request for each token");
    require(endpoint.early() == 0, "no early request");
    // A machine that stands still for a while may cost some of them; they are measured all the same.
    require(prewarm ? warm_ups->ready * 2 > stalls.size() : warm_ups->ready == 0, "pre-warming, where it is on");
    require(endpoint.accepted() >= requests, "no connection to be kept for the next rollover");
    return stalls;
}

double shortest_stall(std::chrono::milliseconds latency)
{
    const faceki::bench::first_in_line undisturbed; // the endpoint's thread too
    const faceki::testing::mock_endpoint endpoint(endpoint_options(30s, latency));
    asio::io_context io(1);
    std::deque<faceki::client> all;
    std::vector<double> gaps;
    std::vector<double> exchanges;
    const auto begin = boot_clock::now() + 5ms;
    for (std::size_t n = 0; n < clients; ++n) {
        faceki::client_config config = config_for(endpoint, n, 30s, false);
        config.limits.max_connection_idle = 30s; // kept: that is what is measured here
        spawn(io, exchange_twice(all.emplace_back(io.get_executor(), config), n,
                                 begin + spacing * static_cast<boot_clock::rep>(n), gaps, exchanges));
    }
    io.run();

    require(endpoint.requests() == 2 * clients && endpoint.failed() == 0, "two requests of each client");
    require(endpoint.accepted() == clients, "the second one on the connection of the first");
    require(endpoint.early() == 0, "no early request");
    return faceki::bench::percentiles(std::move(gaps)).median() +
           faceki::bench::percentiles(std::move(exchanges)).median();
}

} // namespace rollover
