// Cases measured in turn, round after round, in one process: what disturbs the machine disturbs all of them.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace faceki::bench {

/// One reading of a round. A case that reads several things gives one of these for each.
struct reading {
    std::string name;
    std::string unit; ///< "ns", "us", "B", "mallocs" …
    double value = 0;
};

/// Ends the program: a benchmark that measures a wrong answer measures nothing.
inline void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "wrong answer: %s\n", what);
    std::exit(1);
}

/// Runs its cases in rotating order and writes one series of samples per reading, for run.py.
class side_by_side {
public:
    using measure = std::function<std::vector<reading>()>;

    /// `run` is called once a round; names of its readings begin with `name`.
    void add(std::string name, measure run) { cases_.push_back({std::move(name), std::move(run)}); }

    /// A case with one reading, which has the case's name.
    void add(std::string name, std::string unit, std::function<double()> run);

    /// --rounds N (9), --filter REGEX, --out FILE (standard output): {"series": [{"name", "unit", "samples"}]}.
    /// Returns the program's exit code.
    int main(int argc, char** argv);

private:
    struct one {
        std::string name;
        measure run;
    };

    std::vector<one> cases_;
};

} // namespace faceki::bench
