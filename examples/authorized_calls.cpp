// API calls that survive a revoked token: after a 401 the token is renewed, and the call is made once more.
#include <asio.hpp>
#include <chrono>
#include <cstdlib>
#include <faceki/authorized.hpp>
#include <faceki/client.hpp>
#include <iostream>
#include <string>

namespace {

using namespace std::chrono_literals;

/// What your HTTP library gives. authorized() finds the status in `status`, `status_code` or Beast's `result_int()`.
struct response {
    int status = 0;
    std::string body;
};

/// Stands in for the API: it does not accept the first token it sees, as if that had been revoked.
class face_api {
public:
    asio::awaitable<response> verify(int player, faceki::access_token token)
    {
        ++calls;
        asio::steady_timer network(co_await asio::this_coro::executor, 5ms);
        co_await network.async_wait(asio::use_awaitable); // here the request would go out, with token.authorization()
        if (!revoked_)
            revoked_ = token;
        response answer;
        answer.status = token == revoked_ ? 401 : 200;
        answer.body = "player " + std::to_string(player);
        co_return answer;
    }

    int calls = 0;

private:
    faceki::access_token revoked_;
};

asio::awaitable<void> verify_player(faceki::client& client, face_api& api, int player, int& verified)
{
    // Called once or twice. A lambda with a name: g++ 12 destroys one that stands inside a co_await expression twice.
    const auto call = [&api, player](faceki::access_token token) { return api.verify(player, std::move(token)); };
    const response answer = co_await faceki::authorized(client, call);
    verified += answer.status == 200 && answer.body == "player " + std::to_string(player);
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
    face_api api;
    int verified = 0;
    for (int player = 0; player < 100; ++player)
        asio::co_spawn(io, verify_player(client, api, player, verified), asio::detached);
    io.run();

    const faceki::stats counted = client.stats();
    std::cout << verified << " of 100 players verified in " << api.calls << " calls; " << counted.invalidated
              << " token was dropped, " << counted.requests_sent << " were asked for\n";
    return verified == 100 && api.calls <= 200 && counted.invalidated == 1 && counted.requests_sent == 2 ? 0 : 1;
}
