// Finding, making and giving up a thread's slots.
#include "refresh/thread_slots.hpp"

#include <algorithm>

#include "refresh/snapshots.hpp"
#include "refresh/token_data.hpp"

namespace faceki {

constinit thread_local thread_slots* this_threads_slots = nullptr;

/// Ends a thread's slots with it.
struct thread_end {
    std::unique_ptr<thread_slots> slots;
    bool over = false; ///< other thread-local objects, destroyed later, may still use clients

    ~thread_end()
    {
        over = true;
        slots.reset();
        this_threads_slots = nullptr;
    }
};

namespace {

constexpr std::size_t first_size = 16;

thread_local thread_end end_of_thread;

/// Gives up one hold, the slot's own.
void let_go(const token_data* data) noexcept
{
    if (data == nullptr)
        return;
    if (data->holds.is_biased())
        data->holds.end_bias();
    if (data->holds.remove())
        delete data;
}

const token_data* held_by(std::uintptr_t mail) noexcept
{
    return mail > thread_slot::gone ? reinterpret_cast<const token_data*>(mail) : nullptr;
}

} // namespace

thread_slots::thread_slots() : mask_(first_size - 1), table_(std::make_unique<entry[]>(first_size)) {}

thread_slots* thread_slots::make()
{
    if (this_threads_slots == nullptr && !end_of_thread.over) {
        end_of_thread.slots.reset(new thread_slots);
        this_threads_slots = end_of_thread.slots.get();
    }
    return this_threads_slots;
}

thread_slots::~thread_slots()
{
    for (std::size_t at = 0; at <= mask_; ++at) {
        thread_slot* const slot = table_[at].slot;
        if (slot == nullptr)
            continue;
        const std::shared_ptr<snapshot_registry> home = slot->home;
        const std::scoped_lock lock(home->mutex);
        if (!home->alive)
            continue; // among the orphans
        std::erase(home->slots, slot);
        home->hits += slot->hits.load(std::memory_order_relaxed);
        home->used = home->used || slot->was_used();
        empty(*slot);
        delete slot;
        table_[at].slot = nullptr;
    }
    bury();
}

void thread_slots::empty(thread_slot& slot) noexcept
{
    let_go(std::exchange(slot.mine, nullptr));
    let_go(held_by(slot.mail.exchange(thread_slot::gone, std::memory_order_acquire)));
}

void thread_slots::take_mail(thread_slot& slot) noexcept
{
    let_go(std::exchange(slot.mine, held_by(slot.mail.exchange(0, std::memory_order_acquire))));
    slot.good = {};
}

void thread_slots::send(thread_slot& slot, const token_data* data) noexcept
{
    const std::uintptr_t mail = data != nullptr ? reinterpret_cast<std::uintptr_t>(data) : thread_slot::gone;
    let_go(held_by(slot.mail.exchange(mail, std::memory_order_acq_rel))); // nobody else has seen it
}

void thread_slots::add(thread_slot& slot)
{
    if ((count_ + 1) * 2 > mask_ + 1) {
        const std::size_t size = (mask_ + 1) * 2;
        auto old = std::exchange(table_, std::make_unique<entry[]>(size));
        const std::size_t old_size = std::exchange(mask_, size - 1) + 1;
        for (std::size_t at = 0; at < old_size; ++at)
            if (old[at].client != 0)
                insert(old[at]);
    }
    insert({slot.client, &slot});
    ++count_;
}

void thread_slots::insert(const entry& e) noexcept
{
    std::size_t at = e.client & mask_;
    while (table_[at].client != 0)
        at = (at + 1) & mask_;
    table_[at] = e;
}

/// What stands behind it in the same run moves up, unless it stands where it belongs or before.
void thread_slots::erase(std::uint64_t client) noexcept
{
    std::size_t gap = client & mask_;
    while (table_[gap].client != client)
        gap = (gap + 1) & mask_;
    for (std::size_t at = (gap + 1) & mask_; table_[at].client != 0; at = (at + 1) & mask_) {
        const std::size_t from_home = (at - table_[at].client) & mask_;
        const std::size_t from_gap = (at - gap) & mask_;
        if (from_home >= from_gap)
            table_[std::exchange(gap, at)] = table_[at];
    }
    table_[gap] = {};
    --count_;
}

void thread_slots::orphan(thread_slot& slot) noexcept
{
    const std::scoped_lock lock(orphans_mutex_);
    slot.next_dead = std::exchange(orphans_, &slot);
    has_orphans_.store(true, std::memory_order_relaxed);
}

void thread_slots::bury() noexcept
{
    thread_slot* list = nullptr;
    {
        const std::scoped_lock lock(orphans_mutex_);
        list = std::exchange(orphans_, nullptr);
        has_orphans_.store(false, std::memory_order_relaxed);
    }
    while (list != nullptr) {
        const std::unique_ptr<thread_slot> slot(std::exchange(list, list->next_dead));
        erase(slot->client);
        empty(*slot);
    }
}

boot_clock::time_point thread_slots::now(coarse_tick tick) noexcept
{
    if (tick != tick_) {
        tick_ = tick;
        tick_time_ = boot_clock::now();
        if (has_orphans())
            bury();
    }
    return tick_time_;
}

} // namespace faceki
