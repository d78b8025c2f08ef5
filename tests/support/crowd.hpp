// Threads, contexts and waiters for the stress tests. Each waiter has a counter of its own that has to end at
// exactly 1.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <faceki/refresher.hpp>

namespace faceki::test {

inline refresher_config make_config(std::shared_ptr<faceki::clock> clock = nullptr)
{
    refresher_config config;
    config.credentials = credentials("id", "secret");
    config.clock = std::move(clock);
    return config;
}

/// A handler's end, seen even if it is destroyed uncalled: exactly one of both must happen, once.
struct ending {
    std::atomic<int> called{0};
    std::atomic<int> dropped{0};
};

class counting_handler {
public:
    explicit counting_handler(ending& e, std::function<void(error_code, const access_token&)> also = {})
        : ending_(&e), also_(std::move(also))
    {
    }
    counting_handler(counting_handler&& other) noexcept
        : ending_(std::exchange(other.ending_, nullptr)), also_(std::move(other.also_))
    {
    }
    counting_handler& operator=(counting_handler&&) = delete;
    ~counting_handler()
    {
        if (ending_)
            ++ending_->dropped;
    }

    void operator()(error_code error, access_token token)
    {
        ++std::exchange(ending_, nullptr)->called;
        if (also_)
            also_(error, token);
    }

private:
    ending* ending_;
    std::function<void(error_code, const access_token&)> also_;
};

/// Waiters of one context, used on its single thread only (but for the counters).
class crowd {
public:
    struct waiter {
        ending end;
        asio::cancellation_signal signal;
    };

    waiter& add() { return waiters_.emplace_back(); }
    /// One of the latest: those are the ones that may still wait.
    waiter& recent(std::minstd_rand& random)
    {
        return waiters_[waiters_.size() - 1 - random() % std::min<std::size_t>(waiters_.size(), 16)];
    }
    std::size_t size() const { return waiters_.size(); }

    /// How many did not end exactly once.
    std::size_t wrong() const
    {
        std::size_t n = 0;
        for (const waiter& w : waiters_)
            n += w.end.called + w.end.dropped == 1 ? 0U : 1U;
        return n;
    }
    std::size_t called() const
    {
        std::size_t n = 0;
        for (const waiter& w : waiters_)
            n += static_cast<std::size_t>(w.end.called.load());
        return n;
    }

private:
    std::deque<waiter> waiters_; // addresses stay
};

/// An io_context with threads that run it until stop().
class running_context {
public:
    explicit running_context(std::size_t threads = 1)
    {
        for (std::size_t n = 0; n < threads; ++n)
            threads_.emplace_back([this] { io_->run(); });
    }
    ~running_context() { join(); }

    asio::io_context& io() { return *io_; }
    asio::io_context::executor_type executor() { return io_->get_executor(); }

    /// Lets it run dry.
    void join()
    {
        work_.reset();
        for (auto& t : threads_)
            if (t.joinable())
                t.join();
    }
    /// Stops at once and destroys the context with whatever is queued.
    void destroy()
    {
        io_->stop();
        join();
        io_.reset();
    }

private:
    std::unique_ptr<asio::io_context> io_ = std::make_unique<asio::io_context>();
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_{asio::make_work_guard(*io_)};
    std::vector<std::thread> threads_;
};

} // namespace faceki::test
