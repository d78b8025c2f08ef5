// What callers reach from any thread: joining, leaving, peeking, changing credentials, closing.
#include "refresh/refresher_core.hpp"

#include <algorithm>
#include <utility>

#include <faceki/refresher.hpp>

#include "refresh/validate.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

namespace {

core::machine_policy policy_of(const refresher_config& config)
{
    core::machine_policy policy;
    policy.flight_deadline = config.limits.flight_deadline;
    policy.lifetime.safety_margin = config.lifetime.safety_margin;
    policy.lifetime.max_uncertainty = config.lifetime.max_uncertainty;
    policy.refresh_ahead = config.lifetime.refresh_ahead;
    policy.prewarm = config.prewarm;
    return policy;
}

core::budget_limits budget_of(const request_budget& budget)
{
    return {budget.soft_per_hour, budget.hard_per_hour, budget.soft_per_day, budget.hard_per_day};
}

std::minstd_rand::result_type seed_of(const refresher_config& config)
{
    return static_cast<std::minstd_rand::result_type>(config.random_seed ? *config.random_seed
                                                                         : std::random_device{}());
}

/// A year at most: adding it to an instant must not overflow.
std::optional<boot_clock::time_point> instant_of(wait_limit limit, boot_clock::time_point now)
{
    using std::chrono::milliseconds;
    if (!limit.is_set())
        return std::nullopt;
    return now + std::clamp<milliseconds>(limit.at_most(), milliseconds{0}, std::chrono::hours{24 * 365});
}

outcome_ptr make_outcome(error_code error, std::string message, std::optional<core::instant> retry_at = {})
{
    auto how = std::make_shared<outcome>();
    how->error = error;
    how->details.message = std::move(message);
    how->details.retry_at = retry_at;
    return how;
}

} // namespace

std::shared_ptr<token_core> make_token_core(const asio::any_io_executor& executor, const refresher_config& config,
                                            std::shared_ptr<token_source> source)
{
    return refresher_core::make(executor, config, std::move(source));
}

refresher_core::refresher_core(const asio::any_io_executor& executor, const refresher_config& config,
                               std::shared_ptr<token_source> source)
    : executor_(executor), limits_(config.limits), clock_(config.clock ? config.clock : system_boot_clock()),
      aborted_(make_outcome(asio::error::operation_aborted, "the wait was cancelled, or the client was closed")),
      counts_(std::make_shared<waiter_counts>(aborted_)),
      no_memory_(make_outcome(std::make_error_code(std::errc::not_enough_memory),
                              "no memory to wait for a token, or to ask for one")),
      own_limit_passed_(make_outcome(errc::timed_out,
                                     "no token came within the caller's own limit; the request for one "
                                     "goes on, and its token is kept for the next caller")),
      tell_(config.log, config.log_level, config.observer), attempt_policy_{config.retry.max_attempts,
                                                                            config.retry.first_pause,
                                                                            config.retry.longest_pause},
      has_budget_(config.budget.hard_per_hour != 0 || config.budget.hard_per_day != 0), machine_(policy_of(config)),
      budget_(budget_of(config.budget)), credentials_(std::make_shared<const credentials>(config.credentials)),
      random_engine_(seed_of(config)), strand_(std::in_place, executor), source_(std::move(source)),
      alarm_(clock_->make_alarm(*strand_)), quiet_alarm_(clock_->make_quiet_alarm(*strand_))
{
}

std::shared_ptr<refresher_core> refresher_core::make(const asio::any_io_executor& executor,
                                                     const refresher_config& config,
                                                     std::shared_ptr<token_source> source)
{
    if (!executor)
        throw_invalid("executor", "is empty");
    if (!source)
        throw_invalid("source", "is null");
    validate(config);
    source->check(config.credentials);
    std::shared_ptr<refresher_core> self(new refresher_core(executor, config, std::move(source)));
    self->counts_->on_rest = [weak = self->weak_from_this()] {
        if (const auto core = weak.lock())
            core->kick();
    };
    self->watch_ = context_watch(asio::query(executor, asio::execution::context), self);
    if (self->watch_.closed())
        self->context_shutdown();
    return self;
}

