// A binary heap with places: waiter::timer_ is the index in it, plus one.
#include "refresh/waiter_timers.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

std::optional<boot_clock::time_point> waiter_timers::earliest() const noexcept
{
    return heap_.empty() ? std::nullopt : std::optional{heap_.front().when};
}

void waiter_timers::push(waiter& w, boot_clock::time_point when)
{
    const entry e{when, pushed_, &w};
    heap_.push_back(e);
    ++pushed_;
    rise(heap_.size() - 1, e);
}

std::optional<boot_clock::time_point> waiter_timers::erase(waiter& w) noexcept
{
    if (w.timer_ == 0)
        return std::nullopt;
    const std::size_t at = w.timer_ - 1;
    const boot_clock::time_point when = heap_[at].when;
    w.timer_ = 0;
    const entry last = heap_.back();
    heap_.pop_back();
    if (last.who == &w)
        return when;
    // The last one fills the gap; its right place is above it or below it.
    if (at > 0 && last.before(heap_[(at - 1) / 2]))
        rise(at, last);
    else
        sink(at, last);
    return when;
}

waiter& waiter_timers::pop() noexcept
{
    waiter& first = *heap_.front().who;
    erase(first);
    return first;
}

void waiter_timers::place(std::size_t at, const entry& e) noexcept
{
    heap_[at] = e;
    e.who->timer_ = static_cast<std::uint32_t>(at + 1);
}

void waiter_timers::rise(std::size_t at, const entry& e) noexcept
{
    while (at > 0 && e.before(heap_[(at - 1) / 2])) {
        place(at, heap_[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(at, e);
}

void waiter_timers::sink(std::size_t at, const entry& e) noexcept
{
    for (std::size_t child = 2 * at + 1; child < heap_.size(); child = 2 * at + 1) {
        if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child]))
            ++child;
        if (!heap_[child].before(e))
            break;
        place(at, heap_[child]);
        at = child;
    }
    place(at, e);
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
