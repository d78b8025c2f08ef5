// Ten thousand coroutines on two threads need a token at the same moment: one request is sent.
#include <asio.hpp>
#include <atomic>
#include <cstdlib>
#include <faceki/client.hpp>
#include <iostream>

namespace {

constexpr int coroutines = 10'000;

asio::awaitable<void> visitor(faceki::client& client, std::atomic<int>& served)
{
    const faceki::access_token token = co_await client.token();
    if (token)
        ++served;
}

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;

    asio::thread_pool pool(2);
    faceki::client client(pool.get_executor(), config);
    std::atomic<int> served{0};
    for (int n = 0; n < coroutines; ++n)
        asio::co_spawn(pool, visitor(client, served), asio::detached);
    pool.join();

    const faceki::stats counted = client.stats();
    std::cout << served << " of " << coroutines << " coroutines have the token, " << counted.waiters
              << " of them waited for it, " << counted.requests_sent << " request was sent\n";
    return served == coroutines && counted.requests_sent == 1 ? 0 : 1;
}
