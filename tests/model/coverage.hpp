// How often each kind of event met each state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace faceki::model {

/// A table of counts. Pairs that cannot occur are declared, with the reason, and must stay at 0.
class coverage {
public:
    coverage(std::string name, std::vector<std::string_view> states, std::vector<std::string_view> events);

    void declare_unreachable(std::size_t state, std::size_t event, std::string_view why);

    void count(std::size_t state, std::size_t event) noexcept { ++counts_[state * events_.size() + event]; }
    std::uint64_t at(std::size_t state, std::size_t event) const noexcept
    {
        return counts_[state * events_.size() + event];
    }
    bool reachable(std::size_t state, std::size_t event) const noexcept
    {
        return why_not_[state * events_.size() + event].empty();
    }
    /// Whether the pair can occur, and was met less often than it has to be.
    bool lacks(std::size_t state, std::size_t event, std::uint64_t at_least) const noexcept
    {
        return reachable(state, event) && at(state, event) < at_least;
    }
    std::size_t states() const noexcept { return states_.size(); }
    std::size_t events() const noexcept { return events_.size(); }

    /// The table: "-" for a pair that cannot occur; then the reasons, each once.
    void print(std::ostream&) const;
    /// One line per pair that was met too seldom, or at all although it cannot occur; returns how many.
    std::size_t print_shortfalls(std::ostream&, std::uint64_t at_least) const;

private:
    std::string name_;
    std::vector<std::string_view> states_;
    std::vector<std::string_view> events_;
    std::vector<std::uint64_t> counts_;
    std::vector<std::string_view> why_not_; ///< by pair
};

} // namespace faceki::model
