// What reading the endpoint's reply costs: HTTP framing and the token inside, beside a plain copy of the same bytes.
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "wire/http_response.hpp"
#include "wire/token_response.hpp"

namespace {

void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "wrong answer: %s\n", what);
    std::exit(1);
}

const std::string token_text(800, 'k');
const std::string body =
    R"({"responseCode":0,"data":{"access_token":")" + token_text + R"(","expires_in":3600,"token_type":"Bearer"}})";
const std::string reply =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
    "\r\nConnection: keep-alive\r\n\r\n" + body;

void reference_copy(benchmark::State& state)
{
    std::vector<char> buffer(body.size() + 64);
    for (auto _ : state) {
        std::memcpy(buffer.data(), body.data(), body.size());
        benchmark::DoNotOptimize(buffer.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * static_cast<std::int64_t>(body.size())));
}
BENCHMARK(reference_copy);

/// The body is parsed in place and scribbled on, so each round starts with a copy: the reference's cost is inside.
void token_json(benchmark::State& state)
{
    std::vector<char> buffer(body.size() + 64);
    const faceki::wire::token_limits limits;
    for (auto _ : state) {
        std::memcpy(buffer.data(), body.data(), body.size());
        const auto read =
            faceki::wire::read_token_reply(200, buffer.data(), body.size(), buffer.size(), limits, {"id", "secret"});
        require(!read.error && read.token.size() == token_text.size(), "the token");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * static_cast<std::int64_t>(body.size())));
}
BENCHMARK(token_json);

void http_framing(benchmark::State& state)
{
    for (auto _ : state) {
        faceki::wire::http_response response;
        require(response.feed(reply) == reply.size() && response.complete(), "the response");
        benchmark::DoNotOptimize(response.body_data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * static_cast<std::int64_t>(reply.size())));
}
BENCHMARK(http_framing);

void whole_reply(benchmark::State& state)
{
    const faceki::wire::token_limits limits;
    for (auto _ : state) {
        faceki::wire::http_response response;
        response.feed(reply);
        const auto read = faceki::wire::read_token_reply(response.status(), response.body_data(), response.body_size(),
                                                         response.body_capacity(), limits, {"id", "secret"});
        require(!read.error && read.token.size() == token_text.size(), "the token");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * static_cast<std::int64_t>(reply.size())));
}
BENCHMARK(whole_reply);

} // namespace

BENCHMARK_MAIN();
