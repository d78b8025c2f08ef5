// Random schedules of the real client.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "model/coverage.hpp"
#include "model/run_report.hpp"
#include "model/schedule.hpp"

namespace faceki::model {

/// The table that client_run() fills, with the pairs that cannot occur and why.
coverage client_coverage();

/// Plays at least `steps` steps, in episodes that each begin with a new world. All that is random comes from the seed.
/// Each pair of the table is tried so often that it is met `each_pair` times, as far as trying helps. A schedule that
/// breaks a property is made short and printed.
run_report client_run(std::uint64_t steps, std::uint64_t seed, std::uint64_t each_pair, plant fault, coverage& met,
                      std::ostream& out);

} // namespace faceki::model
