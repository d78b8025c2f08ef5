// `faceki demo`: many coroutines, one token, several rollovers; the endpoint is the judge.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/latency.hpp"

namespace faceki::cli {

struct demo_options {
    std::size_t coroutines = 100'000;
    std::size_t threads = 2;
    std::chrono::milliseconds lifetime{0}; ///< 0 = 2 s, longer where so many coroutines need it
    std::chrono::milliseconds latency{0};  ///< of the endpoint; 0 = 50 ms, longer where so many coroutines need it
    std::size_t rollovers = 3;
    bool json = false;
    bool live = false;

    /// What the coroutines do around a token's end is scaled to how long this many need to run at all.
    std::chrono::milliseconds effective_latency() const;
    std::chrono::milliseconds effective_lifetime() const;
};

/// One flight, as its waiters saw it.
struct flight_report {
    std::size_t waited = 0;                ///< calls that had to wait for it
    bool cold = false;                     ///< a connection had to be made
    std::chrono::nanoseconds exchange{};   ///< request written → answer read
    std::chrono::nanoseconds all_served{}; ///< answer read → the last waiter ran
};

/// What the endpoint counted.
struct endpoint_counts {
    std::uint64_t requests = 0, early = 0, dead = 0, presented = 0;
};

/// What it costs without single flight: every coroutine asks for itself.
struct naive_report {
    std::size_t coroutines = 0;
    std::uint64_t requests = 0;
    std::uint64_t early = 0;
    std::chrono::nanoseconds took{};
};

struct demo_report {
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
    std::string first_error;
    std::uint64_t requests_sent = 0; ///< by the client's count
    std::size_t lost = 0;            ///< coroutines that never got their last token
    std::vector<flight_report> flights;
    std::optional<endpoint_counts> endpoint; ///< empty with --live
    std::optional<naive_report> naive;
    percentiles cached;
    percentiles waiting;
    std::chrono::nanoseconds took{};

    /// Why it failed; empty = PASS.
    std::vector<std::string> failures(const demo_options& options) const;
};

/// Runs it and prints. Exit code 0 for PASS, 1 for FAIL, 3 when it cannot start.
int run_demo(const demo_options& options);

void print_flight(std::size_t number, const flight_report& flight);
void print_table(const demo_options& options, const demo_report& report);
void print_json(const demo_options& options, const demo_report& report);

} // namespace faceki::cli
