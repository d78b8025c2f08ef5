// What happens on the strand: flights start, end or are abandoned; the alarm is set; a closed core comes to rest.
#include <algorithm>
#include <exception>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>

#include "refresh/refresher_core.hpp"
#include "refresh/token_data.hpp"
#include "wire/token_response.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

namespace {

/// Until what could not be done for lack of memory is tried again.
constexpr auto pause_without_memory = std::chrono::milliseconds{10};

/// A source that is cancelled when its deadline has passed already gets this long.
constexpr auto time_to_retire = std::chrono::milliseconds{100};

/// Whatever the source: a token that does not fit a header field (a handle to no characters would be a bare "Bearer ")
/// or is longer than the limit never becomes one.
void refuse_unfit(grant_result& result, const limits& bounds)
{
    const bool too_long = result.value().size() > bounds.max_token_bytes;
    if (!too_long && wire::is_header_safe_token(result.value()))
        return;
    diagnostics details;
    details.kind = failure_kind::answered;
    details.message = result.value().empty() ? "the token source gave an empty token"
                      : too_long             ? "the token is longer than limits.max_token_bytes"
                                             : "the token holds characters that do not fit a header field";
    result = grant_result::failed(too_long ? errc::response_too_large : errc::malformed_token, std::move(details));
}

} // namespace

/// Makes source and alarms match what the machine says. Idempotent: it may run once more often than needed, never too
/// seldom.
void refresher_core::obey() noexcept
{
    if (!alarm_)
        return; // the context is gone
    std::optional<core::instant> wake;
    std::optional<core::instant> quiet_wake;
    std::shared_ptr<flight> outdated;
    std::shared_ptr<flight> due; // an attempt of it has to start
    bool rearm = false;
    bool rearm_quiet = false;
    bool closed = false;
    queues refused;
    outcome_ptr refusal;
    const bool all_are_told = post_again();
    try {
        const std::scoped_lock lock(mutex_);
        const auto now = look_at_clock();
        closed = machine_.phase() == core::phase::closed;
        // Who waits for no flight is told what a caller would be: other credentials, or another day by the wall clock,
        // came while the budget is used up.
        if (!closed && !machine_.flight() && !waiting_.empty())
            if (const auto d = core::token_machine(machine_).on_call(now); d.what == core::action::refuse_budget) {
                refusal = budget_outcome(d.retry_at);
                refused = waiting_.take_all();
            }
        wake = next_wake();
        if (!all_are_told)
            wake = std::min(wake.value_or(core::instant::max()), now + pause_without_memory);
        const auto wanted_flight = machine_.flight();
        if (running_ && running_->number != wanted_flight) {
            if (running_->running) {
                retiring_ = outdated = running_;
                retires_by_ = std::max(retiring_->deadline(), now + time_to_retire);
            }
            running_.reset();
        }
        if (wanted_flight && !running_) {
            // One request at a time: the cancelled one ends first, unless it ignores that.
            if (retiring_ && now < std::min(retires_by_, machine_.flight_deadline()))
                wake = std::min(*wake, retires_by_);
            else
                due = new_flight(*wanted_flight);
        } else if (running_ && !running_->running && running_->next_attempt) {
            if (now >= *running_->next_attempt && now < running_->deadline())
                due = running_;
            else
                wake = std::min(*wake, *running_->next_attempt);
        }
        quiet_wake = machine_.next_quiet_wake();
        rearm = wake != alarm_set_for_;
        rearm_quiet = quiet_wake != quiet_set_for_;
        alarm_set_for_ = wake;
        quiet_set_for_ = quiet_wake;
    } catch (...) {
        obey_later(); // no memory for a flight
        return;
    }
    if (refusal)
        release(std::move(refused), refusal);
    if (outdated)
        outdated->cancel.emit(asio::cancellation_type::terminal);
    try {
        if (rearm)
            set(*alarm_, wake, &refresher_core::on_alarm);
        if (rearm_quiet)
            set(*quiet_alarm_, quiet_wake, &refresher_core::on_quiet_alarm);
        if (due && due != running_)
            start_flight(due);
        else if (due)
            start_attempt(due);
    } catch (...) {
        obey_later();
    }
    if (closed)
        rest_if_closed(all_are_told);
}

