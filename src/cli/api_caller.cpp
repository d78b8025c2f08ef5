// A small GET over the library's own connector and response parser.
#include "cli/api_caller.hpp"

#include <array>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "crypto/secret.hpp"
#include "net/source_setup.hpp"
#include "net/stream_io.hpp"
#include "wire/http_response.hpp"

namespace faceki::cli {

api_caller::api_caller(const std::string& base_url, const std::string& ca_pem)
{
    client_config config;
    config.base_url = base_url;
    config.tls.ca_pem = ca_pem;
    config.allow_http_on_loopback = true;
    config.proxy = "none";
    net::route along = net::make_route(config);
    endpoint_ = along.endpoint;
    connector_ = std::make_unique<net::connector>(std::move(along));
}

asio::awaitable<api_answer> api_caller::get(std::string_view target, std::string_view authorization)
{
    crypto::scoped_secret request{std::string{}};
    (*request).reserve(256 + target.size() + authorization.size());
    (*request).append("GET ").append(target).append(" HTTP/1.1\r\nHost: ").append(endpoint_.authority()).append("\r\n");
    if (!authorization.empty())
        (*request).append("Authorization: ").append(authorization).append("\r\n");
    (*request).append("\r\n");

    api_answer answer;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const bool reuse = kept_ && kept_->stream.idle_and_alive();
    net::attempt current(*time_, reuse ? std::move(kept_) : std::make_unique<net::connection>(*time_, executor),
                         quiet_);
    const auto deadline = time_->now() + std::chrono::seconds{10};
    current.limit(deadline);
    if (!reuse) {
        diagnostics details;
        const std::error_code failed = co_await connector_->connect(current, deadline, details);
        if (failed)
            co_return answer;
    }
    if ((co_await net::write_all(current, *request)).status != net::io_status::done)
        co_return answer;
    wire::http_response response;
    std::array<char, 4096> buffer;
    while (!response.complete() && !response.failed()) {
        const net::io_result got = co_await net::read_some(current, buffer.data(), buffer.size());
        if (got.status != net::io_status::done)
            co_return answer;
        response.feed({buffer.data(), got.size});
    }
    if (response.failed())
        co_return answer;
    answer.status = response.status();
    answer.body.assign(response.body_data(), response.body_size());
    if (response.reusable())
        kept_ = current.release_connection();
    co_return answer;
}

std::string api_caller::get_body(std::string_view target)
{
    asio::io_context io;
    api_answer answer;
    const auto call = [&]() -> asio::awaitable<void> { answer = co_await get(target, {}); };
    asio::co_spawn(io, call, [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    io.run();
    kept_.reset(); // bound to the io_context that ends here
    return answer.body;
}

} // namespace faceki::cli
