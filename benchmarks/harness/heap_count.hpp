// Counts what the heap gives while something is measured. A program that wants it adds heap_count.cpp to its sources.
#pragma once

#include <cstddef>

namespace faceki::bench {

struct heap_counts {
    std::size_t mallocs = 0; ///< blocks given since start_counting()
    std::size_t bytes = 0; ///< taken from the heap since then and not given back: whole blocks, their headers included
};

/// Only what the calling thread allocates and frees is counted.
void start_counting() noexcept;
heap_counts stop_counting() noexcept;

} // namespace faceki::bench
