// The random decisions of a run: the same seed decides the same, whatever the threads do.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>

#include <faceki/time.hpp>

namespace faceki::crush {

/// One per thread or strand that decides something. Thread safety: none.
class dice {
public:
    /// `whose` and `what_for` keep the dice of one seed apart.
    dice(std::uint64_t seed, std::uint64_t whose, std::uint64_t what_for)
    {
        const auto low = [](std::uint64_t n) { return static_cast<std::uint32_t>(n); };
        std::seed_seq mix{low(seed), low(seed >> 32), low(whose), low(what_for)};
        engine_.seed(mix);
    }

    /// 0 … bound − 1.
    std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine_); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    /// 0 … most.
    boot_clock::duration up_to(boot_clock::duration most)
    {
        return boot_clock::duration{
            std::uniform_int_distribution<boot_clock::rep>(0, std::max<boot_clock::rep>(most.count(), 0))(engine_)};
    }
    /// As often between 10 and 100 as between 100 and 1000.
    double of_any_size(double least, double most)
    {
        return least * std::pow(most / least, std::uniform_real_distribution<double>(0, 1)(engine_));
    }

private:
    std::mt19937 engine_;
};

} // namespace faceki::crush
