// token() and try_token() as coroutines, with nothing but Asio's documented interface. Not for users.
#pragma once

#include <faceki/detail/frameless.hpp>

#if !FACEKI_FRAMELESS

#include <cstddef>
#include <new>
#include <utility>

#include <faceki/detail/wait_operation.hpp>
#include <faceki/detail/wait_value.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Memory of a coroutine's frame for the one operation it waits for: one allocation less.
class frame_memory {
public:
    static constexpr std::size_t size = 128;

    frame_memory() = default;
    frame_memory(const frame_memory&) = delete;
    frame_memory& operator=(const frame_memory&) = delete;

    void* bytes() noexcept { return bytes_; }

private:
    alignas(std::max_align_t) std::byte bytes_[size];
};

template <class T>
class frame_allocator {
public:
    using value_type = T;

    explicit frame_allocator(frame_memory& memory) noexcept : memory_(&memory) {}
    template <class U>
    frame_allocator(const frame_allocator<U>& other) noexcept : memory_(other.memory_)
    {
    }

    T* allocate(std::size_t n)
    {
        if (n * sizeof(T) <= frame_memory::size && alignof(T) <= alignof(std::max_align_t))
            return static_cast<T*>(memory_->bytes());
        return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{alignof(T)}));
    }

    void deallocate(T* given, std::size_t) noexcept
    {
        if (given != memory_->bytes())
            ::operator delete (given, std::align_val_t{alignof(T)});
    }

    friend bool operator==(const frame_allocator&, const frame_allocator&) = default;

private:
    template <class>
    friend class frame_allocator;
    frame_memory* memory_;
};

struct deliver_outcome {
    template <class Handler>
    void operator()(Handler&& handler, outcome_ptr how) const
    {
        std::forward<Handler>(handler)(std::move(how));
    }
};

/// `Handler` with that memory as its associated allocator.
template <class Handler>
class handler_in_frame {
public:
    using executor_type = asio::associated_executor_t<Handler>;
    using allocator_type = frame_allocator<void>;
    using cancellation_slot_type = asio::associated_cancellation_slot_t<Handler>;

    handler_in_frame(Handler&& handler, frame_memory& memory) noexcept : handler_(std::move(handler)), memory_(&memory)
    {
    }

    executor_type get_executor() const noexcept { return asio::get_associated_executor(handler_); }
    allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }
    cancellation_slot_type get_cancellation_slot() const noexcept
    {
        return asio::get_associated_cancellation_slot(handler_);
    }

    void operator()(outcome_ptr how) { std::move(handler_)(std::move(how)); }

private:
    Handler handler_;
    frame_memory* memory_;
};

template <class T, class Executor>
asio::awaitable<T, Executor> await_token(token_core& core, wait_limit limit)
{
    if (access_token live = core.peek())
        co_return T(std::move(live));
    frame_memory memory;
    asio::use_awaitable_t<Executor> completion;
    const outcome_ptr how = co_await asio::async_initiate<asio::use_awaitable_t<Executor>, void(outcome_ptr)>(
        [](auto&& handler, token_core* joined, wait_limit at_most, frame_memory* frame) {
            using handler_type = std::decay_t<decltype(handler)>;
            start_wait<wait_for::token>(*joined, deliver_outcome{}, at_most,
                                        handler_in_frame<handler_type>(std::move(handler), *frame));
        },
        completion, &core, limit, &memory);
    co_return wait_value<T>::of(how);
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND

#endif
