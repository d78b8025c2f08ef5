// One random engine for all decisions: the same numbers with every standard library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace faceki::model {

/// SplitMix64.
class random_engine {
public:
    explicit random_engine(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept
    {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31);
    }
    /// 0 … bound − 1; 0 for a bound of 0.
    std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }
    /// True `in` times out of `of`.
    bool happens(std::uint64_t in, std::uint64_t of) noexcept { return below(of) < in; }

    template <class T, std::size_t N>
    const T& one_of(const std::array<T, N>& values) noexcept
    {
        return values[below(N)];
    }

private:
    std::uint64_t state_;
};

/// A seed of its own for the n-th of something.
inline std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t n) noexcept
{
    return random_engine(seed ^ n * 0xD1342543DE82EF95U).next();
}

} // namespace faceki::model
