// Joining, leaving and waking. Handlers run outside every lock, each in its own turn, so one that throws or blocks
// costs only itself.
#include "refresh/waiter_queue.hpp"

#include <limits>
#include <new>
#include <utility>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

void waiter_counts::finished(std::uint64_t handlers) noexcept
{
    ended.fetch_add(handlers);
    if (closing.load() && all_ended() && on_rest)
        on_rest();
}

void waiter_list::push_back(waiter& w) noexcept
{
    w.previous_ = last_;
    w.next_ = nullptr;
    (last_ ? last_->next_ : first_) = &w;
    last_ = &w;
    ++size_;
}

namespace {
constexpr std::size_t cache_line = 64;
}

waiter& waiter_list::pop_front() noexcept
{
    waiter& w = *first_;
    erase(w);
    if (first_) {
        // Each is in other cache lines, which take as long to come as one takes to complete: the next one's next is
        // fetched now, and by then the next one is here and knows what it will need.
        const auto later = reinterpret_cast<std::uintptr_t>(first_->next_);
        __builtin_prefetch(reinterpret_cast<const void*>(later), 1);
        __builtin_prefetch(reinterpret_cast<const void*>(later + cache_line), 1);
        first_->prepare();
    }
    return w;
}

/// The first one's `previous_` means nothing, so that taking out the one before it does not write to it.
void waiter_list::erase(waiter& w) noexcept
{
    const bool is_first = &w == first_;
    const bool is_last = &w == last_;
    (is_first ? first_ : w.previous_->next_) = w.next_;
    if (is_last)
        last_ = is_first ? nullptr : w.previous_;
    else if (!is_first)
        w.next_->previous_ = w.previous_;
    w.previous_ = w.next_ = nullptr;
    --size_;
}

namespace {

/// waiter::timer_ of one whose own limit has come: its outcome is fixed.
constexpr std::uint32_t limit_has_come = std::numeric_limits<std::uint32_t>::max();

/// A waiter on its way to its executor; dropped with the post if the context dies first.
class parcel {
public:
    parcel(waiter& w, std::shared_ptr<waiter_counts> counts) noexcept : waiter_(&w), counts_(std::move(counts)) {}
    parcel(const parcel&) = delete;
    parcel& operator=(const parcel&) = delete;
    ~parcel()
    {
        if (!waiter_)
            return;
        waiter_->drop(); // counted already, as cancelled or refused, or a hit that never waited
        counts_->finished();
    }

    waiter* take() noexcept { return std::exchange(waiter_, nullptr); }
    waiter_counts& counts() noexcept { return *counts_; }

private:
    waiter* waiter_;
    std::shared_ptr<waiter_counts> counts_;
};

/// Counts the end of handlers, also when one throws: all of a batch at once. While one of them runs the core is not at
/// rest, whatever is counted of the others.
class finish_guard {
public:
    explicit finish_guard(waiter_counts& counts) noexcept : counts_(counts) {}
    ~finish_guard()
    {
        if (delivered_)
            delivered_->fetch_add(handlers_, std::memory_order_relaxed);
        if (handlers_ != 0)
            counts_.finished(handlers_);
    }
    finish_guard(const finish_guard&) = delete;
    finish_guard& operator=(const finish_guard&) = delete;

    void add_one() noexcept { ++handlers_; }
    /// Where they are counted too, by what they got.
    void count_in(std::atomic<std::uint64_t>& delivered) noexcept { delivered_ = &delivered; }

private:
    waiter_counts& counts_;
    std::atomic<std::uint64_t>* delivered_ = nullptr;
    std::uint64_t handlers_ = 0;
};

/// False if there was no memory (or no context): the waiter is still the caller's.
bool post_parcel(waiter& w, const asio::any_io_executor& executor, const std::shared_ptr<waiter_counts>& counts,
                 const outcome_ptr& how) noexcept
{
    std::shared_ptr<parcel> p;
    try {
        p = std::make_shared<parcel>(w, counts);
        asio::post(executor, [p, how] {
            finish_guard guard(p->counts());
            guard.add_one();
            p->take()->complete(how);
        });
        return true;
    } catch (...) {
        if (p)
            p->take();
        return false;
    }
}

} // namespace

