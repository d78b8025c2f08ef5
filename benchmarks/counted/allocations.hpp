// How often this program has taken memory from the C library.
#pragma once

#include <cstddef>

namespace faceki::bench {

/// operator new, Asio's aligned_alloc and realloc all count.
std::size_t allocations() noexcept;

} // namespace faceki::bench
