// A waiter that holds a completion handler: allocated by it, completed on its executor, cancelled through its slot. Not
// for users.
#pragma once

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <faceki/detail/token_core.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// use_future's executor cannot become an any_io_executor (it is no more than a promise that catches exceptions): such
/// a handler is completed on the core's executor and dispatched to its own from there.
template <class Handler>
inline constexpr bool has_erasable_executor =
    std::is_constructible_v<asio::any_io_executor, asio::associated_executor_t<Handler, asio::any_io_executor>>;

/// `Deliver` turns an outcome into the handler's arguments: deliver(handler, outcome). Moving it must not throw.
template <class Handler, class Deliver>
class wait_operation final : public waiter {
    using allocator =
        typename std::allocator_traits<asio::associated_allocator_t<Handler>>::template rebind_alloc<wait_operation>;

public:
    static wait_operation* create(Handler& handler, const Deliver& deliver)
    {
        allocator a(asio::get_associated_allocator(handler));
        wait_operation* memory = std::allocator_traits<allocator>::allocate(a, 1);
        return ::new (static_cast<void*>(memory)) wait_operation(std::move(handler), deliver);
    }

    void complete(const outcome_ptr& how) override
    {
        // Asio's rule: the node's memory goes back before the handler runs, so that its next operation can reuse it.
        const Deliver deliver = deliver_;
        Handler handler(release());
        if constexpr (has_erasable_executor<Handler>) {
            deliver(std::move(handler), how);
        } else {
            auto executor = asio::get_associated_executor(handler);
            asio::dispatch(
                executor, [deliver, handler = std::move(handler), how]() mutable { deliver(std::move(handler), how); });
        }
    }

    void drop() noexcept override
    {
        Handler handler(release());
        static_cast<void>(handler);
    }

    Handler& handler() noexcept { return handler_; }

private:
    wait_operation(Handler&& handler, const Deliver& deliver) noexcept(std::is_nothrow_move_constructible_v<Handler>)
        : handler_(std::move(handler)), deliver_(deliver)
    {
    }

    Handler release() noexcept
    {
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected())
            slot.clear();
        Handler handler(std::move(handler_));
        allocator a(asio::get_associated_allocator(handler));
        this->~wait_operation();
        std::allocator_traits<allocator>::deallocate(a, this, 1);
        return handler;
    }

    Handler handler_;
    [[no_unique_address]] Deliver deliver_;
};

/// Sits in the handler's cancellation slot. A wait has no side effect, so every kind of cancellation takes it out.
struct cancel_wait {
    waiter* operation;

    void operator()(asio::cancellation_type type) const noexcept
    {
        if (type != asio::cancellation_type::none)
            operation->cancel();
    }
};

/// Before join(): from then on another thread may complete and free the operation.
inline void bind_slot(waiter& operation, asio::cancellation_slot slot) noexcept
{
    if (!slot.is_connected())
        return;
    try {
        slot.assign(cancel_wait{&operation});
    } catch (...) {
        slot.clear(); // no memory for the slot: the wait works, it just cannot be cancelled
    }
}

enum class wait_for { token, close };

/// Starts a wait. Never throws: Asio 1.22.1 ends the process when an initiation under use_awaitable throws, so memory
/// that cannot be had becomes an error the handler gets.
template <wait_for What, class Deliver, class Handler>
void start_wait(token_core& core, const Deliver& deliver, wait_limit limit, Handler&& given) noexcept
{
    using handler_type = std::decay_t<Handler>;
    handler_type handler(std::forward<Handler>(given));
    asio::any_io_executor executor;
    if constexpr (has_erasable_executor<handler_type>)
        executor = asio::get_associated_executor(handler, core.executor());
    else
        executor = core.executor();
    wait_operation<handler_type, Deliver>* operation = nullptr;
    try {
        operation = wait_operation<handler_type, Deliver>::create(handler, deliver);
    } catch (...) {
        try {
            auto how = std::make_shared<outcome>(outcome{std::make_error_code(std::errc::not_enough_memory), {}, {}});
            asio::post(executor,
                       [deliver, handler = std::move(handler), how]() mutable { deliver(std::move(handler), how); });
        } catch (...) {
            // None to tell it either: the handler is dropped, as Asio does when a context dies.
        }
        return;
    }
    if constexpr (What == wait_for::token) {
        bind_slot(*operation, asio::get_associated_cancellation_slot(operation->handler()));
        core.join(*operation, executor, limit);
    } else {
        core.join_close(*operation, executor);
    }
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
