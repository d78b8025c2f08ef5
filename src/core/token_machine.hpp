// The life of a token as a pure state machine: event and time in, decision out. No clock, no randomness, no I/O, no
// lock.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>

#include <faceki/observer.hpp>

#include "core/backoff.hpp"
#include "core/instant.hpp"
#include "core/lifetime.hpp"

namespace faceki::core {

/// Where the machine stands.
enum class phase : std::uint8_t {
    empty,    ///< no token and no flight: the next call may depart (cool-downs and budget permitting)
    flying,   ///< one request is out, and there is no token: callers join it
    live,     ///< a token is held: handed out until use_until, then waited for until it may be renewed
    renewing, ///< a token is held, and its successor is asked for already; callers get the one, then join the other
    closed,   ///< nothing happens any more
};

/// What the driver has to do. It only obeys.
enum class action : std::uint8_t {
    none,          ///< nothing
    serve,         ///< hand the current token to this caller
    join,          ///< this caller waits: for the flight, or for the instant the next one may start
    depart,        ///< start flight `decision::flight`, because of `decision::cause`
    publish,       ///< the grant is the current token now: hand it to all waiters
    fail,          ///< complete all waiters with this flight's error
    abandon,       ///< the flight's deadline passed: cancel it and complete all waiters with timed_out
    watch,         ///< from now on see whether the token is used
    warm,          ///< the token is in use and ends soon: make a connection ready
    refuse,        ///< complete this caller with the last flight's error; nothing before `decision::retry_at`
    refuse_early,  ///< complete this caller with rate_limited: forced renewals come too fast, next at
                   ///< `decision::retry_at`
    refuse_budget, ///< complete this caller with budget_exhausted; nothing before `decision::retry_at`
    refuse_closed  ///< complete this caller with operation_aborted
};

struct decision {
    action what = action::none;
    std::uint64_t flight = 0;
    instant retry_at{};
    flight_cause cause = flight_cause::cold;

    bool operator==(const decision&) const = default;
};

std::ostream& operator<<(std::ostream&, phase);
std::ostream& operator<<(std::ostream&, action);
std::ostream& operator<<(std::ostream&, const decision&);

/// How a flight failed, as far as the next one is concerned.
enum class failure : std::uint8_t {
    other,    ///< cool-down 1 s × 1.6 … 120 s, spread
    rejected, ///< the credentials were refused: remembered 5 s × 2 … 5 min, ended by new credentials
};

struct machine_policy {
    duration flight_deadline = std::chrono::seconds{30};
    lifetime_policy lifetime;
    backoff_policy cooldown{};
    backoff_policy rejected{std::chrono::seconds{5}, 2.0, std::chrono::minutes{5}, 0.0};
    duration refresh_ahead{0}; ///< 0 = only after the end; at most a quarter of the lifetime
    bool prewarm = true;
    /// Somebody uses the token if it was used in its last quarter, of which the last minute counts.
    duration longest_watch = std::chrono::seconds{60};
    /// Before the first permitted instant; less than the 5 s after which many servers close an idle connection.
    duration longest_warm_lead = std::chrono::seconds{2};
    duration forced_shortest = std::chrono::seconds{10}; ///< between two renewals forced by invalidate()
    duration forced_longest = std::chrono::seconds{300};
};

/// Thread safety: none; its owner serialises. Every function is O(1) and allocates nothing.
class token_machine {
public:
    explicit token_machine(const machine_policy& policy = {}) noexcept : policy_(policy) {}

