// What a thread keeps of the clients it uses: for each of them a slot, found by the client's number, which no other
// client ever gets.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include <faceki/time.hpp>

#include "refresh/holders.hpp"

namespace faceki {

struct token_data;
struct snapshot_registry;

/// One client's token as one thread sees it. On cache lines of its own: other threads write there at a rollover only.
struct alignas(64) thread_slot {
    // The thread's own.
    const token_data* mine = nullptr;
    boot_clock::time_point use_until{}; ///< of `mine`

    // Written by both.
    std::atomic<std::uintptr_t> mail{0}; ///< what comes in place of `mine`: nothing new, `gone`, or a token_data
    std::atomic<bool> used{false};       ///< since it was cleared
    std::atomic<std::uint64_t> hits{0};  ///< counted by the thread, read by all

    // Set once.
    std::shared_ptr<snapshot_registry> home;
    std::uint64_t client = 0;
    class thread_slots* thread = nullptr;
    thread_slot* next_dead = nullptr;

    static constexpr std::uintptr_t gone = 1;
};

/// Thread safety: its thread only, except orphan().
class thread_slots {
public:
    /// The calling thread's, made if need be; null while the thread ends. Throws std::bad_alloc.
    static thread_slots* make();

    /// The thread's slot for this client, or null.
    thread_slot* find(std::uint64_t client) noexcept
    {
        if (has_orphans_.load(std::memory_order_relaxed))
            bury();
        for (std::size_t at = client & mask_; table_[at].client != 0; at = (at + 1) & mask_)
            if (table_[at].client == client)
                return table_[at].slot;
        return nullptr;
    }
    /// Throws std::bad_alloc, and then has done nothing.
    void add(thread_slot& slot);

    /// By the owner: what the mailbox holds comes in place of its own.
    static void take_mail(thread_slot& slot) noexcept;
    /// From any thread that holds the registry's mutex: into the mailbox, in place of what was not taken yet. Takes
    /// over one hold; null = there is no token any more.
    static void send(thread_slot& slot, const token_data* data) noexcept;

    /// From any thread: the client of this slot has gone. The owner drops it when it comes by.
    void orphan(thread_slot& slot) noexcept;
    /// Drops the slots of clients that have gone. A handle may be the last thing a thread touches: it calls this too.
    void bury() noexcept;
    bool has_orphans() const noexcept { return has_orphans_.load(std::memory_order_relaxed); }

    ~thread_slots();
    thread_slots(const thread_slots&) = delete;
    thread_slots& operator=(const thread_slots&) = delete;

    /// CLOCK_BOOTTIME, read once per tick of the coarse clock: late by longest_lag() at most.
    boot_clock::time_point now() noexcept;

private:
    thread_slots();

    struct entry {
        std::uint64_t client = 0; ///< 0 = free
        thread_slot* slot = nullptr;
    };

    friend struct thread_end;

    static void empty(thread_slot& slot) noexcept;
    void insert(const entry& e) noexcept;
    void erase(std::uint64_t client) noexcept;

    std::size_t mask_ = 0;
    std::unique_ptr<entry[]> table_; ///< open addressing, never more than half full
    std::size_t count_ = 0;

    std::int64_t tick_ = 0;
    boot_clock::time_point tick_time_{};

    std::atomic<bool> has_orphans_{false};
    std::mutex orphans_mutex_;
    thread_slot* orphans_ = nullptr;
};

} // namespace faceki
