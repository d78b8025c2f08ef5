// How much of the heap is in use, to the byte.
#pragma once

#include <cstddef>

namespace faceki_soak {

struct heap_use {
    std::size_t bytes;  ///< as they were asked for
    std::size_t blocks; ///< 0 = not known: a sanitizer's heap counts only bytes
};

/// Of the whole process: this project's allocations, the standard library's, Asio's, OpenSSL's and the C library's.
heap_use heap_in_use() noexcept;

} // namespace faceki_soak