/// No memory for what the machine says. Nobody may be there to bring us here again, so the alarm does.
void refresher_core::obey_later() noexcept
{
    {
        const std::scoped_lock lock(mutex_);
        alarm_set_for_.reset(); // perhaps they are not armed
        quiet_set_for_.reset();
        if (running_ && !running_->running)
            running_.reset(); // an attempt that is planned only: the flight counts as failed
    }
    give_up();
    try {
        const auto soon = clock_->now() + pause_without_memory;
        set(*alarm_, soon, &refresher_core::on_alarm);
        const std::scoped_lock lock(mutex_);
        alarm_set_for_ = soon;
    } catch (...) {
        // Not even for that: the next call comes here.
    }
}

void refresher_core::set(alarm& which, std::optional<core::instant> when, void (refresher_core::*then)() noexcept)
{
    if (!when)
        return which.disarm();
    which.arm(*when, [weak = weak_from_this(), then] {
        if (const auto self = weak.lock())
            (self.get()->*then)();
    });
}

/// With mutex_ held.
std::shared_ptr<flight> refresher_core::new_flight(std::uint64_t number)
{
    return std::make_shared<flight>(number, machine_.cause(), credentials_, machine_.flight_deadline(), attempt_policy_,
                                    clock_, [weak = weak_from_this()] {
                                        if (const auto self = weak.lock())
                                            self->on_request_sent();
                                    });
}

void refresher_core::start_flight(const std::shared_ptr<flight>& f)
{
    {
        const std::scoped_lock lock(mutex_);
        running_ = f;
        ++flights_;
    }
    tell_.flight_starts({f->number, f->cause, counts_->waiting()});
    // Its executor may have been busy until the deadline: the alarm ends it, and nothing is requested for nobody.
    if (clock_->now() < f->deadline())
        start_attempt(f);
}

void refresher_core::start_attempt(const std::shared_ptr<flight>& f)
{
    // All of it first: the coroutine may run to its end before co_spawn() returns.
    f->attempt_begins();
    ++coroutines_;
    try {
        // The handler runs on the strand when the coroutine has ended, whatever became of its result.
        asio::co_spawn(*strand_, fly(shared_from_this(), f),
                       asio::bind_cancellation_slot(f->cancel.slot(), [self = shared_from_this(),
                                                                       f](std::exception_ptr) { self->on_ended(f); }));
    } catch (...) {
        f->running = false;
        --coroutines_;
        const std::scoped_lock lock(mutex_);
        running_.reset();
        throw;
    }
}

void refresher_core::on_ended(const std::shared_ptr<flight>& f) noexcept
{
    --coroutines_;
    f->running = false;
    if (retiring_ == f)
        retiring_.reset();
    {
        const std::scoped_lock lock(mutex_);
        if (running_ == f && !f->next_attempt)
            running_.reset();
    }
    obey();
}

asio::awaitable<void> refresher_core::fly(std::shared_ptr<refresher_core> self, std::shared_ptr<flight> f)
{
    diagnostics details;
    error_code code;
    try {
        self->on_result(*f, co_await self->source_->request_token(*f));
        co_return;
    } catch (const std::bad_alloc&) {
        code = std::make_error_code(std::errc::not_enough_memory);
        details.message = "no memory for the token request";
    } catch (const std::system_error& e) {
        code = e.code();
        details.message = "the token source threw an error";
        details.cause = e.code();
    } catch (...) {
        code = errc::malformed_token;
        details.message = "the token source threw an exception";
    }
    self->on_result(*f, grant_result::failed(code, std::move(details)));
}

