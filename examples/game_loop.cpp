// A tick-based game loop: io.poll() once per tick, peek() instead of waiting. The tick never blocks on the token.
#include <asio.hpp>
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
    bool asked = false;

    void tick(faceki::client& client)
    {
        ++ticks;
        if (players_waiting == 0)
            return;
        if (const faceki::access_token token = client.peek()) {
            --players_waiting; // here a request with token.authorization() would be started
            asked = false;
        } else if (!std::exchange(asked, true)) {
            // Nobody waits for this: it only makes the client fetch a token. When it is there, peek() gives it.
            client.async_token([this](std::error_code failed, const faceki::access_token&) {
                if (!failed)
                    return;
                std::cerr << "no token yet: " << failed.message() << '\n';
                asked = false; // ask again; the client itself keeps the pause between failed requests
            });
        }
    }
};

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;

    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    game match;
    auto next_tick = std::chrono::steady_clock::now();
    while (match.players_waiting > 0 && match.ticks < 600) {
        io.restart();
        io.poll(); // network, timers, completions: whatever is ready, never more
        match.tick(client);
        next_tick += 16ms;
        std::this_thread::sleep_until(next_tick);
    }
    client.close();
    io.restart();
    io.poll();
    std::cout << "20 players verified after " << match.ticks << " ticks, " << client.stats().requests_sent
              << " request was sent\n";
    return match.players_waiting == 0 && client.stats().requests_sent == 1 ? 0 : 1;
}
