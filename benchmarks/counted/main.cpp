// One kind of work, N times, with nothing that changes from run to run: for callgrind, which counts its instructions. What
// starting and ending cost goes away in the difference of two Ns (driver/counts.py).
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <faceki/refresher.hpp>
#include <faceki/testing/scripted_source.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include "counted/allocations.hpp"
#include "harness/side_by_side.hpp"
#include "wire/token_response.hpp"

namespace {

using faceki::bench::allocations;
using faceki::bench::require;
using namespace std::chrono_literals;

/// As long as the vendor's tokens: the reply is 885 bytes then.
const std::string token_text(800, 'k');

/// A client that has a token for longer than any run takes.
struct warm_client {
    warm_client()
    {
        source->grant(token_text, 24h);
        client.async_token([](std::error_code failed, const faceki::access_token& token) {
            require(!failed && token.value() == token_text, "the token to be cached");
        });
        io.run();
        io.restart();
    }

    asio::io_context io{1};
    std::shared_ptr<faceki::testing::scripted_source> source = std::make_shared<faceki::testing::scripted_source>();
    faceki::refresher client{io.get_executor(), faceki::refresher_config{}, source};
};

/// Each of them returns how many allocations the N rounds alone took.
std::size_t cached(std::size_t rounds)
{
    warm_client warm;
    std::size_t taken = 0;
    const auto loop = [&]() -> asio::awaitable<void> {
        const std::size_t before = allocations();
        for (std::size_t n = 0; n < rounds; ++n) {
            const faceki::access_token token = co_await warm.client.token();
            require(static_cast<bool>(token), "cached");
        }
        taken = allocations() - before;
    };
    asio::co_spawn(warm.io, loop, asio::detached);
    warm.io.run();
    require(warm.source->requests() == 1, "one request");
    return taken;
}

std::size_t peek(std::size_t rounds)
{
    warm_client warm;
    const std::size_t before = allocations();
    for (std::size_t n = 0; n < rounds; ++n) {
        const faceki::access_token token = warm.client.peek();
        require(static_cast<bool>(token), "peek");
    }
    return allocations() - before;
}

/// Parsing scribbles on the reply, so each round begins with a copy; as in parse/.
std::size_t parse(std::size_t rounds)
{
    const std::string body = R"({"responseCode":0,"data":{"access_token":")" + token_text +
                             R"(","expires_in":3600,"token_type":"Bearer"}})";
    require(body.size() == 885, "the reply's length");
    std::vector<char> buffer(body.size() + 64);
    const faceki::wire::token_limits limits;
    const std::size_t before = allocations();
    for (std::size_t n = 0; n < rounds; ++n) {
        std::memcpy(buffer.data(), body.data(), body.size());
        const auto read =
            faceki::wire::read_token_reply(200, buffer.data(), body.size(), buffer.size(), limits, {"id", "secret"});
        require(!read.error && read.token.size() == token_text.size(), "the parsed token");
    }
    return allocations() - before;
}

} // namespace

int main(int argc, char** argv)
{
    const std::string_view mode = argc == 3 ? argv[1] : "";
    const std::string_view number = argc == 3 ? argv[2] : "";
    std::size_t rounds = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), rounds);
    const auto work = mode == "cached" ? cached : mode == "peek" ? peek : mode == "parse" ? parse : nullptr;
    if (work == nullptr || read.ec != std::errc{} || read.ptr != number.data() + number.size() || rounds == 0) {
        std::fprintf(stderr, "usage: %s cached|peek|parse N\n", argv[0]);
        return 2;
    }
    std::printf("allocations=%zu\n", work(rounds));
    return 0;
}