refresher_core::~refresher_core()
{
    watch_.member_ends();
    while (unposted_) // one by one: a chain that destroys itself would need a stack of its length
        unposted_ = std::exchange(unposted_->next_unposted, nullptr);
}

access_token refresher_core::peek() const noexcept
{
    access_token token;
    if (has_snapshot_.load(std::memory_order_acquire)) {
        const std::scoped_lock lock(snapshot_mutex_);
        token = snapshot_;
    }
    note_use();
    if (token && clock_->now() < token.use_until())
        return token;
    return {};
}

void refresher_core::join(waiter& w, const asio::any_io_executor& executor, wait_limit limit) noexcept
{
    outcome_ptr answer;
    bool wake_strand = false;
    note_use();
    try {
        const std::scoped_lock lock(mutex_);
        wake_strand = unposted_ != nullptr;
        if (machine_.phase() == core::phase::flying && !limit.is_set()) {
            // Everybody joins, whatever the time is: a crowd pays for no clock. What follows would decide the same.
            answer = park(w, executor, std::nullopt);
            wake_strand = wake_strand || comes_before_alarm(machine_.flight_deadline());
        } else {
            answer = join_now(w, executor, limit, wake_strand);
        }
    } catch (...) {
        answer = no_memory_;
    }
    if (wake_strand)
        kick();
    if (answer) {
        if (answer->error)
            counts_->refused.fetch_add(1, std::memory_order_relaxed);
        deliver(w, executor, answer);
    }
}

/// With mutex_ held: asks the machine. Null = it waits.
outcome_ptr refresher_core::join_now(waiter& w, const asio::any_io_executor& executor, wait_limit limit,
                                     bool& wake_strand)
{
    const auto now = look_at_clock();
    core::token_machine next = machine_; // committed only once the waiter is parked
    const core::decision d = next.on_call(now);
    switch (d.what) {
    case core::action::serve: {
        auto how = std::make_shared<outcome>();
        const std::scoped_lock snapshot_lock(snapshot_mutex_);
        how->token = snapshot_;
        return how;
    }
    case core::action::join:
    case core::action::depart: {
        const auto ends = instant_of(limit, now);
        if (outcome_ptr refusal = park(w, executor, ends))
            return refusal;
        machine_ = next;
        // A flight to start, or an instant nobody has set the alarm for: a gap's end, this caller's own limit.
        const auto wake = std::min(*machine_.next_wake(true), ends.value_or(boot_clock::time_point::max()));
        wake_strand = wake_strand || d.what == core::action::depart || comes_before_alarm(wake);
        return nullptr;
    }
    case core::action::refuse:
        return last_failure_;
    case core::action::refuse_early:
        return make_outcome(errc::rate_limited,
                            "tokens were rejected faster than they may be renewed; retry after diagnostics().retry_at",
                            d.retry_at);
    case core::action::refuse_budget:
        return budget_outcome(d.retry_at);
    default:
        return aborted_;
    }
}

/// With mutex_ held: null, or why it may not wait.
outcome_ptr refresher_core::park(waiter& w, const asio::any_io_executor& executor, std::optional<core::instant> ends)
{
    if (counts_->waiting() >= limits_.max_waiters)
        return make_outcome(errc::too_many_waiters,
                            "limits.max_waiters callers wait already; raise it or shed load before calling");
    return waiting_.park(w, executor, ends) ? nullptr : aborted_;
}

void refresher_core::join_close(waiter& w, const asio::any_io_executor& executor) noexcept
{
    outcome_ptr done = at_rest_outcome_;
    try {
        const std::scoped_lock lock(mutex_);
        if (!at_rest_) {
            const auto counts = std::make_shared<waiter_counts>(aborted_);
            const auto queue = waiter_queue::make(executor, counts);
            closers_.push_back(queue);
            const std::scoped_lock queue_lock(counts->mutex);
            if (queue->push(w, executor, std::nullopt)) {
                done = nullptr;
                self_until_rest_ = shared_from_this();
            }
        }
    } catch (...) {
        done = aborted_;
    }
    if (done)
        deliver(w, executor, done);
    else
        kick();
}

