// What is usually written first: a mutex, the steady clock, a copy of the string.
#pragma once

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

#include <asio/awaitable.hpp>

namespace faceki::bench {

class naive_cache {
public:
    explicit naive_cache(std::string value) : value_(std::move(value)) {}

    asio::awaitable<std::string> token()
    {
        const std::scoped_lock lock(mutex_);
        if (std::chrono::steady_clock::now() >= expires_)
            std::abort();
        co_return value_;
    }

private:
    std::mutex mutex_;
    std::string value_;
    std::chrono::steady_clock::time_point expires_ = std::chrono::steady_clock::now() + std::chrono::hours(1);
};

} // namespace faceki::bench