    /// A caller wants a token: serve, join, depart (and join), or one of the refusals.
    decision on_call(instant now) noexcept;
    /// The instant of next_wake() came, or somebody wants a token at any time from now on: depart (only if a token is
    /// `wanted`: somebody waits, or it is kept fresh), abandon, or none.
    decision on_wake(instant now, bool wanted, double random) noexcept;
    /// A flight brought a token: publish, fail (dead on arrival: it would only loop), or none (an older flight:
    /// ignored).
    decision on_granted(std::uint64_t flight, instant request_sent, instant response_received, duration expires_in,
                        instant now, double random) noexcept;
    /// A flight failed: fail, or none (an older flight: ignored). No call departs for `at_least` (Retry-After).
    decision on_failed(std::uint64_t flight, failure how, instant now, double random, duration at_least = {}) noexcept;
    /// The instant of next_quiet_wake() came: watch, warm (if the token was `used` since), depart (if a successor is
    /// wanted ahead of the end), or none.
    decision on_quiet_wake(instant now, bool used) noexcept;
    /// Whether the current token's successor could be asked for at once if it were rejected now.
    bool may_force(instant now) const noexcept;
    /// The current token was rejected by the API. True if it was still in use and is dropped now.
    bool on_invalidated(instant now) noexcept;
    /// Other credentials: token, flight and memory of failures are the old ones' and go. depart if a token is `wanted`,
    /// else none.
    decision on_new_credentials(instant now, bool wanted) noexcept;
    /// Somebody wants a successor although the current token lives: depart, or none (none lives, one is on its way, or
    /// forced renewals come too fast).
    decision on_renew(instant now) noexcept;
    /// No flight departs before this instant: the budget is used up until then. instant::min() = it is not.
    void set_not_before(instant when) noexcept { not_before_ = when; }
    /// Nothing departs or is served any more.
    void on_closed() noexcept;

    /// When on_wake() is due next: the flight's deadline, or the first permitted instant of a flight that is `wanted`.
    std::optional<instant> next_wake(bool wanted) const noexcept;

    /// When on_quiet_wake() is due next: nobody waits for that, so it is no reason to stay awake.
    std::optional<instant> next_quiet_wake() const noexcept;

    core::phase phase() const noexcept { return phase_; }
    /// The flight that is out, if one is.
    std::optional<std::uint64_t> flight() const noexcept;
    /// When the flight that is out has to end.
    instant flight_deadline() const noexcept { return flight_deadline_; }
    /// Why it started.
    flight_cause cause() const noexcept { return cause_; }
    /// Deadlines of the current token; meaningful while phase() is live or renewing.
    const lifetime& current() const noexcept { return current_; }
    /// Before this instant the last failure is answered at once.
    instant retry_at() const noexcept { return retry_at_; }

private:
    bool in_flight() const noexcept { return phase_ == phase::flying || phase_ == phase::renewing; }
    bool holds_token() const noexcept { return phase_ == phase::live || phase_ == phase::renewing; }
    instant next_departure() const noexcept;
    decision refuse_or_depart(instant now) noexcept;
    decision depart(instant now, flight_cause cause) noexcept;
    void count_forced(instant now) noexcept;
    void land(instant now) noexcept;
    void plan_renewal(duration expires_in) noexcept;
    void cool_down(failure how, instant now, double random, duration at_least) noexcept;

    /// What next_quiet_wake() leads up to.
    enum class quiet : std::uint8_t { watch, warm, ahead, nothing };

    machine_policy policy_;
    core::phase phase_ = core::phase::empty;
    std::uint64_t last_flight_ = 0; ///< numbers are never reused: a late result of an old flight is recognised
    flight_cause cause_ = flight_cause::cold;
    instant flight_deadline_{};
    lifetime current_{};
    instant retry_at_ = instant::min();
    instant not_before_ = instant::min();
    unsigned failures_ = 0;   ///< of any kind but rejected, in a row
    unsigned rejections_ = 0; ///< in a row

    quiet quiet_ = quiet::nothing;
    instant watch_from_{};
    instant warm_at_{};
    instant renew_from_{}; ///< the first instant a successor may be asked for: regenerate_after, or ahead of it

    bool forced_ = false; ///< the next (or current) flight exists because a token was rejected
    bool current_was_forced_ = false;
    instant next_forced_ = instant::min(); ///< no forced flight before
    duration forced_interval_{0};
};

} // namespace faceki::core
