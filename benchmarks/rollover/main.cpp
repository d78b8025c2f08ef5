// What happens to callers when a token ends: how long one stands still without a token, and what the many notice that
// only want the cached one. Exact percentiles of single calls over real TLS, one reading of each per round.
//
// Clients, callers and endpoint share the machine: the endpoint's own time is a part of every exchange.
#include <string>

#include "harness/percentiles.hpp"
#include "rollover/open_loop.hpp"
#include "rollover/stall.hpp"

int main(int argc, char** argv)
{
    using faceki::bench::percentiles;
    faceki::bench::side_by_side cases;
    for (const int latency : {0, 10, 50}) {
        const std::chrono::milliseconds span(latency);
        const std::string suffix = '/' + std::to_string(latency) + "ms";
        for (const bool prewarm : {true, false}) {
            const std::string name =
                std::string("rollover/stall/") + (prewarm ? "with" : "without") + "_prewarm" + suffix;
            cases.add(name, [=] {
                return percentiles(rollover::stalls(prewarm, span)).readings(name, "ms", {{"p50", 0.5}, {"p99", 0.99}});
            });
        }
        cases.add("rollover/stall/limit" + suffix, "ms", [=] { return rollover::shortest_stall(span); });
    }
    for (const bool rollovers : {true, false}) {
        const std::string name = std::string("rollover/open_loop/") + (rollovers ? "with" : "without") + "_rollovers";
        cases.add(name, [=] {
            rollover::open_loop_result result = rollover::run_open_loop(rollovers);
            auto all = percentiles(std::move(result.cached))
                           .readings(name, "us", {{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}});
            if (rollovers)
                all.push_back({"rollover/open_loop/waited/share", "share", result.waited});
            return all;
        });
    }
    return cases.main(argc, argv);
}
