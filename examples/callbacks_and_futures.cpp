// No coroutine needed: async_token() takes any completion token of Asio. The client runs on a thread of its own here.
#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <cstdlib>
#include <faceki/client.hpp>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

namespace {

/// A callback. Without an executor of its own it runs on the client's.
std::future<bool> by_callback(faceki::client& client)
{
    const auto done = std::make_shared<std::promise<bool>>();
    client.async_token([done, caller = std::this_thread::get_id()](std::error_code failed, faceki::access_token token) {
        done->set_value(!failed && token && std::this_thread::get_id() != caller);
    });
    return done->get_future();
}

/// A callback that runs where it was asked for: `loop` is run by the thread that calls this.
bool on_own_loop(faceki::client& client)
{
    asio::io_context loop;
    bool here = false;
    const auto handler = [&here, caller = std::this_thread::get_id()](std::error_code failed, faceki::access_token) {
        here = !failed && std::this_thread::get_id() == caller;
    };
    client.async_token(asio::bind_executor(loop.get_executor(), handler));
    loop.run(); // the wait counts as its work: it returns once the handler has run
    return here;
}

/// A callback that also learns what went wrong. The details are filled right before it runs, so they have to live.
std::future<std::string> by_callback_with_details(faceki::client& client)
{
    const auto done = std::make_shared<std::promise<std::string>>();
    const auto details = std::make_shared<faceki::diagnostics>();
    client.async_token(*details, [done, details](std::error_code failed, faceki::access_token) {
        done->set_value(failed ? details->message : "");
    });
    return done->get_future();
}

/// A future, for threads that may block: never the one that runs the client. get() throws a std::system_error.
bool by_future(faceki::client& client)
{
    std::future<faceki::access_token> token = client.async_token(asio::use_future);
    return static_cast<bool>(token.get());
}

/// In a coroutine token() and try_token() are shorter; as_tuple gives the same as a callback gets, and throws nothing.
asio::awaitable<bool> by_tuple(faceki::client& client)
{
    const auto [failed, token] = co_await client.async_token(asio::experimental::as_tuple(asio::use_awaitable));
    co_return !failed && token;
}

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;
    faceki::client client(faceki::own_thread, config);
    config.base_url = "https://127.0.0.1:1"; // nobody listens there
    faceki::client unreachable(faceki::own_thread, config);

    std::future<bool> called_back = by_callback(client);
    const bool here = on_own_loop(client);
    const bool in_future = by_future(client);
    const bool in_tuple = asio::co_spawn(client.get_executor(), by_tuple(client), asio::use_future).get();
    const std::string no_problem = by_callback_with_details(client).get();
    const std::string problem = by_callback_with_details(unreachable).get();
    std::cout << "the client that cannot reach its endpoint says: " << problem << '\n'
              << client.stats().requests_sent << " request was sent by the other\n";
    const bool all_served = called_back.get() && here && in_future && in_tuple && no_problem.empty();
    return all_served && !problem.empty() && client.stats().requests_sent == 1 ? 0 : 1;
}
