// Deterministic simulation: the pure machine and the real client play random schedules, and a judge reads what happens.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "model/client_run.hpp"
#include "model/exhaustive.hpp"
#include "model/judge_self_check.hpp"
#include "model/pure_run.hpp"

namespace {

using namespace faceki::model;

constexpr std::string_view usage =
    R"(model [--steps N] [--seed S] [--pure-share P] [--plant early|twice|dead] [--exhaustive]

  --steps N        steps in all (45000000)
  --seed S         decides everything that is random (1)
  --pure-share P   percent of the steps that the pure machine plays; the rest is the real client's (20)
  --plant FAULT    plants a fault into the client's facts: the run has to end with exit code 1
  --exhaustive     visits every state of a small world instead
)";

/// How often each pair of state and event has to be met by a run of this many steps. A shorter one goes for its share,
/// and says what it has met too seldom.
constexpr std::uint64_t each_pair_in_all = 1000;
constexpr std::uint64_t steps_in_all = 45'000'000;

struct options {
    std::uint64_t steps = steps_in_all;
    std::uint64_t seed = 1;
    std::uint64_t pure_share = 20;
    plant fault = plant::none;
    bool exhaustive = false;
};

[[noreturn]] void refuse(std::string_view why)
{
    std::cerr << "model: " << why << '\n' << usage;
    std::exit(3);
}

std::uint64_t number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        refuse("not a number");
    return value;
}

plant fault_of(std::string_view name)
{
    if (name == "early")
        return plant::early;
    if (name == "twice")
        return plant::twice;
    if (name == "dead")
        return plant::dead;
    refuse("no such fault");
}

options read(int argc, char** argv)
{
    options o;
    for (int n = 1; n < argc; ++n) {
        const std::string_view name = argv[n];
        if (name == "--exhaustive") {
            o.exhaustive = true;
            continue;
        }
        if (n + 1 == argc)
            refuse("an option without its value");
        const std::string_view value = argv[++n];
        if (name == "--steps")
            o.steps = number(value);
        else if (name == "--seed")
            o.seed = number(value);
        else if (name == "--pure-share")
            o.pure_share = number(value);
        else if (name == "--plant")
            o.fault = fault_of(value);
        else
            refuse("no such option");
    }
    if (o.pure_share > 100)
        refuse("a share is at most 100");
    return o;
}

/// On stderr: the same seed gives the same stdout.
class stopwatch {
public:
    void tell(std::string_view what, std::uint64_t steps) const
    {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
        std::cerr << what << ": " << took.count() << " s, " << static_cast<double>(steps) / took.count()
                  << " steps/s\n";
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace

int main(int argc, char** argv)
{
    const options o = read(argc, argv);
    if (o.exhaustive)
        return exhaustive() == 0 ? 0 : 1;

    int violations = judge_self_check(std::cout);
    const std::uint64_t pure_steps = o.steps / 100 * o.pure_share;
    const std::uint64_t each_pair = each_pair_in_all * std::min(o.steps, steps_in_all) / steps_in_all;
    std::uint64_t steps = 0;
    std::size_t shortfalls = 0;

    const auto play = [&](std::string_view name, coverage met, auto run) {
        const stopwatch watch;
        const run_report r = run(met);
        watch.tell(name, r.steps);
        met.print(std::cout);
        std::cout << name << ": steps=" << r.steps;
        if (r.clients != 0)
            std::cout << " clients=" << r.clients;
        std::cout << " facts=" << r.facts << " hash=" << std::hex << r.hash << std::dec
                  << " violations=" << r.violations << "\n\n";
        steps += r.steps;
        violations += r.violations;
        if (r.violations == 0)
            shortfalls += met.print_shortfalls(std::cout, each_pair);
    };
    if (pure_steps != 0 && violations == 0)
        play("pure", pure_coverage(), [&](coverage& met) { return pure_run(pure_steps, o.seed, met, std::cout); });
    if (pure_steps < o.steps && violations == 0)
        play("client", client_coverage(), [&](coverage& met) {
            return client_run(o.steps - pure_steps, o.seed, each_pair, o.fault, met, std::cout);
        });
    if (shortfalls != 0)
        std::cout << shortfalls << " pairs of state and event were met too seldom\n";
    std::cout << "steps=" << steps << " violations=" << violations << " seed=" << o.seed << std::endl;
    return violations == 0 && (shortfalls == 0 || o.steps < steps_in_all) ? 0 : 1;
}