void refresher_core::on_result(flight& f, grant_result result) noexcept
{
    queues waiting;
    outcome_ptr answer;
    boot_clock::time_point now;
    std::optional<core::instant> next_attempt;
    try {
        if (result)
            refuse_unfit(result, limits_);
        auto how = std::make_shared<outcome>();
        std::shared_ptr<token_data> data;
        if (result)
            data = std::make_shared<token_data>(result.value());
        how->error = result.error();
        how->details = std::move(result.diagnostics());
        // A source may make attempts of its own within one of ours.
        how->details.attempt = std::max(how->details.attempt, f.begun());
        how->details.requests_sent = std::max(how->details.requests_sent, f.requests());

        const std::scoped_lock lock(mutex_);
        f.attempt_ended();
        if (machine_.flight() != f.number)
            return; // credentials changed, deadline passed, or closed: nobody waits for this one
        now = clock_->now();
        core::decision d;
        if (result) {
            // Cut while it still is in milliseconds: the longest of those do not fit into nanoseconds.
            const core::duration expires_in =
                std::clamp(result.expires_in(), std::chrono::milliseconds{0},
                           std::chrono::duration_cast<std::chrono::milliseconds>(core::longest_lifetime));
            d = machine_.on_granted(f.number, f.sent_at(), f.received_at(now), expires_in, now, random());
            if (d.what == core::action::publish) {
                data->deadlines = machine_.current();
                data->expires_in = expires_in;
                how->token = token_data::handle(std::move(data));
                const std::scoped_lock snapshot_lock(snapshot_mutex_);
                snapshot_ = how->token;
                has_snapshot_.store(true, std::memory_order_release);
            } else {
                how->error = errc::malformed_token;
                how->details.message = "the endpoint gave a token that had expired on arrival; is the safety margin "
                                       "longer than its lifetime?";
                how->details.kind = failure_kind::answered;
            }
        } else {
            const diagnostics& details = how->details;
            if (!blocked_until(now)) // else it is not even planned
                next_attempt = f.attempts.on_failed(
                    {how->error, details.kind, details.http_status, details.retry_after}, now, f.deadline(), random());
            if (!next_attempt) {
                const bool rejected = how->error == make_error_code(errc::credentials_rejected);
                d = machine_.on_failed(f.number, rejected ? core::failure::rejected : core::failure::other, now,
                                       random(), core::retry_after_between_flights(details.retry_after));
            }
        }
        f.next_attempt = next_attempt;
        if (next_attempt) {
            ++retries_;
        } else if (how->error) {
            how->details.retry_at = d.retry_at;
            last_failure_ = how;
            ++failures_;
        } else {
            last_failure_ = nullptr;
            ++tokens_;
        }
        answer = std::move(how);
        if (!next_attempt) {
            waiting = waiting_.take_all();
            running_.reset();
        }
    } catch (...) {
        // No memory to hold the result: the flight counts as failed.
        {
            const std::scoped_lock lock(mutex_);
            running_.reset();
        }
        give_up();
        return;
    }
    if (next_attempt)
        tell_.retries(f.number, *answer, *next_attempt - now); // obey() starts it when this coroutine has ended
    else
        settle(f, std::move(waiting), answer, now);
}

/// The flight has ended: its outcome goes to all who wait for it.
void refresher_core::settle(const flight& f, queues&& waiting, const outcome_ptr& how,
                            boot_clock::time_point now) noexcept
{
    const std::size_t waiters = release(std::move(waiting), how);
    tell_.flight_ends({f.number, f.cause, how->error, how->details, now - f.started_at(), how->token.expires_in(),
                       f.begun(), f.requests(), waiters, how->details.retry_at.value_or(now) - now});
}

void refresher_core::on_request_sent() noexcept
{
    std::optional<budget_event> event;
    {
        const std::scoped_lock lock(mutex_);
        const auto now = clock_->now();
        const auto wall = clock_->wall_now();
        if (const auto news = budget_.on_request(now, wall); news != core::budget_news::nothing)
            event = budget_event{budget_.last_hour(now), budget_.today(wall), news == core::budget_news::hard_limit,
                                 budget_.blocked_until(now, wall)};
    }
    requests_sent_.fetch_add(1);
    if (event)
        tell_.budget(*event);
}

