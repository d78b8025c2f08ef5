// How long callers stand still at a token's end.
#pragma once

#include <chrono>
#include <vector>

namespace rollover {

/// Milliseconds from each old token's use_until to its successor, at an endpoint that answers after `latency`.
std::vector<double> stalls(bool prewarm, std::chrono::milliseconds latency);

/// What no client can go below, in milliseconds: the time between a token's two deadlines, in which nothing may be
/// asked for yet, and one exchange on a connection that stands already. Medians.
double shortest_stall(std::chrono::milliseconds latency);

} // namespace rollover
