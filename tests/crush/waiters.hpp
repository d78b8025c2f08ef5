// The waiters themselves. Each counts its own end, whether it was called or destroyed.
#pragma once

#include <memory>
#include <utility>

#include "crush/joiner.hpp"

namespace faceki::crush {

/// What some handlers throw: the thread goes on, and nobody else is lost.
struct thrown_on_purpose {};

/// Moved along with a handler or a coroutine's frame.
class waiting_end {
public:
    waiting_end(std::shared_ptr<cohort> c, std::size_t n) : cohort_(std::move(c)), n_(n), when_(cohort_->of->asking())
    {
    }
    waiting_end(waiting_end&& other) noexcept
        : cohort_(std::exchange(other.cohort_, nullptr)), n_(other.n_), when_(other.when_)
    {
    }
    waiting_end& operator=(waiting_end&&) = delete;
    ~waiting_end()
    {
        if (const auto c = std::move(cohort_))
            c->ended(n_, false);
    }

    void called(error_code error, const access_token& token)
    {
        const auto c = std::exchange(cohort_, nullptr);
        c->of->judge(c->first + n_, when_, error, token);
        c->ended(n_, true);
    }

    life& of() const noexcept { return *cohort_->of; }

private:
    std::shared_ptr<cohort> cohort_;
    std::size_t n_;
    asked when_;
};

/// A completion handler.
class callback {
public:
    callback(waiting_end end, bool throws, std::unique_ptr<diagnostics> details = nullptr)
        : end_(std::move(end)), throws_(throws), details_(std::move(details))
    {
    }

    void operator()(error_code error, const access_token& token)
    {
        tally& counts = end_.of().counts;
        if (details_ && static_cast<bool>(error) == details_->message.empty())
            counts.blame(fault::no_answer);
        end_.called(error, token);
        if (!throws_)
            return;
        ++counts.thrown;
        throw thrown_on_purpose();
    }

private:
    waiting_end end_;
    bool throws_;
    std::unique_ptr<diagnostics> details_; ///< where async_token() writes what went wrong
};

/// A coroutine that may be cancelled before it asks, while it waits, or never.
inline asio::awaitable<void> wait_in_coroutine(waiting_end end, wait_limit limit, bool by_exception)
{
    error_code error;
    access_token token;
    try {
        if (by_exception) {
            token = co_await end.of().client().token(limit);
        } else {
            const token_result result = co_await end.of().client().try_token(limit);
            error = result.error();
            token = *result;
        }
    } catch (const std::system_error& e) {
        error = e.code();
    }
    end.called(error, token);
}

} // namespace faceki::crush
