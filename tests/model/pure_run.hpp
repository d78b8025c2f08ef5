// Random schedules of the pure core.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "model/coverage.hpp"
#include "model/run_report.hpp"

namespace faceki::model {

/// The table that pure_run() fills, with the pairs that cannot occur and why.
coverage pure_coverage();

/// Plays at least `steps` steps, in episodes that each begin with a new machine of another policy. All that is random
/// comes from the seed. A schedule that breaks a property is made short and printed.
run_report pure_run(std::uint64_t steps, std::uint64_t seed, coverage& met, std::ostream& out);

} // namespace faceki::model
