// Ways to hand one value to many threads, without a clock: what peek() is compared with. Each behind a call that is not
// inlined, as whatever a library does is.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

namespace faceki::bench {

using value_ptr = std::shared_ptr<const std::string>;

/// The limit: a pointer that is loaded, and never freed.
class raw_load {
public:
    explicit raw_load(const std::string& value) : value_(&value) {}
    [[gnu::noinline]] const std::string* read() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    std::atomic<const std::string*> value_;
};

class atomic_shared_ptr {
public:
    explicit atomic_shared_ptr(std::string value) : value_(std::make_shared<const std::string>(std::move(value))) {}
    [[gnu::noinline]] value_ptr read() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    std::atomic<value_ptr> value_;
};

/// std::mutex or std::shared_mutex around a shared_ptr.
template <class Mutex, class Lock>
class locked_shared_ptr {
public:
    explicit locked_shared_ptr(std::string value) : value_(std::make_shared<const std::string>(std::move(value))) {}
    [[gnu::noinline]] value_ptr read() const
    {
        const Lock lock(mutex_);
        return value_;
    }

private:
    mutable Mutex mutex_;
    value_ptr value_;
};

using mutex_shared_ptr = locked_shared_ptr<std::mutex, std::unique_lock<std::mutex>>;
using shared_mutex_shared_ptr = locked_shared_ptr<std::shared_mutex, std::shared_lock<std::shared_mutex>>;

class mutex_string_copy {
public:
    explicit mutex_string_copy(std::string value) : value_(std::move(value)) {}
    [[gnu::noinline]] std::string read() const
    {
        const std::scoped_lock lock(mutex_);
        return value_;
    }

private:
    mutable std::mutex mutex_;
    std::string value_;
};

} // namespace faceki::bench
