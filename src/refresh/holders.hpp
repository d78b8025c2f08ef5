// How many hold a token: counted without an atomic read-modify-write by the thread its copy was made for.
#pragma once

#include <atomic>
#include <cstdint>

namespace faceki {

class thread_slots;

/// The calling thread's; null while it has none.
extern constinit thread_local thread_slots* this_threads_slots;

/// A biased reference count (Choi, Shull, Torrellas: Biased Reference Counting, PACT 2018). One thread, the owner, has
/// a count of its own; all others share one, which may be below zero while the owner's is above: a handle made by the
/// owner and dropped elsewhere. The sum counts once the bias has ended.
///
/// Thread safety: add() and remove() from any thread that has (or was given) a hold.
class holders {
public:
    /// One hold; all threads count alike.
    holders() noexcept : shared_(one + unbiased) {}
    /// One hold, the owner's own: it lasts until end_bias().
    explicit holders(const thread_slots* owner) noexcept : owner_(owner), own_(1) {}
    holders(const holders&) = delete;
    holders& operator=(const holders&) = delete;

    void add() noexcept
    {
        if (is_mine())
            ++own_;
        else
            shared_.fetch_add(one, std::memory_order_relaxed);
    }
    /// By the owner, while the bias lasts.
    void add_own() noexcept { ++own_; }
    /// True: that was the last one.
    bool remove() noexcept
    {
        if (!is_mine())
            return shared_.fetch_sub(one, std::memory_order_acq_rel) == one + unbiased;
        --own_;
        return false; // the owner's own hold is still there
    }
    bool is_biased() const noexcept { return owner_.load(std::memory_order_relaxed) != nullptr; }
    /// By the owner, or by who alone knows of it: from now on all threads count alike.
    void end_bias() noexcept
    {
        owner_.store(nullptr, std::memory_order_relaxed);
        shared_.fetch_add(own_ * one + unbiased, std::memory_order_acq_rel);
    }

private:
    bool is_mine() const noexcept
    {
        const thread_slots* const owner = owner_.load(std::memory_order_relaxed);
        return owner != nullptr && owner == this_threads_slots;
    }

    static constexpr std::int64_t unbiased = 1;
    static constexpr std::int64_t one = 2;

    std::atomic<const thread_slots*> owner_{nullptr};
    std::int64_t own_ = 0; ///< touched by the owner only
    std::atomic<std::int64_t> shared_{0};
};

} // namespace faceki
