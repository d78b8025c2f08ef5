// The README's fifteen lines, compiled and run as a test.
// [readme]
#include <asio.hpp>
#include <cstdlib>
#include <faceki/client.hpp>
#include <iostream>

asio::awaitable<void> call_the_api(faceki::client& client)
{
    faceki::access_token token = co_await client.token(); // from memory, or from the one request all share
    std::cout << token << '\n'; // printed redacted; token.authorization() is "Bearer …" for your request
}

int main()
{
    asio::io_context io;
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url; // a test server, for example
    faceki::client client(io.get_executor(), config);
    auto done = asio::co_spawn(io, call_the_api(client), asio::use_future);
    io.run();
    done.get(); // throws what the coroutine threw
}
// [readme]
