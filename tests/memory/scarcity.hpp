// Memory that runs out when a test says so: operator new and std::aligned_alloc (Asio's own way) of one thread fail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "memory/call_stack.hpp"

namespace faceki::test {

enum class shortage : std::uint8_t {
    one, ///< one allocation fails, those after it succeed
    rest ///< it fails, and so does every later one until the end of the operation
};

/// What a shortage met.
struct shortage_report {
    std::size_t seen = 0;   ///< allocations
    std::size_t failed = 0; ///< of those
    std::size_t spared = 0; ///< … and of those that had to succeed: owner::asio
    call_stack first;       ///< who made the first that failed
    call_stack first_spared;
};

/// While one lives, allocations of this thread fail, from the one after `n` others on. One at a time.
class scarcity {
public:
    scarcity(shortage how, std::size_t n) noexcept;
    ~scarcity();
    scarcity(const scarcity&) = delete;
    scarcity& operator=(const scarcity&) = delete;
};

/// Of this thread, since the last scarcity began.
const shortage_report& report() noexcept;

/// While one lives, allocations succeed and are not counted: for what the test itself does in between.
class plenty {
public:
    plenty() noexcept;
    ~plenty();
    plenty(const plenty&) = delete;
    plenty& operator=(const plenty&) = delete;
};

/// How many blocks are allocated now, by all threads.
std::ptrdiff_t live_blocks() noexcept;

} // namespace faceki::test
