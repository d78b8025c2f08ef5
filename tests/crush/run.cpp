// A run and its report.
#include "crush/run.hpp"

#include <chrono>
#include <cstdlib>
#include <ostream>
#include <sys/resource.h>

#include "crush/director.hpp"

namespace faceki::crush {

namespace {

/// Less would be a test of hits.
constexpr std::uint64_t least_queued_percent = 30;
/// A shorter run has a few dozen clients, and one that is in trouble all its life decides the share.
constexpr std::size_t enough_for_a_share = 200'000;

constexpr std::array<std::string_view, static_cast<std::size_t>(finish::none_after_last)> finish_names{
    "destroyed with waiters inside", "destroyed by a handler", "drained first",         "closed midway",
    "closed and waited for",         "own context died",       "waiters' contexts died"};

std::size_t peak_memory_mb()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<std::size_t>(used.ru_maxrss) / 1024;
}

void describe(const totals& sum, const tally& counts, std::ostream& out)
{
    out << "clients " << sum.lives << ':';
    for (std::size_t n = 0; n < finish_names.size(); ++n)
        out << (n == 0 ? " " : ", ") << finish_names[n] << ' ' << sum.finishes[n];
    out << "\nflights " << sum.flights << ", tokens " << sum.tokens << ", failed " << sum.failures << ", retries "
        << sum.retries << ", early for a reason " << sum.early << "\nwaiters with a token " << counts.tokens
        << ", cancelled " << sum.cancelled << ", own limit " << sum.timed_out << ", refused " << sum.refused
        << ", dropped with their context " << counts.dropped() << ", handlers that threw " << counts.thrown << '\n';
}

void blame(const tally& counts, std::ostream& out)
{
    for (std::size_t n = 0; n < fault_names.size(); ++n)
        if (const std::size_t times = counts.blamed(static_cast<fault>(n)); times != 0)
            out << "WRONG: " << fault_names[n] << ": " << times << '\n';
}

/// The last line; true if it is a good one.
bool conclude(const tally& counts, std::uint64_t queued, std::size_t requests, std::ostream& out)
{
    const std::size_t lost = counts.lost();
    const std::size_t twice = counts.twice();
    const bool enough = counts.size() < enough_for_a_share || queued * 100 >= least_queued_percent * counts.size();
    if (!enough)
        out << "WRONG: fewer than " << least_queued_percent << " % of the waiters waited for a flight\n";
    blame(counts, out);
    out << "waiters=" << counts.size() << " queued=" << queued << " lost=" << lost << " twice=" << twice
        << " requests=" << requests << std::endl;
    return lost == 0 && twice == 0 && enough && counts.blameless();
}

} // namespace

bool run(const options& chosen, std::ostream& out)
{
    const auto started = std::chrono::steady_clock::now();
    tally counts(chosen.waiters, chosen.planted);
    totals sum;
    {
        // Who waits for ever is not waited for: what is known then is said, and the process ends.
        pulse time(counts, [&] {
            out << "WRONG: nothing has happened for two minutes\n";
            conclude(counts, 0, 0, out);
            std::_Exit(1);
        });
        director lives(chosen, counts, time);
        while (lives.next()) {
        }
        lives.finish_all();
        sum = lives.sum();
    }
    describe(sum, counts, out);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    out << "seed " << chosen.seed << ", threads " << chosen.threads << ", " << took.count() << " s, at most "
        << peak_memory_mb() << " MiB\n";
    return conclude(counts, sum.queued, sum.requests, out);
}

} // namespace faceki::crush
