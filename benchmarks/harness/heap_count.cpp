// The C library's allocation functions replaced by ones that may count: operator new and Asio's aligned_alloc both end
// here. While nothing is counted they cost one look at a thread's flag, in every case that is measured.
#include "harness/heap_count.hpp"

#include <cerrno>
#include <malloc.h>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace faceki::bench {

namespace {

thread_local bool counting = false;
thread_local heap_counts counts;

std::size_t whole(void* block) noexcept
{
    return malloc_usable_size(block) + sizeof(std::size_t);
}

void* given(void* block) noexcept
{
    if (counting && block != nullptr) [[unlikely]] {
        ++counts.mallocs;
        counts.bytes += whole(block);
    }
    return block;
}

void taken(void* block) noexcept
{
    if (counting && block != nullptr) [[unlikely]]
        counts.bytes -= whole(block);
}

} // namespace

void start_counting() noexcept
{
    counts = {};
    counting = true;
}

heap_counts stop_counting() noexcept
{
    counting = false;
    return counts;
}

} // namespace faceki::bench

extern "C" {

void* malloc(std::size_t size) noexcept
{
    return faceki::bench::given(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) noexcept
{
    return faceki::bench::given(__libc_calloc(count, size));
}

void* realloc(void* block, std::size_t size) noexcept
{
    faceki::bench::taken(block);
    return faceki::bench::given(__libc_realloc(block, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    return faceki::bench::given(__libc_memalign(alignment, size));
}

void* memalign(std::size_t alignment, std::size_t size) noexcept
{
    return faceki::bench::given(__libc_memalign(alignment, size));
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept
{
    *block = faceki::bench::given(__libc_memalign(alignment, size));
    return *block != nullptr ? 0 : ENOMEM;
}

void free(void* block) noexcept
{
    faceki::bench::taken(block);
    __libc_free(block);
}
}
