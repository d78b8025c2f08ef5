// `crush`: a million waiters, each of which ends exactly once.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <iostream>
#include <string_view>

#include "crush/run.hpp"

using namespace faceki::crush;

namespace {

constexpr const char* help = R"(Usage: crush [--waiters N] [--threads T] [--seed S]

A million waiters (N) on 4 threads (T), each with an io_context of its own, call one client after the other, while
waiters are cancelled, run out of their own limits or lose their contexts, and clients fail, are disturbed, closed and
destroyed. Each waiter has a counter of its own that ends at exactly 1: called, or dropped with its context.

The seed (1) decides all that is decided at random: who calls how, what the token source does, how each client ends.
How the threads interleave it does not decide, so two runs with one seed are alike and not the same.

The last line is: waiters=N queued=Q lost=0 twice=0 requests=R. Exit code 1 if a waiter was lost or ended twice, if fewer
than 30 % of them waited for a flight (in a run of 200,000 or more), if requests overlapped or were not permitted, or if
a token was handed out that should not have been; what was wrong is said before the last line.
)";

template <class Number>
bool read(const char* text, Number& to)
{
    const char* const end = text + std::strlen(text);
    const auto [stopped, error] = std::from_chars(text, end, to);
    return error == std::errc{} && stopped == end;
}

bool read_plant(std::string_view name, plant& to)
{
    const auto it = std::find(plant_names.begin(), plant_names.end(), name);
    to = static_cast<plant>(it - plant_names.begin());
    return it != plant_names.end();
}

} // namespace

int main(int argc, char** argv)
{
    options chosen;
    for (int n = 1; n < argc; n += 2) {
        const std::string_view name = argv[n];
        if (name == "--help" || name == "-h") {
            std::cout << help;
            return 0;
        }
        const bool understood = n + 1 < argc && ((name == "--waiters" && read(argv[n + 1], chosen.waiters)) ||
                                                 (name == "--threads" && read(argv[n + 1], chosen.threads)) ||
                                                 (name == "--seed" && read(argv[n + 1], chosen.seed)) ||
                                                 (name == "--plant" && read_plant(argv[n + 1], chosen.planted)));
        if (!understood) {
            std::cerr << "crush: not understood: " << name << "\n\n" << help;
            return 2;
        }
    }
    if (chosen.waiters == 0 || chosen.threads == 0 || chosen.threads > 64) {
        std::cerr << "crush: at least 1 waiter, and 1 to 64 threads\n";
        return 2;
    }
    return run(chosen, std::cout) ? 0 : 1;
}
