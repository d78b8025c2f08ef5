// Executors can be compared but not hashed, and with a strand per session there are as many as waiters: a search of all
// queues would be quadratic.
#include "refresh/waiting_room.hpp"

#include <algorithm>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

namespace {

/// How many of the latest queues are searched; a miss costs one queue more.
constexpr std::size_t latest_searched = 8;

} // namespace

/// Two queues for one executor keep the order of joining as long as the older one fits into one batch, since queues are
/// released in the order they were made. So the long ones, of which there are few, are searched too.
bool waiting_room::park(waiter& w, const asio::any_io_executor& executor, std::optional<boot_clock::time_point> limit)
{
    limited_ = limited_ || limit.has_value();
    const std::size_t unsearched = queues_.size() - std::min(queues_.size(), latest_searched);
    for (std::size_t n = queues_.size(); n-- > unsearched;)
        if (const std::size_t size = queues_[n]->push(w, executor, limit)) {
            if (size == waiter_queue::batch)
                remember_crowded(queues_[n]);
            return true;
        }
    for (const auto& queue : crowded_)
        if (queue->push(w, executor, limit))
            return true;
    if (queues_.size() >= tidy_at_)
        forget_empty_queues();
    const auto queue = waiter_queue::make(executor, counts_);
    queues_.push_back(queue);
    crowded_.reserve(queues_.capacity()); // remembering must not fail: the waiter has joined by then
    return queue->push(w, executor, limit) != 0;
}

/// Not twice: waiters may leave and come at just this length for ever.
void waiting_room::remember_crowded(const std::shared_ptr<waiter_queue>& queue) noexcept
{
    if (std::find(crowded_.begin(), crowded_.end(), queue) == crowded_.end())
        crowded_.push_back(queue);
}

bool waiting_room::empty() const noexcept
{
    return std::all_of(queues_.begin(), queues_.end(), [](const auto& queue) { return queue->size() == 0; });
}

std::optional<boot_clock::time_point> waiting_room::next_limit() const noexcept
{
    std::optional<boot_clock::time_point> first;
    if (!limited_)
        return first;
    for (const auto& queue : queues_)
        if (const auto next = queue->next_limit(); next && (!first || *next < *first))
            first = next;
    return first;
}

queues waiting_room::with_limit_by(boot_clock::time_point now) const
{
    queues due;
    if (!limited_)
        return due;
    for (const auto& queue : queues_)
        if (const auto next = queue->next_limit(); next && *next <= now)
            due.push_back(queue);
    return due;
}

/// Waiters that left, on executors nobody uses any more, must not cost memory until the flight ends.
void waiting_room::forget_empty_queues()
{
    const auto empty = [](const std::shared_ptr<waiter_queue>& queue) { return queue->size() == 0; };
    std::erase_if(queues_, empty);
    std::erase_if(crowded_, empty);
    tidy_at_ = std::max(first_tidy, queues_.size() * 2);
}

queues waiting_room::take_all() noexcept
{
    crowded_.clear();
    limited_ = false;
    tidy_at_ = first_tidy;
    queues all;
    all.swap(queues_);
    return all;
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
