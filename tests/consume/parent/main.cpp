// A token source of the user's own under the library's refresher.
#include <chrono>
#include <iostream>
#include <memory>
#include <string_view>

#include <asio/io_context.hpp>
#include <faceki/client.hpp>

namespace {

class own_source final : public faceki::token_source {
public:
    asio::awaitable<faceki::grant_result> request_token(faceki::grant_request& request) override
    {
        request.sent();
        request.received();
        co_return faceki::grant_result::granted("own", std::chrono::seconds(60));
    }
};

} // namespace

int main()
{
    asio::io_context io;
    faceki::client_config config;
    config.credentials = faceki::credentials("id", "secret");
    config.source = std::make_shared<own_source>();
    faceki::client client{io.get_executor(), config};
    bool good = false;
    client.async_token([&](faceki::error_code error, faceki::access_token token) {
        good = !error && token.value() == std::string_view("own");
        client.close();
    });
    io.run();
    std::cout << (good ? "consumed\n" : "no token\n");
    return good ? 0 : 1;
}
