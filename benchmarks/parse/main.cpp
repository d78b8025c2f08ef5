// What reading the endpoint's reply costs: the JSON as a whole and the token inside, beside a copy of the same bytes
// and other parsers; HTTP framing apart.
#include <benchmark/benchmark.h>
#include <cstring>
#include <vector>

#include "harness/side_by_side.hpp"
#include "parse/readers.hpp"
#include "parse/reply_text.hpp"
#include "wire/http_response.hpp"
#include "wire/token_response.hpp"

namespace faceki::bench {
namespace {

constexpr std::size_t padding = 64;

void memcpy_case(benchmark::State& state)
{
    std::vector<char> buffer(reply_body.size() + padding);
    for (auto _ : state) {
        std::memcpy(buffer.data(), reply_body.data(), reply_body.size());
        benchmark::DoNotOptimize(buffer.data());
        benchmark::ClobberMemory();
    }
}
BENCHMARK(memcpy_case)->Name("parse/memcpy");

/// Parsed in place and scribbled on, as bytes are that were received: each round starts with a copy, which is counted.
void faceki_case(benchmark::State& state)
{
    std::vector<char> buffer(reply_body.size() + padding);
    const wire::token_limits limits;
    for (auto _ : state) {
        std::memcpy(buffer.data(), reply_body.data(), reply_body.size());
        const auto read =
            wire::read_token_reply(200, buffer.data(), reply_body.size(), buffer.size(), limits, {"id", "secret"});
        require(!read.error && read.token.size() == reply_token.size() && read.expires_in == std::chrono::hours(1),
                "the token");
    }
}
BENCHMARK(faceki_case)->Name("parse/faceki");

template <token_in_reply (*Read)(std::string_view)>
void other(benchmark::State& state)
{
    for (auto _ : state) {
        const token_in_reply read = Read(reply_body);
        require(read.token.size() == reply_token.size() && read.expires_in == 3600, "the token");
    }
}
BENCHMARK(other<read_with_boost_json>)->Name("parse/boost_json");
BENCHMARK(other<read_with_rapidjson>)->Name("parse/rapidjson");
BENCHMARK(other<read_with_nlohmann>)->Name("parse/nlohmann");

void http_framing(benchmark::State& state)
{
    for (auto _ : state) {
        wire::http_response response;
        require(response.feed(whole_reply) == whole_reply.size() && response.complete(), "the response");
        benchmark::DoNotOptimize(response.body_data());
    }
}
BENCHMARK(http_framing)->Name("parse/http_framing/faceki");

void http_and_json(benchmark::State& state)
{
    const wire::token_limits limits;
    for (auto _ : state) {
        wire::http_response response;
        response.feed(whole_reply);
        const auto read = wire::read_token_reply(response.status(), response.body_data(), response.body_size(),
                                                 response.body_capacity(), limits, {"id", "secret"});
        require(!read.error && read.token.size() == reply_token.size(), "the token");
    }
}
BENCHMARK(http_and_json)->Name("parse/whole_reply/faceki");

} // namespace
} // namespace faceki::bench

BENCHMARK_MAIN();
