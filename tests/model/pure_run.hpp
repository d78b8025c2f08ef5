// Random schedules of the pure core.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "model/coverage.hpp"

namespace faceki::model {

/// The table that pure_run() fills, with the pairs that cannot occur and why.
coverage pure_coverage();

struct pure_report {
    std::uint64_t steps = 0;
    std::uint64_t facts = 0;
    std::uint64_t hash = 0; ///< equal for equal runs
    int violations = 0;     ///< the first one ends the run
};

/// Plays at least `steps` steps, in episodes that each begin with a new machine of another policy. All that is random
/// comes from the seed. A schedule that breaks a property is made short and printed.
pure_report pure_run(std::uint64_t steps, std::uint64_t seed, coverage& met, std::ostream& out);

} // namespace faceki::model
