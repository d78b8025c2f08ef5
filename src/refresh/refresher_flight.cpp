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

/// Makes source and alarm match what the machine says. Idempotent: it may run once more often than needed, never too
/// seldom.
void refresher_core::obey() noexcept
{
    if (!alarm_)
        return; // the context is gone
    std::optional<std::uint64_t> wanted;
    std::optional<core::instant> wake;
    std::shared_ptr<const credentials> who;
    boot_clock::time_point deadline;
    std::shared_ptr<flight> outdated;
    bool start = false;
    bool rearm = false;
    bool closed = false;
    {
        const std::scoped_lock lock(mutex_);
        closed = machine_.phase() == core::phase::closed;
        wanted = machine_.flight();
        deadline = machine_.flight_deadline();
        who = credentials_;
        if (running_ && running_->number != wanted)
            retiring_ = outdated = std::move(running_);
        start = wanted && !running_;
        wake = next_wake();
        // One request at a time: the cancelled one ends first, unless it ignores its cancellation beyond its own
        // deadline.
        if (start && retiring_ && clock_->now() < retiring_->deadline()) {
            start = false;
            wake = std::min(*wake, retiring_->deadline());
        }
        rearm = wake != alarm_set_for_;
        alarm_set_for_ = wake;
    }
    if (outdated)
        outdated->cancel.emit(asio::cancellation_type::terminal);
    try {
        if (rearm && wake)
            alarm_->arm(*wake, [weak = weak_from_this()] {
                if (const auto self = weak.lock())
                    self->on_alarm();
            });
        else if (rearm)
            alarm_->disarm();
        if (start)
            start_flight(*wanted, std::move(who), deadline);
    } catch (...) {
        {
            const std::scoped_lock lock(mutex_);
            alarm_set_for_.reset(); // perhaps it is not armed: the next caller brings us here again
        }
        give_up();
    }
    if (closed)
        rest_if_closed();
}

void refresher_core::start_flight(std::uint64_t number, std::shared_ptr<const credentials> who,
                                  boot_clock::time_point deadline)
{
    const auto f = std::make_shared<flight>(number, std::move(who), deadline, clock_, requests_sent_);
    // All of it first: the coroutine may run to its end before co_spawn() returns.
    {
        const std::scoped_lock lock(mutex_);
        running_ = f;
        ++flights_;
    }
    ++coroutines_;
    log_.flight_started(number, counts_->waiting.load(std::memory_order_relaxed));
    try {
        // The handler runs on the strand when the coroutine has ended, whatever became of its result.
        asio::co_spawn(*strand_, fly(shared_from_this(), f),
                       asio::bind_cancellation_slot(f->cancel.slot(), [self = shared_from_this(),
                                                                       f](std::exception_ptr) { self->on_ended(f); }));
    } catch (...) {
        --coroutines_;
        const std::scoped_lock lock(mutex_);
        running_.reset();
        throw;
    }
}

void refresher_core::on_ended(const std::shared_ptr<flight>& f) noexcept
{
    --coroutines_;
    if (retiring_ == f)
        retiring_.reset();
    {
        const std::scoped_lock lock(mutex_);
        if (running_ == f)
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
    try {
        if (result)
            refuse_unfit(result, limits_);
        auto how = std::make_shared<outcome>();
        std::shared_ptr<token_data> data;
        if (result)
            data = std::make_shared<token_data>(result.value());
        how->error = result.error();
        how->details = std::move(result.diagnostics());
        how->details.attempt = std::max(how->details.attempt, 1);
        if (f.was_sent())
            how->details.requests_sent = std::max(how->details.requests_sent, 1);

        const std::scoped_lock lock(mutex_);
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
            } else {
                how->error = errc::malformed_token;
                how->details.message = "the endpoint gave a token that had expired on arrival; is the safety margin "
                                       "longer than its lifetime?";
                how->details.kind = failure_kind::answered;
            }
        } else {
            const bool rejected = how->error == make_error_code(errc::credentials_rejected);
            d = machine_.on_failed(f.number, rejected ? core::failure::rejected : core::failure::other, now, random());
        }
        if (how->error) {
            how->details.retry_at = d.retry_at;
            last_failure_ = how;
            ++failures_;
        } else {
            last_failure_ = nullptr;
            ++tokens_;
        }
        answer = std::move(how);
        waiting = waiting_.take_all();
        running_.reset();
    } catch (...) {
        // No memory to hold the result: the flight counts as failed.
        {
            const std::scoped_lock lock(mutex_);
            running_.reset();
        }
        give_up();
        return;
    }
    settle(f, std::move(waiting), answer, now);
}

/// The flight has ended: its outcome goes to all who wait for it.
void refresher_core::settle(const flight& f, queues&& waiting, const outcome_ptr& how,
                            boot_clock::time_point now) noexcept
{
    // The log first: a line about a token comes before those of the callers that use it.
    log_.flight_ended(f.number, *how, now - f.started_at(), how->details.retry_at.value_or(now) - now);
    log_.waiters_served(f.number, release(std::move(waiting), how));
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
        how->details.attempt = 1;
        const std::scoped_lock lock(mutex_);
        now = clock_->now();
        limited = waiting_.with_limit_by(now);
        const core::decision d = machine_.on_wake(now, wanted(), random());
        if (d.what == core::action::abandon) {
            const bool sent = running_ && running_->was_sent();
            how->details.kind = sent ? failure_kind::sent_no_answer : failure_kind::not_sent;
            how->details.requests_sent = sent ? 1 : 0;
            how->details.retry_at = d.retry_at;
            answer = last_failure_ = std::move(how);
            ++failures_;
            late = running_;
            waiting = waiting_.take_all();
        }
    } catch (...) {
        give_up();
    }
    if (late)
        settle(*late, std::move(waiting), answer, now);
    else if (answer)
        release(std::move(waiting), answer);
    // After the flight's end: whose limit is the same instant gets the flight's outcome, which says more.
    std::size_t left = 0;
    for (const auto& queue : limited)
        left += queue->expire(now, own_limit_passed_);
    if (left != 0)
        log_.own_limit_passed(left);
    obey();
}

void refresher_core::rest_if_closed() noexcept
{
    alarm_->disarm();
    if (!std::exchange(source_closed_, true))
        source_->close();
    if (coroutines_ != 0 || counts_->unfinished.load() != 0)
        return; // each of them comes back here when it ends
    queues closers;
    {
        const std::scoped_lock lock(mutex_);
        at_rest_ = true;
        self_until_rest_.reset(); // obey()'s caller holds this object
        closers.swap(closers_);
    }
    alarm_.reset(); // whoever drops the last reference to this object need not be on the strand
    release(std::move(closers), at_rest_outcome_);
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
