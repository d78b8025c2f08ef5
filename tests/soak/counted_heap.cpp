// The C library's allocation functions replaced by ones that count, as its manual allows: operator new, Asio's
// aligned_alloc and OpenSSL all end here. What mallinfo2() says would depend on how malloc happened to cut its memory.
#include "soak/counted_heap.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

#include <sanitizer/allocator_interface.h>

namespace faceki_soak {

/// A sanitizer has replaced them already.
heap_use heap_in_use() noexcept
{
    return {__sanitizer_get_current_allocated_bytes(), 0};
}

} // namespace faceki_soak

#else

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

// The allocator of the C library, under the names by which a replacement reaches it.
extern "C" {
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace {

std::atomic<std::size_t> bytes{0};
std::atomic<std::size_t> blocks{0};

/// Stands right before what the caller gets.
struct alignas(16) header {
    std::size_t size;   ///< as asked for
    std::size_t offset; ///< from the start of the real block
};

constexpr std::size_t least_alignment = alignof(std::max_align_t);
static_assert(sizeof(header) == least_alignment);

header& header_of(void* block) noexcept
{
    return static_cast<header*>(block)[-1];
}

void* allocate(std::size_t size, std::size_t alignment = least_alignment) noexcept
{
    const std::size_t offset = std::max(alignment, sizeof(header));
    std::size_t whole = 0;
    if (__builtin_add_overflow(size, offset, &whole)) {
        errno = ENOMEM;
        return nullptr;
    }
    void* const real = __libc_memalign(offset, whole);
    if (real == nullptr)
        return nullptr;
    void* const block = static_cast<char*>(real) + offset;
    header_of(block) = {size, offset};
    bytes.fetch_add(size, std::memory_order_relaxed);
    blocks.fetch_add(1, std::memory_order_relaxed);
    return block;
}

void release(void* block) noexcept
{
    if (block == nullptr)
        return;
    const header h = header_of(block);
    bytes.fetch_sub(h.size, std::memory_order_relaxed);
    blocks.fetch_sub(1, std::memory_order_relaxed);
    __libc_free(static_cast<char*>(block) - h.offset);
}

} // namespace

extern "C" {

void* malloc(std::size_t size) noexcept
{
    return allocate(size);
}

void free(void* block) noexcept
{
    release(block);
}

void* calloc(std::size_t count, std::size_t size) noexcept
{
    std::size_t whole = 0;
    if (__builtin_mul_overflow(count, size, &whole)) {
        errno = ENOMEM;
        return nullptr;
    }
    void* const block = allocate(whole);
    if (block != nullptr)
        std::memset(block, 0, whole);
    return block;
}

void* realloc(void* block, std::size_t size) noexcept
{
    if (block == nullptr)
        return allocate(size);
    if (size == 0) {
        release(block);
        return nullptr;
    }
    void* const moved = allocate(size);
    if (moved == nullptr)
        return nullptr;
    std::memcpy(moved, block, std::min(size, header_of(block).size));
    release(block);
    return moved;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    return allocate(size, alignment);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept
{
    return allocate(size, alignment);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept
{
    void* const made = allocate(size, alignment);
    if (made == nullptr)
        return ENOMEM;
    *block = made;
    return 0;
}

std::size_t malloc_usable_size(void* block) noexcept
{
    return block != nullptr ? header_of(block).size : 0;
}

} // extern "C"

namespace faceki_soak {

heap_use heap_in_use() noexcept
{
    return {bytes.load(std::memory_order_relaxed), blocks.load(std::memory_order_relaxed)};
}

} // namespace faceki_soak

#endif
