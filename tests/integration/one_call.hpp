// One client, one mock endpoint, one call: what most integration tests need.
#pragma once

#include <functional>
#include <optional>

#include <faceki/client.hpp>
#include <faceki/testing/mock_endpoint.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

namespace faceki_test {

inline faceki::client_config config_for(const faceki::testing::mock_endpoint& endpoint)
{
    faceki::client_config config;
    config.credentials = faceki::credentials("test-client", "test-secret");
    config.base_url = endpoint.url();
    config.tls.ca_pem = endpoint.ca_pem();
    config.proxy = "none";
    config.retry.max_attempts = 1; // each row is about one request
    return config;
}

struct call_result {
    faceki::token_result result{faceki::access_token{}};
    faceki::stats stats;
};

/// A fresh client makes one call of try_token() and is destroyed.
inline call_result call_once(const faceki::client_config& config)
{
    asio::io_context io;
    call_result out;
    const auto call = [&]() -> asio::awaitable<void> {
        faceki::client client(io.get_executor(), config);
        out.result = co_await client.try_token();
        out.stats = client.stats();
    };
    asio::co_spawn(io, call, [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    io.run();
    return out;
}

/// Runs `call` (a named coroutine lambda) to its end on `io`.
template <class Call>
void run_to_end(asio::io_context& io, Call& call)
{
    asio::co_spawn(io, call, [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    io.run();
    io.restart();
}

} // namespace faceki_test