void refresher_core::on_alarm() noexcept
{
    queues waiting;
    queues limited;
    outcome_ptr answer;
    std::shared_ptr<flight> late;
    boot_clock::time_point now;
    {
        // Before anything that can fail: obey() arms again what is not done now.
        const std::scoped_lock lock(mutex_);
        alarm_set_for_.reset();
    }
    try {
        auto how = std::make_shared<outcome>();
        how->error = errc::timed_out;
        how->details.message = "the flight's deadline passed (limits.flight_deadline)";
        const std::scoped_lock lock(mutex_);
        now = look_at_clock();
        limited = waiting_.with_limit_by(now);
        core::decision d;
        // One that has not started does so first, in obey(): the observer is told the start of each that ends.
        if (!machine_.flight() || (running_ && running_->number == machine_.flight()))
            d = machine_.on_wake(now, wanted(), random());
        if (d.what == core::action::abandon) {
            how->details.attempt = running_->begun();
            how->details.requests_sent = running_->requests();
            how->details.kind = running_->requests() == 0 ? failure_kind::not_sent : failure_kind::sent_no_answer;
            how->details.retry_at = d.retry_at;
            answer = last_failure_ = std::move(how);
            ++failures_;
            late = running_;
            waiting = waiting_.take_all();
        }
    } catch (...) {
        // No memory: obey() arms the alarm for the same instant again.
    }
    if (late)
        settle(*late, std::move(waiting), answer, now);
    // After the flight's end: whose limit is the same instant gets the flight's outcome, which says more.
    std::size_t left = 0;
    for (const auto& queue : limited)
        left += queue->expire(now, own_limit_passed_);
    if (left != 0)
        tell_.own_limits_passed(left);
    obey();
}

void refresher_core::on_quiet_alarm() noexcept
{
    core::decision d;
    {
        const std::scoped_lock lock(mutex_);
        quiet_set_for_.reset();
        const auto now = look_at_clock();
        d = machine_.on_quiet_wake(now, used_.load(std::memory_order_relaxed) || wanted());
    }
    if (d.what == core::action::watch)
        used_.store(false, std::memory_order_relaxed);
    if (d.what == core::action::warm && !warming_) {
        try {
            start_warm_up();
        } catch (...) {
            // No memory: the next request makes its connection itself.
        }
    }
    obey();
}

void refresher_core::start_warm_up()
{
    const auto deadline = clock_->now() + limits_.flight_deadline;
    warming_ = true;
    ++coroutines_;
    try {
        asio::co_spawn(
            *strand_, warm_up(shared_from_this(), deadline),
            asio::bind_cancellation_slot(stop_warming_.slot(), [self = shared_from_this()](std::exception_ptr) {
                self->warming_ = false;
                --self->coroutines_;
                self->obey();
            }));
    } catch (...) {
        warming_ = false;
        --coroutines_;
        throw;
    }
}

asio::awaitable<void> refresher_core::warm_up(std::shared_ptr<refresher_core> self, boot_clock::time_point deadline)
{
    std::error_code result = std::make_error_code(std::errc::not_enough_memory);
    try {
        result = co_await self->source_->warm_up(deadline);
    } catch (const std::system_error& e) {
        result = e.code();
    } catch (...) {
        // What it says is of no use to anybody.
    }
    self->tell_.prewarmed(result);
}

void refresher_core::rest_if_closed(bool all_are_told) noexcept
{
    if (all_are_told)
        alarm_->disarm();
    quiet_alarm_->disarm();
    if (!std::exchange(source_closed_, true))
        source_->close();
    if (warming_)
        stop_warming_.emit(asio::cancellation_type::terminal);
    if (coroutines_ != 0 || !counts_->all_ended())
        return; // each of them comes back here when it ends
    queues closers;
    {
        const std::scoped_lock lock(mutex_);
        at_rest_ = true;
        self_until_rest_.reset(); // obey()'s caller holds this object
        closers.swap(closers_);
    }
    quiet_alarm_.reset();
    alarm_.reset(); // whoever drops the last reference to this object need not be on the strand
    release(std::move(closers), at_rest_outcome_);
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
