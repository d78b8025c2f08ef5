// One run: client after client, until the last waiter has ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>

#include "crush/tally.hpp"

namespace faceki::crush {

struct options {
    std::size_t waiters = 1'000'000;
    std::size_t threads = 4;
    std::uint64_t seed = 1;
    plant planted = plant::none;
};

/// Says on `out` what happened, in the last line the result. True if nothing was wrong.
bool run(const options& chosen, std::ostream& out);

} // namespace faceki::crush
