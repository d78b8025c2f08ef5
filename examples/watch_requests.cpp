// What leaves is billed: count it, be told in time, and stop at a limit of one's own.
// The tokens of its mock endpoint live for 200 ms, so that some are used up while one watches.
#include <asio.hpp>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <faceki/client.hpp>
#include <iostream>

namespace {

using namespace std::chrono_literals;

/// Hands each event to whatever counts and measures; here to stdout. It must not block: the client waits for it.
class metrics final : public faceki::observer {
public:
    void on_flight_finished(const faceki::flight_finished& f) override
    {
        const faceki::phase_times& p = f.details.phases;
        std::cout << "flight " << f.flight << " (" << faceki::name_of(f.cause)
                  << "): " << (f.error ? f.error.message() : "a token") << " for " << f.waiters << " callers, "
                  << f.requests_sent << " request(s), " << f.took / 1us << " us, of which connecting "
                  << (p.dns + p.connect + p.tls) / 1us << " us\n";
        ++finished;
    }
    void on_budget(const faceki::budget_event& b) override
    {
        std::cout << b.last_hour
                  << " requests in the last hour: " << (b.exhausted ? "no more of them" : "somebody should have a look")
                  << '\n';
        ++(b.exhausted ? exhausted : warned);
    }

    std::atomic<int> finished{0}, warned{0}, exhausted{0};
};

asio::awaitable<void> call_until_the_limit(faceki::client& client, faceki::token_result& last)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    do {
        last = co_await client.try_token();
        pause.expires_after(20ms);
        co_await pause.async_wait(asio::use_awaitable);
    } while (last);
}

} // namespace

int main()
{
    const auto watcher = std::make_shared<metrics>();
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;
    config.observer = watcher;
    config.budget.soft_per_hour = 2; // the observer is told
    config.budget.hard_per_hour = 4; // callers get errc::budget_exhausted, and nothing leaves

    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    faceki::token_result last{faceki::access_token()};
    asio::co_spawn(io, call_until_the_limit(client, last), asio::detached);
    io.run();

    const auto wait = last.diagnostics().retry_at.value() - faceki::boot_clock::now();
    std::cout << last.error().message() << "; the next request may leave in " << wait / 1min << " minutes\n";
    const bool stopped = last.error() == faceki::errc::budget_exhausted && client.stats().requests_last_hour == 4;
    return stopped && watcher->finished == 4 && watcher->warned == 1 && watcher->exhausted == 1 ? 0 : 1;
}
