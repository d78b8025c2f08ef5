// asio::awaitable<access_token> and <token_result> that wait without a coroutine of their own: the waiter stands in its
// caller's frame. The only header that uses Asio's internals; coroutine_wait.hpp does the same without. Not for users.
#pragma once

#include <faceki/detail/frameless.hpp>

#if FACEKI_FRAMELESS

#include <bit>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include <faceki/detail/wait_operation.hpp>
#include <faceki/detail/wait_value.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// A suspended coroutine. It lives in that coroutine's frame, and does what Asio's own handler for use_awaitable does.
/// It also is what stands in the coroutine's cancellation slot, which would take memory for a copy otherwise.
template <class Executor>
class suspended_caller final : public waiter, private asio::detail::cancellation_handler_base {
    using frame_base = asio::detail::awaitable_frame_base<Executor>;
    using thread = asio::detail::awaitable_thread<Executor>; // Asio's word for a stack of coroutines
    using slot_content = asio::detail::cancellation_handler_base*;

    struct resumable : thread {
        explicit resumable(thread&& stack) noexcept : thread(std::move(stack)) {}
        using thread::pump;
    };

public:
    explicit suspended_caller(frame_base& frame) noexcept
        : frame_(&frame), thread_(std::move(*frame.detach_thread())), slot_(content_of(thread_.get_cancellation_slot()))
    {
    }

    /// Its coroutine may run before this returns, on another thread.
    void join(token_core& core, wait_limit limit) noexcept
    {
        const asio::any_io_executor executor = thread_.get_executor();
        if (slot_) {
            thread_.get_cancellation_slot().clear(); // nearly always empty: the coroutine waits for nothing else
            *slot_ = this;
        }
        core.join(*this, executor, limit);
    }

    void complete(const outcome_ptr& how) override
    {
        how_ = &how; // looked at first of all when the coroutine goes on, within pump()
        resumable stack(leave());
        frame_->attach_thread(&stack);
        stack.pump();
    }

    void drop() noexcept override
    {
        const resumable stack(leave());
        static_cast<void>(stack);
    }

    /// Its frames and its slot are far apart in memory: a crowd that wakes would wait for them most of the time.
    void prepare() noexcept override
    {
        __builtin_prefetch(frame_, 1);
        __builtin_prefetch(thread_.entry_point(), 1);
        __builtin_prefetch(slot_, 1);
    }

    const outcome_ptr& how() const noexcept { return *how_; }

private:
    /// A slot is no more than a pointer to what its signal holds.
    static slot_content* content_of(asio::cancellation_slot slot) noexcept
    {
        static_assert(sizeof slot == sizeof(slot_content*) && std::is_trivially_copyable_v<asio::cancellation_slot>);
        return std::bit_cast<slot_content*>(slot);
    }

    /// The signal is emitted.
    void call(asio::cancellation_type type) override
    {
        if (type != asio::cancellation_type::none)
            cancel();
    }

    /// Somebody else clears the slot or fills it anew, and is given the memory our place in it would have taken, to
    /// keep or to free. (Our own way out of the slot is leave().)
    std::pair<void*, std::size_t> destroy() noexcept override
    {
        constexpr std::size_t size = 32;
        try {
            return {asio::detail::thread_info_base::allocate(asio::detail::thread_info_base::cancellation_signal_tag(),
                                                             asio::detail::thread_context::top_of_thread_call_stack(),
                                                             size),
                    size};
        } catch (...) {
            return {nullptr, static_cast<std::size_t>(-1)}; // as much as Asio never keeps
        }
    }

    /// Nothing of this object is used once the coroutine runs or is unwound: both may end it.
    thread leave() noexcept
    {
        if (slot_ && *slot_ == this)
            *slot_ = nullptr;
        else
            thread_.get_cancellation_slot().clear(); // of what somebody else has put there, as Asio does
        return std::move(thread_);
    }

    frame_base* const frame_;
    thread thread_;
    slot_content* const slot_; ///< null = no signal is bound
    const outcome_ptr* how_ = nullptr;
};

