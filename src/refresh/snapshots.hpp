// The current token of one client, with a copy for each thread that asks often: readers share no cache line, take no
// lock, and count no holder atomically.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <faceki/access_token.hpp>
#include <faceki/clock.hpp>

#include "refresh/thread_slots.hpp"

namespace faceki {

/// What a client and the threads that use it share; it outlives both.
struct snapshot_registry {
    std::mutex mutex;
    bool alive = true;
    access_token current;            ///< counted by all threads alike
    std::vector<thread_slot*> slots; ///< each freed by its own thread
    bool used = false;               ///< by a thread without a slot
    std::uint64_t hits = 0;          ///< of threads without a slot, and of those that have ended
};

/// Thread safety: any thread.
class snapshots {
public:
    /// With a clock of its own every read asks that one. Throws std::bad_alloc.
    explicit snapshots(std::shared_ptr<const clock> time);
    /// The copies go with it; those of other threads when these come by, or end.
    ~snapshots();
    snapshots(const snapshots&) = delete;
    snapshots& operator=(const snapshots&) = delete;

    /// The token if it may be handed out at this moment, else an empty one. Never allocates; takes a lock only in a
    /// thread that has no copy of its own. Counts as use.
    access_token live() const noexcept;
    /// The same; and from then on the calling thread has a copy of its own, if there is memory for it.
    access_token live_from_now_on() const noexcept;
    /// The calling thread gets a copy of its own, if there is memory for it.
    void settle_in() const noexcept;
    /// Whether the calling thread has one.
    bool has_settled() const noexcept;
    /// Whatever its deadlines.
    access_token current() const noexcept;

    /// In place of the current one. A thread for whose copy there is no memory shares it.
    void publish(const access_token& token) noexcept;
    void forget() noexcept { publish({}); }

    /// Somebody wanted the token since clear_used().
    bool used() const noexcept;
    void clear_used() noexcept;
    std::uint64_t hits() const noexcept;

private:
    thread_slot* find() const noexcept;
    thread_slot* find_good() const noexcept;
    access_token look_closer() const noexcept;
    access_token settle_and_look() const noexcept;
    access_token read(thread_slot& slot, coarse_tick tick) const noexcept;
    access_token live_without_slot() const noexcept;
    boot_clock::time_point precise_now() const noexcept { return time_ ? time_->now() : boot_clock::now(); }
    static void send(thread_slot& slot, const access_token& token) noexcept;

    const std::uint64_t number_;              ///< never used again in this process
    const std::shared_ptr<const clock> time_; ///< null = the system's
    const boot_clock::duration lag_;          ///< of now()
    const std::shared_ptr<snapshot_registry> registry_;
};

} // namespace faceki
