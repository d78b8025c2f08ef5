// One kind of work, N times, with nothing that changes from run to run: for callgrind, which counts its instructions.
// What starting and ending cost goes away in the difference of two Ns (driver/counts.py).
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "cached/warm_client.hpp"
#include "harness/heap_count.hpp"
#include "parse/reply_text.hpp"
#include "wire/token_response.hpp"

namespace {

using namespace faceki::bench;

/// Each of them returns how many allocations the N rounds alone took.
std::size_t cached(std::size_t rounds)
{
    warm_client warm;
    std::size_t taken = 0;
    const auto loop = [&]() -> asio::awaitable<void> {
        start_counting();
        for (std::size_t n = 0; n < rounds; ++n) {
            const faceki::access_token token = co_await warm.client.token();
            require(static_cast<bool>(token), "cached");
        }
        taken = stop_counting().mallocs;
    };
    asio::co_spawn(warm.io, loop, asio::detached);
    warm.io.run();
    require(warm.source->requests() == 1, "one request");
    return taken;
}

std::size_t peek(std::size_t rounds)
{
    warm_client warm;
    const faceki::freshness once = warm.client.keep_fresh(); // from now on this thread has a copy of its own
    start_counting();
    for (std::size_t n = 0; n < rounds; ++n) {
        const faceki::access_token token = warm.client.peek();
        require(static_cast<bool>(token), "peek");
    }
    return stop_counting().mallocs;
}

/// Parsing scribbles on the reply, so each round begins with a copy; as in parse/.
std::size_t parse(std::size_t rounds)
{
    std::vector<char> buffer(reply_body.size() + 64);
    const faceki::wire::token_limits limits;
    start_counting();
    for (std::size_t n = 0; n < rounds; ++n) {
        std::memcpy(buffer.data(), reply_body.data(), reply_body.size());
        const auto read = faceki::wire::read_token_reply(200, buffer.data(), reply_body.size(), buffer.size(), limits,
                                                         {"id", "secret"});
        require(!read.error && read.token.size() == reply_token.size(), "the parsed token");
    }
    return stop_counting().mallocs;
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
