// A user's own test: his client without a network, then over TLS to the endpoint of the test kit.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <faceki/client.hpp>
#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/mock_endpoint.hpp>
#include <faceki/testing/scripted_source.hpp>

using namespace std::chrono_literals;

namespace {

void expect(bool held, const char* what)
{
    if (held)
        return;
    std::cerr << "failed: " << what << '\n';
    std::exit(1);
}

asio::awaitable<void> fetch(faceki::client& client, std::optional<faceki::access_token>& token)
{
    token = co_await client.token();
}

faceki::access_token ask(asio::io_context& io, faceki::client& client)
{
    std::optional<faceki::access_token> token;
    asio::co_spawn(io, fetch(client, token), asio::detached);
    io.restart();
    while (!token && io.run_one() != 0) {
    }
    expect(token.has_value(), "a token came");
    return *token;
}

} // namespace

int main()
{
    asio::io_context io;
    {
        const auto clock = std::make_shared<faceki::testing::manual_clock>();
        const auto source = std::make_shared<faceki::testing::scripted_source>(clock);
        source->grant("first", 60s).grant("second", 60s);
        faceki::client_config config;
        config.credentials = faceki::credentials("id", "secret");
        config.clock = clock;
        config.source = source;
        faceki::client client{io.get_executor(), config};
        expect(ask(io, client).value() == std::string("first"), "the script's token");
        expect(ask(io, client).authorization() == std::string("Bearer first"), "it is kept");
        clock->advance(61s);
        expect(!client.peek(), "it expires");
        expect(ask(io, client).value() == std::string("second"), "it is renewed");
        expect(source->requests() == 2, "two requests");
    }
    faceki::testing::mock_endpoint endpoint;
    faceki::client_config config;
    config.base_url = endpoint.url();
    config.tls.ca_pem = endpoint.ca_pem();
    config.credentials = faceki::credentials("test-client", "test-secret");
    faceki::client client{io.get_executor(), config};
    const auto token = ask(io, client);
    expect(client.peek() == token, "a token over TLS");
    expect(endpoint.requests() == 1, "one request");

    // Error codes compare equal across the library's border: one category object, also in a shared build.
    expect(faceki::make_error_code(faceki::errc::timed_out) == faceki::condition::transient, "conditions");
    std::cout << "consumed\n";
}
