// Exact percentiles of single calls: every reading is kept, none is binned.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "harness/side_by_side.hpp"

namespace faceki::bench {

class percentiles {
public:
    explicit percentiles(std::vector<double> values) : sorted_(std::move(values))
    {
        require(!sorted_.empty(), "at least one reading");
        std::sort(sorted_.begin(), sorted_.end());
    }

    /// The smallest value that at least this share (0…1) of all does not exceed.
    double at(double share) const
    {
        // What a product like 0.07 × 100 is too large by must not make it the next rank.
        const double rank = std::ceil(share * static_cast<double>(sorted_.size()) - 1e-9);
        return sorted_[std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, sorted_.size()) - 1];
    }
    double median() const { return at(0.5); }

    /// `<name>/p50`, `<name>/p99` and so on, in this order, and `<name>/max`.
    std::vector<reading> readings(const std::string& name, const std::string& unit,
                                  const std::vector<std::pair<const char*, double>>& shares) const
    {
        std::vector<reading> all;
        for (const auto& [suffix, share] : shares)
            all.push_back({name + '/' + suffix, unit, at(share)});
        all.push_back({name + "/max", unit, sorted_.back()});
        return all;
    }

private:
    std::vector<double> sorted_;
};

} // namespace faceki::bench