/// What both specialisations below are: the awaitable of a coroutine, as Asio's general template, or a wait. Small, and
/// its state in one place: co_await makes two of them in the caller's frame, and a crowd's frames are far from any
/// cache.
template <class T, class Executor>
class token_awaitable {
    using coroutine = asio::detail::awaitable_frame<T, Executor>;
    using caller = suspended_caller<Executor>;
    struct wait {
        token_core* core;
        wait_limit limit;
    };

public:
    using value_type = T;
    using executor_type = Executor;

    token_awaitable() noexcept {}
    explicit token_awaitable(coroutine* frame) noexcept : holds_(kind::coroutine), coroutine_(frame) {}
    token_awaitable(token_core& core, wait_limit limit) noexcept : holds_(kind::wait), wait_{&core, limit} {}
    /// Only before it is awaited, as with every awaitable.
    token_awaitable(token_awaitable&& other) noexcept { take(other); }
    token_awaitable& operator=(token_awaitable&& other) noexcept
    {
        if (this != &other) {
            end();
            take(other);
        }
        return *this;
    }
    ~token_awaitable() { end(); }

    bool valid() const noexcept { return holds_ == kind::coroutine || holds_ == kind::wait; }

    bool await_ready() noexcept
    {
        if (holds_ != kind::wait)
            return false;
        access_token live = wait_.core->peek();
        if (!live)
            return false;
        ::new (static_cast<void*>(&live_)) access_token(std::move(live));
        holds_ = kind::live_token;
        return true;
    }

    template <class U>
    void await_suspend(asio::detail::coroutine_handle<asio::detail::awaitable_frame<U, Executor>> suspended)
    {
        if (holds_ == kind::coroutine) {
            coroutine_->push_frame(&suspended.promise());
            return;
        }
        const wait w = wait_;
        ::new (static_cast<void*>(&caller_)) caller(suspended.promise());
        holds_ = kind::caller;
        caller_.join(*w.core, w.limit);
    }

    T await_resume()
    {
        if (holds_ == kind::live_token)
            return T(std::move(live_));
        if (holds_ == kind::caller)
            return wait_value<T>::of(caller_.how());
        holds_ = kind::nothing;
        const ended_coroutine frame{coroutine_};
        return frame.it->get();
    }

private:
    enum class kind : unsigned char { nothing, coroutine, wait, live_token, caller };

    struct ended_coroutine {
        coroutine* it;
        ~ended_coroutine() { it->destroy(); }
    };

    void take(token_awaitable& other) noexcept
    {
        holds_ = std::exchange(other.holds_, kind::nothing);
        if (holds_ == kind::coroutine)
            coroutine_ = other.coroutine_;
        else if (holds_ == kind::wait)
            wait_ = other.wait_;
    }

    void end() noexcept
    {
        if (holds_ == kind::coroutine)
            coroutine_->destroy();
        else if (holds_ == kind::live_token)
            live_.~access_token();
        else if (holds_ == kind::caller)
            caller_.~caller();
    }

    kind holds_ = kind::nothing;
    union {
        coroutine* coroutine_;
        wait wait_;
        access_token live_;
        caller caller_;
    };
};

template <class T, class Executor>
asio::awaitable<T, Executor> await_token(token_core& core, wait_limit limit)
{
    return asio::awaitable<T, Executor>(core, limit);
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND

namespace asio {

template <typename Executor>
class ASIO_NODISCARD awaitable<faceki::access_token, Executor>
    : public faceki::detail::token_awaitable<faceki::access_token, Executor> {
public:
    using faceki::detail::token_awaitable<faceki::access_token, Executor>::token_awaitable;
};

template <typename Executor>
class ASIO_NODISCARD awaitable<faceki::token_result, Executor>
    : public faceki::detail::token_awaitable<faceki::token_result, Executor> {
public:
    using faceki::detail::token_awaitable<faceki::token_result, Executor>::token_awaitable;
};

} // namespace asio

#endif
