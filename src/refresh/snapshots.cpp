// Reading and replacing the current token.
#include "refresh/snapshots.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "refresh/coarse_clock.hpp"
#include "refresh/token_data.hpp"

namespace faceki {

namespace {

std::uint64_t next_number() noexcept
{
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

} // namespace

snapshots::snapshots(std::shared_ptr<const clock> time)
    : number_(next_number()), time_(std::move(time)), lag_(time_ ? boot_clock::duration{0} : longest_lag()),
      registry_(std::make_shared<snapshot_registry>())
{
}

snapshots::~snapshots()
{
    const std::scoped_lock lock(registry_->mutex);
    registry_->alive = false;
    registry_->current = {};
    for (thread_slot* const slot : std::exchange(registry_->slots, {})) {
        thread_slots::send(*slot, nullptr);
        slot->thread->orphan(*slot);
    }
    // This thread's go now: it may be the only one.
    if (this_threads_slots != nullptr && this_threads_slots->has_orphans())
        this_threads_slots->bury();
}

inline thread_slot* snapshots::find() const noexcept
{
    return this_threads_slots != nullptr ? this_threads_slots->find(number_) : nullptr;
}

/// The way that is taken nearly always: no call but the clock's.
inline thread_slot* snapshots::find_good() const noexcept
{
    thread_slot* const slot = find();
    if (slot == nullptr || slot->mail.load(std::memory_order_acquire) != 0 || slot->good != coarse_tick::current())
        return nullptr;
    slot->count_hit();
    return slot;
}

access_token snapshots::live() const noexcept
{
    const thread_slot* const slot = find_good();
    return slot != nullptr ? token_data::own_handle(*slot->mine) : look_closer();
}

access_token snapshots::live_from_now_on() const noexcept
{
    const thread_slot* const slot = find_good();
    return slot != nullptr ? token_data::own_handle(*slot->mine) : settle_and_look();
}

access_token snapshots::look_closer() const noexcept
{
    thread_slot* const slot = find();
    return slot != nullptr ? read(*slot, coarse_tick::current()) : live_without_slot();
}

access_token snapshots::settle_and_look() const noexcept
{
    settle_in();
    return look_closer();
}

/// Once per tick, and as long as there is no token.
access_token snapshots::read(thread_slot& slot, coarse_tick tick) const noexcept
{
    if (slot.mail.load(std::memory_order_acquire) != 0)
        thread_slots::take_mail(slot);
    if (slot.mine != nullptr) {
        const auto end = slot.mine->deadlines.use_until;
        const bool sure = !time_ && slot.thread->now(tick) < end - lag_;
        if (sure || precise_now() < end) { // near the end the tick's time is not good enough
            slot.good = sure && slot.mine->holds.is_biased() ? tick : coarse_tick{};
            slot.count_hit();
            return token_data::handle(*slot.mine);
        }
    }
    slot.missed.store(true, std::memory_order_relaxed);
    return {};
}

access_token snapshots::live_without_slot() const noexcept
{
    const std::scoped_lock lock(registry_->mutex);
    registry_->used = true;
    if (!registry_->current || precise_now() >= registry_->current.use_until())
        return {};
    ++registry_->hits;
    return registry_->current;
}

void snapshots::settle_in() const noexcept
{
    if (find() != nullptr)
        return;
    try {
        thread_slots* const here = thread_slots::make();
        if (here == nullptr)
            return;
        auto slot = std::make_unique<thread_slot>();
        slot->client = number_;
        slot->home = registry_;
        slot->thread = here;
        const std::scoped_lock lock(registry_->mutex);
        registry_->slots.reserve(registry_->slots.size() + 1);
        here->add(*slot);
        registry_->slots.push_back(slot.get());
        send(*slot.release(), registry_->current);
    } catch (const std::bad_alloc&) {
        // Then it goes on without.
    }
}

bool snapshots::has_settled() const noexcept
{
    return find() != nullptr;
}

access_token snapshots::current() const noexcept
{
    const std::scoped_lock lock(registry_->mutex);
    return registry_->current;
}

void snapshots::publish(const access_token& token) noexcept
{
    access_token old; // destroyed last, outside the lock
    const std::scoped_lock lock(registry_->mutex);
    old = std::exchange(registry_->current, token);
    for (thread_slot* const slot : registry_->slots)
        send(*slot, token);
}

void snapshots::send(thread_slot& slot, const access_token& token) noexcept
{
    const token_data* const data = token_data::of(token);
    if (data == nullptr)
        return thread_slots::send(slot, nullptr);
    try {
        thread_slots::send(slot, new token_data(*data, slot.thread));
    } catch (const std::bad_alloc&) {
        data->holds.add(); // shared with all who have no copy
        thread_slots::send(slot, data);
    }
}

bool snapshots::used() const noexcept
{
    const std::scoped_lock lock(registry_->mutex);
    return registry_->used || std::any_of(registry_->slots.begin(), registry_->slots.end(),
                                          [](const thread_slot* slot) { return slot->was_used(); });
}

void snapshots::clear_used() noexcept
{
    const std::scoped_lock lock(registry_->mutex);
    registry_->used = false;
    for (thread_slot* const slot : registry_->slots)
        slot->clear_use();
}

std::uint64_t snapshots::hits() const noexcept
{
    const std::scoped_lock lock(registry_->mutex);
    std::uint64_t sum = registry_->hits;
    for (const thread_slot* const slot : registry_->slots)
        sum += slot->hits.load(std::memory_order_relaxed);
    return sum;
}

} // namespace faceki
