// Who allocates, and where an exception thrown there would end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace faceki::test {

/// Whose code called operator new or std::aligned_alloc, what the standard library does in between left out.
enum class owner : std::uint8_t { faceki, asio, kit, test };

/// What becomes of a std::bad_alloc thrown by an allocation.
enum class fate : std::uint8_t {
    caught,     ///< somebody catches it, at the latest the test
    initiation, ///< it leaves Asio's own initiation under use_awaitable, which ends the process
    strand,     ///< a strand of Asio's cannot get its turn: it is dead for ever after, or ends the process at once
    noexcept_,  ///< it meets another function that must not throw, which ends the process
};

/// The calls that led to an allocation. Made without memory.
class call_stack {
public:
    call_stack() = default;
    /// Of whoever calls this.
    static call_stack here() noexcept;

    owner by() const noexcept { return owner_; }
    fate ends() const noexcept { return fate_; }
    /// The function that decides the fate, unless it is `caught`.
    std::uintptr_t end_in() const noexcept { return end_in_; }

    /// The innermost functions that have a name of ours, Asio's or the kit's, innermost first.
    std::string text(std::size_t most = 6) const;

private:
    friend struct walker;

    std::array<std::uintptr_t, 48> code_{};
    std::size_t size_ = 0;
    owner owner_ = owner::test;
    fate fate_ = fate::caught;
    std::uintptr_t end_in_ = 0;
};

} // namespace faceki::test
