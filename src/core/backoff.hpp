// How long to stay away after failures: a pure function of how many there were and of a random number that the caller
// brings.
#pragma once

#include "core/instant.hpp"

namespace faceki::core {

struct backoff_policy {
    duration initial = std::chrono::seconds{1};
    double factor = 1.6;
    duration longest = std::chrono::seconds{120};
    double spread = 0.2; ///< the result lies within ± this fraction

    bool operator==(const backoff_policy&) const = default;
};

/// Delay after the `failures`-th failure in a row (1, 2, …): initial × factor^(failures − 1), at most `longest`, then
/// spread. `random` in [0, 1).
duration backoff_delay(const backoff_policy& policy, unsigned failures, double random) noexcept;

} // namespace faceki::core
