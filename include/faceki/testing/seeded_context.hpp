// An execution context for tests: handlers run when the test says so, in an order that a seed decides.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <faceki/detail/asio.hpp>
#include <faceki/detail/export.hpp>

namespace faceki::testing {

/// Queues handlers, and runs the next one when asked to. Among those that are ready any may be next: Asio promises no
/// order without a strand, so a program must work with every seed. The same seed gives the same order again.
///
/// It has no timers and no sockets: Asio's own would bring a thread and real time with them.
/// Thread safety: posting from any thread; run_one() and run() from one thread at a time. Destroying it is as with
/// asio::io_context: services let go of their handlers first, then queued ones are destroyed without being called.
class FACEKI_API seeded_context : public asio::execution_context {
public:
    class executor_type;

    /// Seed 0: first in, first out.
    explicit seeded_context(std::uint64_t seed = 0) noexcept : fifo_(seed == 0), random_state_(seed) {}
    ~seeded_context();

    executor_type get_executor() noexcept;

    /// Runs one handler. False if none is ready. What the handler throws leaves this call; the context goes on.
    /// Throws std::logic_error when called by a handler, or in two threads at once.
    bool run_one();
    /// Runs handlers until none is ready; returns how many.
    std::size_t run();

    /// Handlers that could run now.
    std::size_t ready() const;
    /// Executors with outstanding_work.tracked. Only a number: run() does not wait for them.
    std::size_t work() const noexcept { return work_.load(); }

private:
    class handler {
    public:
        virtual ~handler() = default;
        /// Gives its memory back, then calls the function.
        virtual void run(std::unique_ptr<handler> self) = 0;
    };

    template <class Function>
    class handler_of final : public handler {
    public:
        explicit handler_of(Function&& function) : function_(std::move(function)) {}
        void run(std::unique_ptr<handler> self) override
        {
            Function function(std::move(function_));
            self.reset();
            function();
        }

    private:
        Function function_;
    };

    bool running_in_this_thread() const noexcept { return runner_.load() == std::this_thread::get_id(); }
    void push(std::unique_ptr<handler> ready);
    std::unique_ptr<handler> take();
    std::uint64_t random() noexcept;
    void drop_all();

    const bool fifo_;
    std::uint64_t random_state_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<handler>> ready_;
    std::size_t first_ = 0; ///< with first in, first out: what stands before it in ready_ has run
    std::atomic<std::thread::id> runner_{};
    std::atomic<std::size_t> work_{0};
    std::exception_ptr thrown_; ///< by a function that was run inside another handler
};

/// Fits asio::any_io_executor. blocking.possibly (the default) runs a function at once if called by a handler of this
/// context; relationship is kept, and changes nothing. Cheap to copy; must not be used when its context is gone.
class seeded_context::executor_type {
public:
    executor_type(const executor_type& other) noexcept : context_(other.context_), bits_(other.bits_) { count(1); }
    executor_type(executor_type&& other) noexcept : context_(std::exchange(other.context_, nullptr)), bits_(other.bits_)
    {
    }
    executor_type& operator=(executor_type other) noexcept
    {
        std::swap(context_, other.context_);
        std::swap(bits_, other.bits_);
        return *this;
    }
    ~executor_type() { count(-1); }

    bool operator==(const executor_type&) const noexcept = default;

    template <class Function>
    void execute(Function&& given) const
    {
        std::decay_t<Function> function(std::forward<Function>(given));
        if ((bits_ & never) != 0 || !context_->running_in_this_thread()) {
            context_->push(std::make_unique<handler_of<std::decay_t<Function>>>(std::move(function)));
            return;
        }
        // As io_context does: what it throws is not the business of the handler that happens to run now.
        try {
            function();
        } catch (...) {
            context_->thrown_ = std::current_exception();
        }
    }

    // What asio::require, asio::prefer and asio::query look for.
    executor_type require(asio::execution::blocking_t::possibly_t) const { return {context_, bits_ & ~never}; }
    executor_type require(asio::execution::blocking_t::never_t) const { return {context_, bits_ | never}; }
    executor_type require(asio::execution::relationship_t::fork_t) const { return {context_, bits_ & ~continuation}; }
    executor_type require(asio::execution::relationship_t::continuation_t) const
    {
        return {context_, bits_ | continuation};
    }
    executor_type require(asio::execution::outstanding_work_t::untracked_t) const
    {
        return {context_, bits_ & ~tracked};
    }
    executor_type require(asio::execution::outstanding_work_t::tracked_t) const { return {context_, bits_ | tracked}; }

    seeded_context& query(asio::execution::context_t) const noexcept { return *context_; }
    asio::execution::blocking_t query(asio::execution::blocking_t) const noexcept
    {
        if ((bits_ & never) != 0)
            return asio::execution::blocking.never;
        return asio::execution::blocking.possibly;
    }
    asio::execution::relationship_t query(asio::execution::relationship_t) const noexcept
    {
        if ((bits_ & continuation) != 0)
            return asio::execution::relationship.continuation;
        return asio::execution::relationship.fork;
    }
    asio::execution::outstanding_work_t query(asio::execution::outstanding_work_t) const noexcept
    {
        if ((bits_ & tracked) != 0)
            return asio::execution::outstanding_work.tracked;
        return asio::execution::outstanding_work.untracked;
    }
    static constexpr asio::execution::mapping_t query(asio::execution::mapping_t) noexcept
    {
        return asio::execution::mapping.thread;
    }

private:
    friend class seeded_context;
    static constexpr unsigned never = 1;
    static constexpr unsigned continuation = 2;
    static constexpr unsigned tracked = 4;

    executor_type(seeded_context* context, unsigned bits) noexcept : context_(context), bits_(bits) { count(1); }

    void count(int change) const noexcept
    {
        if ((bits_ & tracked) != 0 && context_ != nullptr)
            context_->work_.fetch_add(static_cast<std::size_t>(change));
    }

    seeded_context* context_;
    unsigned bits_;
};

inline seeded_context::executor_type seeded_context::get_executor() noexcept
{
    return {this, 0};
}

} // namespace faceki::testing
