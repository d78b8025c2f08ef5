// Who asked for an allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace faceki::test {

/// Whose code asks for memory: the first function, from the allocation outwards, that is neither the standard library's
/// nor one of Asio's that somebody else has just called.
enum class owner : std::uint8_t {
    faceki,
    kit,
    test,
    /// Asio 1.22.1 on its own account, where nobody can help it:
    /// - what it does in its coroutines, an initiation under use_awaitable or the end of co_spawn(), and before it
    /// calls
    ///   a handler: a noexcept function ends the process, or the exception leaves io_context::run() and the handler is
    ///   lost;
    /// - the initiation of a wait on a descriptor: noexcept with callbacks too;
    /// - a strand's posting of itself: the strand is dead for ever after;
    /// - the making of a strand: it is destroyed half-made, through a wild pointer;
    /// - a coroutine that is destroyed while it waits: that posts in a destructor. So is the exception of a
    /// std::promise
    ///   that is destroyed unkept.
    asio
};

/// The calls that led to an allocation. Made without memory.
class call_stack {
public:
    call_stack() = default;
    /// Of whoever calls this.
    static call_stack here() noexcept;

    owner by() const;

    /// The innermost functions that have a name of ours, Asio's or the kit's, innermost first.
    std::string text(std::size_t most = 6) const;

private:
    std::array<void*, 64> code_{};
    std::size_t size_ = 0;
};

} // namespace faceki::test
