// The waiters of one queue that have a limit of their own, earliest first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <faceki/detail/token_core.hpp>
#include <faceki/time.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// A binary heap whose waiters know their places, so that one that leaves early is taken out in O(log n) without
/// allocating. Thread safety: none; the queue's mutex serialises.
class waiter_timers {
public:
    bool empty() const noexcept { return heap_.empty(); }
    std::optional<boot_clock::time_point> earliest() const noexcept;
    /// Throws std::bad_alloc, and then has done nothing; never right after an erase().
    void push(waiter& w, boot_clock::time_point when);
    /// Takes `w` out; nothing if it is not here. Gives its instant.
    std::optional<boot_clock::time_point> erase(waiter& w) noexcept;
    /// The earliest one, taken out. Precondition: not empty().
    waiter& pop() noexcept;
    /// Forgets all of them.
    void clear() noexcept { heap_.clear(); }

private:
    struct entry {
        boot_clock::time_point when;
        std::uint64_t number; ///< of one instant's waiters the first to come is the first to go
        waiter* who;

        bool before(const entry& other) const noexcept
        {
            return when < other.when || (when == other.when && number < other.number);
        }
    };

    void place(std::size_t at, const entry& e) noexcept;
    void rise(std::size_t at, const entry& e) noexcept;
    void sink(std::size_t at, const entry& e) noexcept;

    std::vector<entry> heap_;
    std::uint64_t pushed_ = 0;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
