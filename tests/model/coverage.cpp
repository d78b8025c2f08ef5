// Printing a table of counts.
#include "model/coverage.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <utility>

namespace faceki::model {

coverage::coverage(std::string name, std::vector<std::string_view> states, std::vector<std::string_view> events)
    : name_(std::move(name)), states_(std::move(states)), events_(std::move(events)),
      counts_(states_.size() * events_.size()), why_not_(states_.size() * events_.size())
{
}

void coverage::declare_unreachable(std::size_t state, std::size_t event, std::string_view why)
{
    why_not_[state * events_.size() + event] = why;
}

/// Events are rows: there are more of them, and a terminal is higher than it is wide.
void coverage::print(std::ostream& out) const
{
    std::size_t first = name_.size();
    for (const std::string_view event : events_)
        first = std::max(first, event.size());
    constexpr int width = 10;
    out << std::left << std::setw(static_cast<int>(first)) << name_ << std::right;
    for (const std::string_view state : states_)
        out << ' ' << std::setw(width) << state;
    out << '\n';
    for (std::size_t e = 0; e < events_.size(); ++e) {
        out << std::left << std::setw(static_cast<int>(first)) << events_[e] << std::right;
        for (std::size_t s = 0; s < states_.size(); ++s) {
            out << ' ' << std::setw(width);
            if (reachable(s, e) || at(s, e) != 0)
                out << at(s, e);
            else
                out << '-';
        }
        out << '\n';
    }
    std::vector<std::string_view> told;
    for (const std::string_view why : why_not_)
        if (!why.empty() && std::find(told.begin(), told.end(), why) == told.end()) {
            told.push_back(why);
            out << "-: " << why << '\n';
        }
}

std::size_t coverage::print_shortfalls(std::ostream& out, std::uint64_t at_least) const
{
    std::size_t count = 0;
    for (std::size_t s = 0; s < states_.size(); ++s)
        for (std::size_t e = 0; e < events_.size(); ++e) {
            if (reachable(s, e) ? !lacks(s, e, at_least) : at(s, e) == 0)
                continue;
            ++count;
            out << name_ << ": " << events_[e] << " while " << states_[s] << ": " << at(s, e) << " times, ";
            if (reachable(s, e))
                out << "at least " << at_least << " wanted\n";
            else
                out << "said to be impossible: " << why_not_[s * events_.size() + e] << '\n';
        }
    return count;
}

} // namespace faceki::model
