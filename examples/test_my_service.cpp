// Testing one's own service: an evening of a matchmaker in milliseconds, with a failure of the endpoint in it.
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <faceki/client.hpp>
#include <faceki/testing/world.hpp>

using namespace std::chrono_literals;

// The service. It knows nothing of tests: it is given its executor, its client, a way to sleep and a way to call the
// API. In production these are an io_context's executor, a wait on an asio::steady_timer, and an HTTP client.
class matchmaker {
public:
    using sleep_function = std::function<asio::awaitable<void>(std::chrono::nanoseconds)>;
    using api_function = std::function<int(const faceki::access_token&)>; ///< gives the HTTP status

    matchmaker(asio::any_io_executor executor, faceki::client& client, sleep_function sleep,
               api_function verify_players)
        : client_(client), sleep_(std::move(sleep)), verify_players_(std::move(verify_players))
    {
        asio::co_spawn(executor, run(), asio::detached);
    }

    int matches = 0;
    int postponed = 0;

private:
    asio::awaitable<void> run()
    {
        for (;;) {
            const faceki::token_result token = co_await client_.try_token();
            if (token)
                play(*token);
            else
                ++postponed; // the players wait for the next round
            co_await sleep_(30s);
        }
    }

    void play(const faceki::access_token& token)
    {
        const int status = verify_players_(token);
        if (status == 200)
            ++matches;
        else if (status == 401)
            client_.invalidate(token); // revoked before its time: the next round gets another one
    }

    faceki::client& client_;
    sleep_function sleep_;
    api_function verify_players_;
};

// The test.
namespace {

void expect(bool held, const std::string& what, const faceki::testing::world& w)
{
    if (held)
        return;
    for (const std::string& event : w.events()) // what happened until then, with virtual time stamps
        std::cerr << event << '\n';
    std::cerr << "failed: " << what << '\n';
    std::exit(1);
}

/// The same seed gives the same evening again, another one another order of what happens at the same time.
void an_evening(std::uint64_t seed)
{
    faceki::testing::world w(seed);
    faceki::client client = w.client(); // the real client; clock, endpoint and executor are the world's
    matchmaker service(
        w.executor(), client, [&w](auto span) { return w.sleep_for(span); },
        [&w](const faceki::access_token& token) { return w.endpoint.api_status(token); });

    // The first token lives for an hour. When it has ended, the endpoint is down for a moment.
    w.endpoint.grant("first", 1h).fail(503).grant("second", 1h);
    w.run_for(59min);
    expect(w.endpoint.requests() == 1, "one token serves the first hour", w);
    expect(service.postponed == 0, "no round is postponed in it", w);

    w.run_for(31min);
    expect(w.endpoint.requests() == 3, "the failed request is made again", w);
    expect(service.matches + service.postponed == 180, "a round every 30 seconds", w);
    expect(service.postponed <= 1, "at most one round sees the failure", w);

    // Somebody revokes the token. The service notices at its next round and goes on with another one.
    w.note("the token is revoked");
    w.endpoint.revoke_all();
    const int before = service.matches;
    const bool recovered = w.run_until([&] { return service.matches > before; }, 5min);
    expect(recovered, "matches go on after a revocation", w);
    expect(w.endpoint.dead() == 1, "one call was refused", w);
    expect(w.endpoint.early() == 0, "no token was asked for while another one lived", w);
}

} // namespace

int main()
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
        an_evening(seed);
    std::cout << "20 evenings passed\n";
}
