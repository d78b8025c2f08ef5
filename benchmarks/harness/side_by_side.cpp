#include "harness/side_by_side.hpp"

#include <cstring>
#include <fstream>
#include <iostream>
#include <regex>
#include <utility>

namespace faceki::bench {

namespace {

struct series {
    std::string name;
    std::string unit;
    std::vector<double> samples;
};

series& series_of(std::vector<series>& all, const reading& r)
{
    for (series& s : all)
        if (s.name == r.name)
            return s;
    return all.emplace_back(series{r.name, r.unit, {}});
}

// Names are ours: letters, digits, '/', '_', '.'.
void write(std::ostream& out, const std::vector<series>& all)
{
    out << "{\"series\": [";
    const char* between = "\n";
    out.precision(10);
    for (const series& s : all) {
        out << std::exchange(between, ",\n") << R"(  {"name": ")" << s.name << R"(", "unit": ")" << s.unit
            << R"(", "samples": [)";
        for (std::size_t n = 0; n < s.samples.size(); ++n)
            out << (n == 0 ? "" : ", ") << s.samples[n];
        out << "]}";
    }
    out << "\n]}\n";
}

} // namespace

void side_by_side::add(std::string name, std::string unit, std::function<double()> run)
{
    add(name, [name, unit = std::move(unit), run = std::move(run)] {
        return std::vector<reading>{{name, unit, run()}};
    });
}

int side_by_side::main(int argc, char** argv)
{
    int rounds = 9;
    std::string filter;
    std::string file;
    for (int n = 1; n < argc; n += 2) {
        const std::string_view option = argv[n];
        if (n + 1 < argc && option == "--rounds")
            rounds = std::atoi(argv[n + 1]);
        else if (n + 1 < argc && option == "--filter")
            filter = argv[n + 1];
        else if (n + 1 < argc && option == "--out")
            file = argv[n + 1];
        else
            rounds = 0;
    }
    if (rounds < 1) {
        std::cerr << "usage: " << argv[0] << " [--rounds N] [--filter REGEX] [--out FILE]\n";
        return 2;
    }

    std::vector<const one*> chosen;
    const std::regex wanted(filter);
    for (const one& c : cases_)
        if (std::regex_search(c.name, wanted))
            chosen.push_back(&c);
    std::vector<series> all;
    for (int round = 0; round < rounds; ++round)
        for (std::size_t n = 0; n < chosen.size(); ++n)
            for (const reading& r : chosen[(n + static_cast<std::size_t>(round)) % chosen.size()]->run())
                series_of(all, r).samples.push_back(r.value);

    if (file.empty()) {
        write(std::cout, all);
        return 0;
    }
    std::ofstream out(file);
    write(out, all);
    return out.flush() ? 0 : 1;
}

} // namespace faceki::bench
