// What a run of random schedules tells at its end.
#pragma once

#include <cstdint>

namespace faceki::model {

struct run_report {
    std::uint64_t steps = 0;
    std::uint64_t clients = 0; ///< that were made; the pure core has none
    std::uint64_t facts = 0;
    std::uint64_t hash = 0; ///< equal for equal runs
    int violations = 0;     ///< the first one ends the run
};

} // namespace faceki::model
