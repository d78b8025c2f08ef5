// A tick-based game loop: peek() instead of waiting. The client works on a thread of its own, and keep_fresh() renews
// the token without being asked, so that no tick ever waits, polls or runs TLS.
#include <chrono>
#include <cstdlib>
#include <faceki/client.hpp>
#include <iostream>
#include <thread>

namespace {

using namespace std::chrono_literals;

/// The game's own work for one tick. A player is verified when a token is at hand, else at a later tick.
struct game {
    int ticks = 0;
    int players_waiting = 20;

    void tick(const faceki::client& client)
    {
        ++ticks;
        if (const faceki::access_token token = client.peek())
            --players_waiting; // here a request with token.authorization() would be started
    }
};

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;

    faceki::client client(faceki::own_thread, config);
    const faceki::freshness fresh = client.keep_fresh(); // as long as this lives, there is a token
    game match;
    auto next_tick = std::chrono::steady_clock::now();
    std::chrono::nanoseconds in_library{};
    while (match.players_waiting > 0 && match.ticks < 600) {
        const auto before = std::chrono::steady_clock::now();
        match.tick(client);
        in_library += std::chrono::steady_clock::now() - before;
        next_tick += 16'667us;
        std::this_thread::sleep_until(next_tick);
    }
    std::cout << "20 players verified after " << match.ticks << " ticks, " << client.stats().requests_sent
              << " request was sent; a tick spent " << in_library.count() / match.ticks << " ns on tokens\n";
    return match.players_waiting == 0 && client.stats().requests_sent == 1 ? 0 : 1;
}
