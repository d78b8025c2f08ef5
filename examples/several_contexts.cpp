// One client for a program of many threads, each with an io_context of its own, as servers are often built. Every
// caller goes on in its own context; the client works on a thread of its own and belongs to none of them.
#include <asio.hpp>
#include <atomic>
#include <cstdlib>
#include <faceki/client.hpp>
#include <iostream>
#include <thread>
#include <vector>

namespace {

constexpr int threads = 4;
constexpr int players_per_thread = 250;

/// A thread's part of the world. Only that thread touches it, so it needs no lock.
struct shard {
    asio::io_context io{1}; // "1": run by one thread
    int verified = 0;
    int strayed = 0; // went on in another thread: never
};

asio::awaitable<void> verify_player(faceki::client& client, shard& home)
{
    const std::thread::id here = std::this_thread::get_id();
    const faceki::access_token token = co_await client.token(); // safe from any thread, no strand needed
    home.strayed += std::this_thread::get_id() != here;
    home.verified += static_cast<bool>(token);
}

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;

    faceki::client client(faceki::own_thread, config);
    std::vector<shard> shards(threads);
    std::vector<std::thread> running;
    for (shard& home : shards) {
        for (int n = 0; n < players_per_thread; ++n)
            asio::co_spawn(home.io, verify_player(client, home), asio::detached);
        running.emplace_back([&home] { home.io.run(); });
    }
    int verified = 0;
    int strayed = 0;
    for (int n = 0; n < threads; ++n) {
        running[n].join();
        verified += shards[n].verified;
        strayed += shards[n].strayed;
    }
    std::cout << verified << " players verified on " << threads << " threads, " << strayed
              << " went on in another thread, " << client.stats().requests_sent << " request was sent\n";
    return verified == threads * players_per_thread && strayed == 0 && client.stats().requests_sent == 1 ? 0 : 1;
}
