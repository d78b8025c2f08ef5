// Exact percentiles of single calls: every sample is kept, none is binned.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace faceki::cli {

struct percentiles {
    std::size_t samples = 0;
    std::chrono::nanoseconds p50{}, p90{}, p99{}, p999{}, max{};
};

/// Sorts `samples` (nanoseconds). Percentile = smallest sample that at least this share of all does not exceed.
inline percentiles percentiles_of(std::vector<std::uint64_t>& samples)
{
    percentiles p;
    p.samples = samples.size();
    if (samples.empty())
        return p;
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double share) {
        const auto rank = static_cast<std::size_t>(share * static_cast<double>(samples.size()) + 0.9999999);
        return std::chrono::nanoseconds{samples[std::clamp<std::size_t>(rank, 1, samples.size()) - 1]};
    };
    p.p50 = at(0.50);
    p.p90 = at(0.90);
    p.p99 = at(0.99);
    p.p999 = at(0.999);
    p.max = std::chrono::nanoseconds{samples.back()};
    return p;
}

} // namespace faceki::cli
