// The hooks. They are in force in the whole program, and do nothing but count unless a scarcity lives.
#include "memory/scarcity.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

// The linker sends Asio's calls of std::aligned_alloc and std::free here (see CMakeLists.txt).
extern "C" void* __real_aligned_alloc(std::size_t, std::size_t);
extern "C" void __real_free(void*);

namespace faceki::test {
namespace {

struct state {
    shortage how = shortage::one;
    std::size_t first = 0;
    bool armed = false;
    int paused = 0;
    shortage_report report;
};

thread_local state mine;
std::atomic<std::ptrdiff_t> live{0};

/// Whether the allocation that is asked for now has to fail.
[[gnu::noinline]] bool scarcity_strikes() noexcept
{
    state& s = mine;
    if (!s.armed || s.paused != 0)
        return false;
    const std::size_t number = s.report.seen++;
    if (number < s.first || (s.how == shortage::one && number != s.first))
        return false;
    const plenty here;
    const call_stack who = call_stack::here();
    if (who.by() == owner::asio) {
        if (s.report.spared++ == 0)
            s.report.first_spared = who;
        return false;
    }
    if (s.report.failed++ == 0)
        s.report.first = who;
    return true;
}

void* counted(void* block) noexcept
{
    if (block != nullptr)
        live.fetch_add(1, std::memory_order_relaxed);
    return block;
}

void give_back(void* block) noexcept
{
    if (block == nullptr)
        return;
    live.fetch_sub(1, std::memory_order_relaxed);
    __real_free(block);
}

} // namespace

scarcity::scarcity(shortage how, std::size_t n) noexcept
{
    mine.report = {};
    mine.how = how;
    mine.first = n;
    mine.armed = true;
}

scarcity::~scarcity()
{
    mine.armed = false;
}

plenty::plenty() noexcept
{
    ++mine.paused;
}

plenty::~plenty()
{
    --mine.paused;
}

const shortage_report& report() noexcept
{
    return mine.report;
}

std::ptrdiff_t live_blocks() noexcept
{
    return live.load(std::memory_order_relaxed);
}

} // namespace faceki::test

// None of them is inlined: g++ 12 would see a free() of what operator new gave, and warn.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    if (!faceki::test::scarcity_strikes())
        if (void* const block = faceki::test::counted(std::malloc(size != 0 ? size : 1)))
            return block;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    // std::stable_sort asks so, and is content with nothing.
    return faceki::test::scarcity_strikes() ? nullptr : faceki::test::counted(std::malloc(size != 0 ? size : 1));
}
[[gnu::noinline]] void operator delete(void* block) noexcept
{
    faceki::test::give_back(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept
{
    faceki::test::give_back(block);
}

extern "C" void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size)
{
    return faceki::test::scarcity_strikes() ? nullptr : faceki::test::counted(__real_aligned_alloc(alignment, size));
}
extern "C" void __wrap_free(void* block)
{
    faceki::test::give_back(block);
}