waiter_queue::waiter_queue(const asio::any_io_executor& executor, std::shared_ptr<waiter_counts> counts)
    : counts_(std::move(counts)), executor_(executor)
{
}

std::shared_ptr<waiter_queue> waiter_queue::make(const asio::any_io_executor& executor,
                                                 std::shared_ptr<waiter_counts> counts)
{
    std::shared_ptr<waiter_queue> queue(new waiter_queue(executor, std::move(counts)));
    queue->watch_ = context_watch(asio::query(executor, asio::execution::context), queue);
    if (queue->watch_.closed())
        queue->executor_ = {};
    return queue;
}

waiter_queue::~waiter_queue()
{
    watch_.member_ends();
    // Who is still here was released, but the drain was destroyed unrun: a strand's service may shut down before ours
    // does. Without a lock: nobody else knows this object any more, and the core's may be held.
    drop_all(main_, expired_);
}

std::size_t waiter_queue::push(waiter& w, const asio::any_io_executor& executor,
                               std::optional<boot_clock::time_point> limit)
{
    if (main_.outcome || !executor_ || executor_ != executor)
        return 0;
    if (limit)
        timers_.push(w, *limit);
    if (!work_) {
        try {
            work_ = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
        } catch (const std::bad_alloc&) {
            // The wait works without: only a context with nothing else to do could end early.
        }
    }
    w.queue_ = this;
    main_.list.push_back(w);
    counts_->joined.store(counts_->joined.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return main_.list.size();
}

void waiter::cancel() noexcept
{
    waiter_queue::cancel(*this);
}

void waiter_queue::cancel(waiter& w) noexcept
{
    if (!w.queue_)
        return;
    // The waiter may be the last thing that keeps its queue in use.
    const std::shared_ptr<waiter_queue> queue = w.queue_->weak_from_this().lock();
    if (!queue)
        return;
    const std::scoped_lock gate(queue->mutex_);
    std::optional<boot_clock::time_point> limit;
    {
        // Out of the list before the post: the handler may run on another thread before post() has returned.
        const std::scoped_lock lock(queue->counts_->mutex);
        if (!w.queue_ || w.timer_ == limit_has_come || queue->main_.outcome || !queue->executor_)
            return;
        limit = queue->timers_.erase(w);
        queue->main_.list.erase(w);
        w.queue_ = nullptr;
    }
    if (!post_parcel(w, queue->executor_, queue->counts_, queue->counts_->aborted)) {
        // No memory: the waiter stays and gets the flight's outcome.
        const std::scoped_lock lock(queue->counts_->mutex);
        w.queue_ = queue.get();
        queue->main_.list.push_back(w);
        if (limit)
            queue->timers_.push(w, *limit);
        return;
    }
    queue->counts_->settled.fetch_add(1, std::memory_order_relaxed);
    queue->counts_->cancelled.fetch_add(1, std::memory_order_relaxed);
    queue->rest_if_empty();
}

bool waiter_queue::deliver(waiter& w, const asio::any_io_executor& executor,
                           const std::shared_ptr<waiter_counts>& counts, const outcome_ptr& how) noexcept
{
    // What failed once may work now: another thread gave some memory back.
    return post_parcel(w, executor, counts, how) || post_parcel(w, executor, counts, how);
}

std::size_t waiter_queue::expire(boot_clock::time_point now, const outcome_ptr& how) noexcept
{
    const auto due = [&] { return !timers_.empty() && *timers_.earliest() <= now; };
    const std::scoped_lock gate(mutex_);
    {
        const std::scoped_lock lock(counts_->mutex);
        if (main_.outcome || !executor_ || !due())
            return 0;
    }
    // The post comes first: without memory for it they stay, and the alarm comes again. Nobody leaves meanwhile.
    if (expired_.list.empty() && !post_drain(&waiter_queue::expired_))
        return 0;
    expired_.outcome = how;
    std::size_t count = 0;
    const std::scoped_lock lock(counts_->mutex);
    while (due()) {
        waiter& w = timers_.pop();
        w.timer_ = limit_has_come;
        main_.list.erase(w);
        expired_.list.push_back(w);
        ++count;
    }
    counts_->settled.fetch_add(count, std::memory_order_relaxed);
    counts_->timed_out.fetch_add(count, std::memory_order_relaxed);
    return count;
}

std::size_t waiter_queue::release(outcome_ptr how) noexcept
{
    const std::scoped_lock gate(mutex_);
    {
        const std::scoped_lock lock(counts_->mutex);
        if (main_.outcome)
            return 0;
        main_.outcome = std::move(how);
        timers_.clear();
    }
    const std::size_t count = main_.list.size();
    counts_->settled.fetch_add(count, std::memory_order_relaxed);
    unposted_ = count != 0 && !post_drain(&waiter_queue::main_);
    return count;
}

bool waiter_queue::post_again() noexcept
{
    const std::scoped_lock lock(mutex_);
    unposted_ = unposted_ && !main_.list.empty() && !post_drain(&waiter_queue::main_);
    return !unposted_;
}

bool waiter_queue::post_drain(lane waiter_queue::*which) noexcept
{
    try {
        asio::post(executor_, [self = shared_from_this(), which] { self->drain(which); });
        return true;
    } catch (...) {
        return false;
    }
}

void waiter_queue::drain(lane waiter_queue::*which)
{
    lane& from = this->*which;
    bool rest_is_posted = false;
    outcome_ptr how;
    finish_guard guard(*counts_);
    for (std::size_t n = 0; n < batch || !rest_is_posted; ++n) {
        waiter* next = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (from.list.empty())
                return;
            next = &from.list.pop_front();
            next->queue_ = nullptr;
            if (!how) {
                how = from.outcome;
                if (&from == &main_)
                    guard.count_in(how->error ? counts_->failed : counts_->served);
            }
            if (from.list.empty())
                rest_if_empty(); // this very handler is work of the context
            else if (!rest_is_posted)
                rest_is_posted = post_drain(which); // before the first handler: it may throw, or block this thread
        }
        guard.add_one();
        next->complete(how);
    }
}

