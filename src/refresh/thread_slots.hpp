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

#include "refresh/coarse_clock.hpp"
#include "refresh/holders.hpp"

namespace faceki {

struct token_data;
struct snapshot_registry;

/// One client's token as one thread sees it. On cache lines of its own: other threads write there at a rollover only.
struct alignas(64) thread_slot {
    // The thread's own.
    const token_data* mine = nullptr;
    coarse_tick
        good; ///< all through this tick `mine` may be handed out, unless there is mail; its holders count as own

    // Written by both.
    std::atomic<std::uintptr_t> mail{0}; ///< what comes in place of `mine`: nothing new, `gone`, or a token_data
    std::atomic<std::uint64_t> hits{0};  ///< counted by the thread, read by all
    std::atomic<bool> missed{false};     ///< asked for when there was no token, since use was cleared
    std::uint64_t hits_cleared = 0;      ///< when use was cleared; under the registry's mutex

    // Set once.
    std::shared_ptr<snapshot_registry> home;
    std::uint64_t client = 0;
    class thread_slots* thread = nullptr;
    thread_slot* next_dead = nullptr;

    static constexpr std::uintptr_t gone = 1;

    /// Under the registry's mutex.
    bool was_used() const noexcept
    {
        return missed.load(std::memory_order_relaxed) || hits.load(std::memory_order_relaxed) != hits_cleared;
    }
    void clear_use() noexcept
    {
        missed.store(false, std::memory_order_relaxed);
        hits_cleared = hits.load(std::memory_order_relaxed);
    }
    void count_hit() noexcept
    {
        hits.store(hits.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); // one thread writes
    }
};

/// Thread safety: its thread only, except orphan().
class thread_slots {
public:
    /// The calling thread's, made if need be; null while the thread ends. Throws std::bad_alloc.
    static thread_slots* make();

    /// The thread's slot for this client, or null.
    thread_slot* find(std::uint64_t client) const noexcept
    {
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
    /// How many clients have a slot here, those that have gone included.
    std::size_t size() const noexcept { return count_; }

    ~thread_slots();
    thread_slots(const thread_slots&) = delete;
    thread_slots& operator=(const thread_slots&) = delete;

    /// CLOCK_BOOTTIME, read once per tick of the coarse clock: late by longest_lag() at most. Buries, too.
    boot_clock::time_point now(coarse_tick tick) noexcept;

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

    coarse_tick tick_;
    boot_clock::time_point tick_time_{};

    std::atomic<bool> has_orphans_{false};
    std::mutex orphans_mutex_;
    thread_slot* orphans_ = nullptr;
};

} // namespace faceki
