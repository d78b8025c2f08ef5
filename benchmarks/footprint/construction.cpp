// The first client of a process reads the CA bundle and starts up OpenSSL; those with the same settings share that.
#include "footprint/construction.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <faceki/client.hpp>

#include <asio/io_context.hpp>

#include "footprint/child.hpp"
#include "harness/percentiles.hpp"

namespace footprint {
namespace {

constexpr int further = 9;

double construct_one(asio::io_context& io, const faceki::client_config& config, std::optional<faceki::client>& client)
{
    const auto begin = std::chrono::steady_clock::now();
    client.emplace(io.get_executor(), config);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    faceki::bench::require(!client->peek() && client->stats().flights == 0, "a client that has asked nothing yet");
    return took.count();
}

} // namespace

void construct()
{
    faceki::client_config config;
    config.credentials = faceki::credentials("id", "secret");
    asio::io_context io(1);
    std::optional<faceki::client> first;
    std::printf("%f\n", construct_one(io, config, first));
    std::vector<double> all;
    for (int n = 0; n < further; ++n) {
        std::optional<faceki::client> another;
        all.push_back(construct_one(io, config, another));
    }
    std::printf("%f\n", faceki::bench::percentiles(std::move(all)).median());
}

std::vector<faceki::bench::reading> construction(const char* name)
{
    child process("construct");
    std::vector<faceki::bench::reading> both;
    for (const char* const which : {"/first", "/further"}) {
        const double took = std::strtod(process.read_line().c_str(), nullptr);
        faceki::bench::require(took > 0, "a time from the other process");
        both.push_back({std::string(name) + which, "us", took});
    }
    return both;
}

} // namespace footprint