/// Nothing may be posted to our own executor once its context is gone: as Asio does, the handler is dropped then. So it
/// is when there is no memory to tell it anything.
void refresher_core::deliver(waiter& w, const asio::any_io_executor& executor, const outcome_ptr& how) noexcept
{
    counts_->answered.fetch_add(1, std::memory_order_relaxed);
    {
        std::unique_lock lock(gate_, std::defer_lock);
        if (executor == executor_)
            lock.lock(); // until the post is made
        const bool is_gone = lock.owns_lock() && !strand_;
        if (!is_gone && waiter_queue::deliver(w, executor, counts_, how))
            return;
    }
    w.drop();
    counts_->finished(); // outside the gate: it may kick
}

bool refresher_core::invalidate(const access_token& token)
{
    return invalidate(token, false);
}

bool refresher_core::invalidate_if_renewable(const access_token& token)
{
    return invalidate(token, true);
}

bool refresher_core::invalidate(const access_token& token, bool only_if_renewable)
{
    {
        const std::scoped_lock lock(mutex_);
        {
            const std::scoped_lock snapshot_lock(snapshot_mutex_);
            if (!token || !(snapshot_ == token))
                return false;
        }
        const auto now = look_at_clock();
        if (only_if_renewable && !machine_.may_force(now))
            return false;
        if (!machine_.on_invalidated(now))
            return false;
        forget_token();
        ++invalidated_;
    }
    tell_.token_rejected();
    kick(); // it may be kept fresh
    return true;
}

bool refresher_core::renew_early() noexcept
{
    {
        const std::scoped_lock lock(mutex_);
        const auto now = look_at_clock();
        if (machine_.on_renew(now).what != core::action::depart)
            return false;
    }
    kick();
    return true;
}

void refresher_core::keep_fresh(bool more) noexcept
{
    {
        const std::scoped_lock lock(mutex_);
        more ? ++keepers_ : --keepers_;
    }
    kick(); // obey() sets the alarm for the first permitted instant, or disarms it
}

/// With mutex_ held: now. The machine learns what the budget permits at that instant, so all its events ask here.
core::instant refresher_core::look_at_clock() noexcept
{
    const auto now = clock_->now();
    machine_.set_not_before(blocked_until(now).value_or(core::instant::min()));
    return now;
}

/// With mutex_ held: before that the hard limits of the budget let no request leave.
std::optional<core::instant> refresher_core::blocked_until(core::instant now) const noexcept
{
    return has_budget_ ? budget_.blocked_until(now, clock_->wall_now()) : std::nullopt;
}

outcome_ptr refresher_core::budget_outcome(core::instant retry_at)
{
    return make_outcome(errc::budget_exhausted,
                        "a hard limit of config.budget is reached: no request leaves before diagnostics().retry_at",
                        retry_at);
}

/// With mutex_ held: the next thing that is due by the clock.
std::optional<core::instant> refresher_core::next_wake() const noexcept
{
    const auto wake = machine_.next_wake(wanted());
    const auto limit = waiting_.next_limit();
    return wake && limit ? std::min(wake, limit) : wake ? wake : limit;
}

void refresher_core::set_credentials(credentials value)
{
    validate(value, limits_);
    source_->check(value);
    auto next = std::make_shared<const credentials>(std::move(value));
    {
        const std::scoped_lock lock(mutex_);
        const auto now = look_at_clock();
        credentials_.swap(next); // the old ones are wiped outside the lock, or with their flight
        machine_.on_new_credentials(now, wanted());
        forget_token();
    }
    tell_.credentials_changed();
    kick();
}

void refresher_core::forget_token() noexcept
{
    const std::scoped_lock lock(snapshot_mutex_);
    snapshot_ = {};
    has_snapshot_.store(false, std::memory_order_release);
}

