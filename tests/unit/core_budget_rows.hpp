// What the tests of the budget share: two clocks at the same pace, and short names.
#pragma once

#include <algorithm>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "core/budget.hpp"
#include "support/print.hpp"

namespace faceki::core {

inline std::ostream& boost_test_print_type(std::ostream& out, budget_news news)
{
    return out << (news == budget_news::nothing ? "nothing" : news == budget_news::soft_limit ? "soft" : "hard");
}

} // namespace faceki::core

namespace budget_test {

using namespace std::chrono_literals;
using namespace faceki::core;

inline constexpr auto nothing = budget_news::nothing;
inline constexpr auto soft = budget_news::soft_limit;
inline constexpr auto hard = budget_news::hard_limit;

inline const instant start{1000h}; // a whole minute
inline const wall_instant midnight = std::chrono::sys_days{std::chrono::year{2026} / 3 / 14};
inline const wall_instant noon = midnight + 12h;

/// Both clocks at the same pace.
struct clocks {
    instant now = start;
    wall_instant wall = noon;

    void pass(duration d)
    {
        now += d;
        wall += std::chrono::duration_cast<wall_instant::duration>(d);
    }
};

inline budget_news request(budget& b, const clocks& c)
{
    return b.on_request(c.now, c.wall);
}

} // namespace budget_test
