// What malloc says it has handed out, its own overhead included. Kernel memory of sockets is not counted.
#include "footprint/heap.hpp"

#include <cstdio>
#include <deque>
#include <filesystem>
#include <malloc.h>
#include <string>

#include <faceki/client.hpp>
#include <faceki/testing/mock_endpoint.hpp>
#include <faceki/testing/scripted_source.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include "footprint/child.hpp"
#include "harness/side_by_side.hpp"

namespace footprint {
namespace {

using namespace std::chrono_literals;
using faceki::bench::require;

constexpr std::size_t clients = 100;
constexpr std::size_t waiters = 10'000;

double heap_in_use()
{
    const struct mallinfo2 use = ::mallinfo2();
    return static_cast<double>(use.uordblks + use.hblkhd);
}

std::size_t open_sockets()
{
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code closed_meanwhile;
        count += std::filesystem::read_symlink(entry.path(), closed_meanwhile).string().starts_with("socket:") ? 1 : 0;
    }
    return count;
}

void get_token(asio::io_context& io, faceki::client& client)
{
    client.async_token(
        [](std::error_code failed, const faceki::access_token& token) { require(!failed && token, "a token"); });
    io.run();
    io.restart();
}

template <class Client>
asio::awaitable<void> wait_for_token(Client& client, std::size_t& served)
{
    const faceki::access_token token = co_await client.token();
    served += token ? 1 : 0;
}

} // namespace

double heap_per_client(bool connected)
{
    child endpoint("endpoint");
    faceki::client_config config;
    config.base_url = endpoint.read_line();
    config.tls.ca_pem = endpoint.read_paragraph();
    config.credentials = faceki::credentials("test-client", "test-secret");
    config.proxy = "none";

    asio::io_context io(1);
    std::deque<faceki::client> all;
    // The first one pays for what they share, and for what a process has once.
    get_token(io, all.emplace_back(io.get_executor(), config));
    const std::size_t sockets = open_sockets();
    const double before = heap_in_use();
    for (std::size_t n = 0; n < clients; ++n) {
        faceki::client& client = all.emplace_back(io.get_executor(), config);
        if (connected)
            get_token(io, client);
    }
    const double grown = heap_in_use() - before;
    require(open_sockets() - sockets == (connected ? clients : 0), "one connection of each that asked, kept open");
    return grown / static_cast<double>(clients);
}

double heap_per_waiter()
{
    const auto source = std::make_shared<faceki::testing::scripted_source>();
    source->hold();
    asio::io_context io(1);
    faceki::refresher client(io.get_executor(), faceki::refresher_config{}, source);
    std::size_t served = 0;
    asio::co_spawn(io, wait_for_token(client, served), asio::detached); // it pays for the flight
    io.poll();
    const double before = heap_in_use();
    for (std::size_t n = 0; n < waiters; ++n)
        asio::co_spawn(io, wait_for_token(client, served), asio::detached);
    io.poll();
    const double grown = heap_in_use() - before;
    require(client.stats().waiting == waiters + 1, "all to wait");
    source->release();
    io.run();
    require(served == waiters + 1 && source->requests() == 1, "all to be served by one request");
    return grown / static_cast<double>(waiters);
}

void serve_endpoint()
{
    faceki::testing::mock_options options;
    options.lifetime = 50s; // below limits.max_connection_idle: with longer ones no connection is kept
    const faceki::testing::mock_endpoint endpoint(options);
    std::printf("%s\n%s\n", endpoint.url().c_str(), endpoint.ca_pem().c_str());
    std::fflush(stdout);
    wait_for_parent();
}

} // namespace footprint
