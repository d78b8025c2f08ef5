// Exponential back-off with a cap and a spread.
#include "core/backoff.hpp"

#include <algorithm>

namespace faceki::core {

duration backoff_delay(const backoff_policy& policy, unsigned failures, double random) noexcept
{
    const double longest = static_cast<double>(policy.longest.count());
    double delay = std::min(static_cast<double>(policy.initial.count()), longest);
    // Multiplying up to the cap instead of pow(): it ends after a few rounds and cannot overflow.
    for (unsigned n = 1; n < failures && delay < longest && policy.factor > 1.0; ++n)
        delay = std::min(delay * policy.factor, longest);
    const double random_part = std::clamp(random, 0.0, 1.0) * 2.0 - 1.0;
    return duration{static_cast<duration::rep>(delay * (1.0 + policy.spread * random_part))};
}

} // namespace faceki::core