stats refresher_core::current_stats() const
{
    stats s;
    s.requests_sent = requests_sent_.load();
    s.waiters = counts_->joined.load();
    s.served = counts_->served.load();
    s.failed = counts_->failed.load();
    s.cancelled = counts_->cancelled.load();
    s.timed_out = counts_->timed_out.load();
    s.dropped = counts_->dropped.load();
    s.refused = counts_->refused.load();
    s.waiting = counts_->waiting();
    const std::scoped_lock lock(mutex_);
    s.requests_last_hour = budget_.last_hour(clock_->now());
    s.requests_today = budget_.today(clock_->wall_now());
    s.retries = retries_;
    s.flights = flights_;
    s.tokens = tokens_;
    s.failures = failures_;
    s.invalidated = invalidated_;
    return s;
}

close_report refresher_core::close() noexcept
{
    close_report report;
    queues aborted;
    {
        const std::scoped_lock lock(mutex_);
        if (machine_.phase() == core::phase::closed)
            return report;
        report.request_dropped = machine_.flight() && running_ && running_->request_is_out();
        machine_.on_closed();
        forget_token();
        aborted = waiting_.take_all();
    }
    counts_->closing.store(true);
    report.waiters_aborted = release(std::move(aborted), aborted_);
    tell_.closed(report);
    kick();
    return report;
}

std::size_t refresher_core::release(queues&& who, const outcome_ptr& how) noexcept
{
    std::size_t count = 0;
    for (const auto& queue : who) {
        count += queue->release(how);
        if (queue->post_again())
            continue;
        const std::scoped_lock lock(mutex_);
        queue->next_unposted = std::exchange(unposted_, queue);
    }
    return count;
}

/// Tells those whom nobody could tell for lack of memory. False if some of them still have to be told.
bool refresher_core::post_again() noexcept
{
    std::shared_ptr<waiter_queue> list;
    {
        const std::scoped_lock lock(mutex_);
        list.swap(unposted_);
    }
    bool all = true;
    while (list) {
        const std::shared_ptr<waiter_queue> queue = std::exchange(list, std::exchange(list->next_unposted, nullptr));
        if (queue->post_again())
            continue;
        all = false;
        const std::scoped_lock lock(mutex_);
        queue->next_unposted = std::exchange(unposted_, queue);
    }
    return all;
}

void refresher_core::kick() noexcept
{
    if (kicked_.load() || kicked_.exchange(true)) // a crowd only reads
        return;
    const auto post = [this] {
        try {
            asio::post(*strand_, [self = shared_from_this()] {
                self->kicked_.store(false);
                self->obey();
            });
            return true;
        } catch (...) {
            return false;
        }
    };
    {
        const std::scoped_lock lock(gate_);
        if (!strand_) {
            kicked_.store(false);
            return; // the context is gone, and context_shutdown() has settled everything
        }
        if (post() || post())
            return;
        kicked_.store(false);
    }
    give_up();
}

/// No memory for what has to happen on the strand. Those who would wait for ever learn it; the next call tries again.
void refresher_core::give_up() noexcept
{
    queues failed;
    {
        const std::scoped_lock lock(mutex_);
        const auto number = machine_.flight();
        const bool runs = number && running_ && running_->number == *number;
        if (runs && alarm_set_for_)
            return; // it ends by itself, or at its deadline
        if (number && !runs) {
            machine_.on_failed(*number, core::failure::other, clock_->now(), 0.5);
            last_failure_ = no_memory_;
            ++failures_;
        }
        failed = waiting_.take_all();
    }
    release(std::move(failed), no_memory_);
}

void refresher_core::context_shutdown() noexcept
{
    close();
    queues closers;
    {
        const std::scoped_lock lock(gate_);
        strand_.reset();
    }
    // Nothing runs on the strand any more, so what belongs to it may be touched here. Sockets and timers must go before
    // the context's own services do.
    alarm_.reset();
    quiet_alarm_.reset();
    if (!std::exchange(source_closed_, true))
        source_->close();
    {
        const std::scoped_lock lock(mutex_);
        running_.reset();
        retiring_.reset();
        at_rest_ = true;
        self_until_rest_.reset(); // the caller holds this object
        closers.swap(closers_);
    }
    release(std::move(closers), at_rest_outcome_);
    post_again(); // the last time: who cannot be told now is dropped with this object
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
