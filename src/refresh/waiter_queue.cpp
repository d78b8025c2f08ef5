// Joining, leaving and waking. Handlers run outside every lock, each in its own turn, so one that throws or blocks
// costs only itself.
#include "refresh/waiter_queue.hpp"

#include <limits>
#include <new>
#include <utility>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

void waiter_counts::finished() noexcept
{
    if (unfinished.fetch_sub(1) == 1 && closing.load() && on_rest)
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

waiter& waiter_list::pop_front() noexcept
{
    waiter& w = *first_;
    erase(w);
    return w;
}

void waiter_list::erase(waiter& w) noexcept
{
    (w.previous_ ? w.previous_->next_ : first_) = w.next_;
    (w.next_ ? w.next_->previous_ : last_) = w.previous_;
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

/// Counts the end of a handler also when it throws.
class finish_guard {
public:
    explicit finish_guard(waiter_counts& counts) noexcept : counts_(counts) {}
    ~finish_guard() { counts_.finished(); }
    finish_guard(const finish_guard&) = delete;
    finish_guard& operator=(const finish_guard&) = delete;

private:
    waiter_counts& counts_;
};

/// False if there was no memory (or no context): the waiter is still the caller's.
bool post_parcel(waiter& w, const asio::any_io_executor& executor, const std::shared_ptr<waiter_counts>& counts,
                 const outcome_ptr& how) noexcept
{
    std::shared_ptr<parcel> p;
    try {
        p = std::make_shared<parcel>(w, counts);
        asio::post(executor, [p, how] {
            const finish_guard guard(p->counts());
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
    // does.
    context_shutdown();
}

bool waiter_queue::serves(const asio::any_io_executor& executor) const noexcept
{
    const std::scoped_lock lock(mutex_);
    return !main_.outcome && executor_ == executor;
}

std::size_t waiter_queue::size() const noexcept
{
    const std::scoped_lock lock(mutex_);
    return main_.list.size();
}

std::optional<boot_clock::time_point> waiter_queue::next_limit() const noexcept
{
    const std::scoped_lock lock(mutex_);
    return timers_.earliest();
}

bool waiter_queue::push(waiter& w, std::optional<boot_clock::time_point> limit)
{
    const std::scoped_lock lock(mutex_);
    if (main_.outcome || !executor_)
        return false;
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
    counts_->waiting.fetch_add(1, std::memory_order_relaxed);
    counts_->unfinished.fetch_add(1, std::memory_order_relaxed);
    counts_->joined.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void waiter_queue::cancel(waiter& w, const outcome_ptr& how) noexcept
{
    if (!w.queue_)
        return;
    // The waiter may be the last thing that keeps its queue in use.
    const std::shared_ptr<waiter_queue> queue = w.queue_->weak_from_this().lock();
    if (!queue)
        return;
    const std::scoped_lock lock(queue->mutex_);
    if (!w.queue_ || w.timer_ == limit_has_come || queue->main_.outcome || !queue->executor_)
        return;
    // Out of the list before the post: the handler may run on another thread before post() has returned.
    const auto limit = queue->timers_.erase(w);
    queue->main_.list.erase(w);
    w.queue_ = nullptr;
    if (!post_parcel(w, queue->executor_, queue->counts_, how)) {
        // No memory: the waiter stays and gets the flight's outcome.
        w.queue_ = queue.get();
        queue->main_.list.push_back(w);
        if (limit)
            queue->timers_.push(w, *limit);
        return;
    }
    queue->counts_->waiting.fetch_sub(1, std::memory_order_relaxed);
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
    const std::scoped_lock lock(mutex_);
    if (main_.outcome || !executor_ || timers_.empty() || now < *timers_.earliest())
        return 0;
    // The post comes first: without memory for it they stay, and the alarm comes again.
    if (expired_.list.empty() && !post_drain(&waiter_queue::expired_))
        return 0;
    expired_.outcome = how;
    std::size_t count = 0;
    while (!timers_.empty() && *timers_.earliest() <= now) {
        waiter& w = timers_.pop();
        w.timer_ = limit_has_come;
        main_.list.erase(w);
        expired_.list.push_back(w);
        ++count;
    }
    counts_->waiting.fetch_sub(count, std::memory_order_relaxed);
    counts_->timed_out.fetch_add(count, std::memory_order_relaxed);
    return count;
}

std::size_t waiter_queue::release(outcome_ptr how) noexcept
{
    const std::scoped_lock lock(mutex_);
    if (main_.outcome)
        return 0;
    main_.outcome = std::move(how);
    timers_.clear();
    const std::size_t count = main_.list.size();
    counts_->waiting.fetch_sub(count, std::memory_order_relaxed);
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
    for (std::size_t n = 0; n < batch || !rest_is_posted; ++n) {
        waiter* next = nullptr;
        outcome_ptr how;
        {
            const std::scoped_lock lock(mutex_);
            if (from.list.empty())
                return;
            next = &from.list.pop_front();
            next->queue_ = nullptr;
            how = from.outcome;
            if (from.list.empty())
                rest_if_empty(); // this very handler is work of the context
            else if (!rest_is_posted)
                rest_is_posted = post_drain(which); // before the first handler: it may throw, or block this thread
        }
        if (&from == &main_)
            (how->error ? counts_->failed : counts_->served).fetch_add(1, std::memory_order_relaxed);
        const finish_guard guard(*counts_);
        next->complete(how);
    }
}

void waiter_queue::rest_if_empty() noexcept
{
    if (main_.list.empty() && expired_.list.empty())
        work_ = {};
}

void waiter_queue::context_shutdown() noexcept
{
    waiter_list orphans;
    waiter_list expired;
    {
        const std::scoped_lock lock(mutex_);
        std::swap(orphans, main_.list);
        std::swap(expired, expired_.list);
        timers_.clear();
        if (!main_.outcome)
            counts_->waiting.fetch_sub(orphans.size(), std::memory_order_relaxed);
        executor_ = {};
        work_ = {};
    }
    counts_->dropped.fetch_add(orphans.size(), std::memory_order_relaxed); // the expired ones are counted already
    for (waiter_list* const list : {&orphans, &expired})
        while (!list->empty()) {
            waiter& w = list->pop_front();
            w.queue_ = nullptr;
            w.drop();
            counts_->finished();
        }
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