void waiter_queue::rest_if_empty() noexcept
{
    asio::any_io_executor unneeded; // the end of work may be the end of its context's run(): not under the core's mutex
    const std::scoped_lock lock(counts_->mutex);
    if (main_.list.empty() && expired_.list.empty())
        std::swap(unneeded, work_);
}

void waiter_queue::context_shutdown() noexcept
{
    lane orphans;
    lane expired;
    asio::any_io_executor work;
    {
        const std::scoped_lock gate(mutex_);
        const std::scoped_lock lock(counts_->mutex);
        std::swap(orphans.list, main_.list);
        orphans.outcome = main_.outcome;
        std::swap(expired.list, expired_.list);
        timers_.clear();
        executor_ = {};
        std::swap(work, work_);
    }
    drop_all(orphans, expired);
}

void waiter_queue::drop_all(lane& orphans, lane& expired) noexcept
{
    const std::size_t count = orphans.list.size();
    if (!orphans.outcome)
        counts_->settled.fetch_add(count, std::memory_order_relaxed);
    counts_->dropped.fetch_add(count, std::memory_order_relaxed); // the expired ones are counted already
    for (waiter_list* const list : {&orphans.list, &expired.list})
        while (!list->empty()) {
            waiter& w = list->pop_front();
            w.queue_ = nullptr;
            w.drop();
            counts_->finished();
        }
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
