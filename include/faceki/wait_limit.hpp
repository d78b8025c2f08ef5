// How long one caller is willing to wait: within(800ms).
#pragma once

#include <chrono>

namespace faceki {

/// A caller's own limit; the default is none (the flight's deadline bounds every wait).
///
/// When it passes, that caller alone completes with errc::timed_out; the flight goes on and its token is kept for the
/// next one. Units: milliseconds. 0 or less = only a token that is alive now, but the request is started all the same;
/// more than a year = a year.
class wait_limit {
public:
    constexpr wait_limit() noexcept = default;
    constexpr explicit wait_limit(std::chrono::milliseconds at_most) noexcept : at_most_(at_most) {}

    constexpr bool is_set() const noexcept { return at_most_ != std::chrono::milliseconds::max(); }
    /// Meaningful if is_set().
    constexpr std::chrono::milliseconds at_most() const noexcept { return at_most_; }

private:
    std::chrono::milliseconds at_most_ = std::chrono::milliseconds::max();
};

/// `co_await client.token(faceki::within(800ms))`
constexpr wait_limit within(std::chrono::milliseconds at_most) noexcept
{
    return wait_limit{at_most};
}

} // namespace faceki
