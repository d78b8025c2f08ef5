// Calls at a fixed rate, over rollovers or over none.
#pragma once

#include <vector>

namespace rollover {

struct open_loop_result {
    std::vector<double> cached; ///< µs from the intended start, of each call that found a live token
    double waited = 0;          ///< the share of those that found none
};

open_loop_result run_open_loop(bool rollovers);

} // namespace rollover
