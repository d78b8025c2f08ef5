// Judges a client by its facts: what must hold of any client that keeps the rules, whatever it looks like inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <faceki/stats.hpp>

#include "core/budget.hpp"
#include "core/lifetime.hpp"
#include "model/event_log.hpp"

namespace faceki::model {

/// What the judged client was told.
struct rules {
    duration flight_deadline = std::chrono::seconds{30};
    duration safety_margin{0};
    duration max_uncertainty = std::chrono::seconds{1};
    duration refresh_ahead{0};
    bool prewarm = true;
    int max_attempts = 3;
    duration first_pause = std::chrono::seconds{1};
    duration longest_pause = std::chrono::seconds{5};
    core::budget_limits budget{};
    std::size_t max_waiters = 1000;
};

/// Where a client stands, as far as its facts show.
enum class stand : std::uint8_t {
    empty,    ///< no token: the next call asks for one
    cooling,  ///< no token, and the last flight failed a short while ago
    flying,   ///< no token, a request is out or its flight is about to begin
    pausing,  ///< no token, between two attempts of a flight
    live,     ///< a token is handed out
    gap,      ///< a token that is handed out no more, and must not be renewed yet
    renewing, ///< a token is handed out while its successor is asked for
    rejected, ///< the token was rejected, and its successor has not been asked for
    blocked,  ///< no token, and a hard limit of the budget is reached
    closed,
};
inline constexpr std::size_t stands = 10;
std::string_view name_of(stand) noexcept;

/// The UTC day.
std::int64_t day_of(wall_instant wall) noexcept;

/// Takes facts one by one. The first property that is broken is kept in words; later facts are not looked at.
class judge {
public:
    explicit judge(const rules& told) : told_(told) {}

    void take(const fact& f);
    /// Compares counters with the judge's own. Call it when nothing is left to do at this instant.
    void compare(const stats& counted, instant now, wall_instant wall);
    /// No more facts will come.
    void finish(bool must_have_rested = false);

    bool clean() const noexcept { return broken_.empty(); }
    const std::string& broken() const noexcept { return broken_; }
    stand stands_at(instant now, wall_instant wall) const noexcept;
    bool is_live(instant now) const noexcept;
    std::size_t waiting() const noexcept { return open_.size(); }
    bool has_flight() const noexcept { return flight_.has_value(); }
    bool belongs_to_flight(std::uint32_t request) const noexcept
    {
        return flight_ && request < requests_.size() && requests_[request].flight == flight_->number;
    }
    /// Instants to come at which something changes.
    std::vector<instant> landmarks(instant now) const;

private:
    struct waiter_view {
        model::fate fate{};
        bool asked = false;
        bool done = false;
        bool fixed = false;   ///< what it gets is known: `token` or `error`; of a refused one the `may_be_` below
        bool counted = false; ///< as one that left by itself
        std::uint32_t token = 0;
        std::error_code error{};
        std::optional<instant> retry_at{};
        std::optional<instant> until{};
        std::uint32_t context = 0;
        bool asked_after_close = false;
        instant asked_at{};
        std::uint64_t era = 0;
        // Of one that is refused: what it may be told.
        bool may_be_cooling = false;
        bool may_be_early = false;
        bool may_be_over_budget = false;
        bool may_be_crowded = false;
    };

    struct request_view {
        std::uint64_t flight = 0;
        std::uint32_t generation = 0;
        instant began{};
        instant deadline{};
        std::optional<instant> sent{};
        std::optional<instant> received{};
        std::optional<instant> cancelled{}; ///< when it was told
        bool ended = false;
        std::optional<instant> outdated{}; ///< its flight was no more from then on
        fact result{};
    };

    struct flight_view {
        std::uint64_t number = 0;
        flight_cause cause{};
        std::optional<instant> decided{};
        instant deadline{};
        int attempts = 0;
        int sent = 0;
        int unanswered = 0; ///< requests that were sent, and lost
        bool by_renew_early = false;
        bool replaces_rejected = false;
        std::uint32_t last_request = 0;
        std::optional<instant> next_attempt{};
    };

    struct held_token {
        std::uint32_t token = 0;
        instant use_until{};
        instant regenerate_after{};
        instant renew_from{};
        duration expires_in{};
        bool replaces_rejected = false; ///< its predecessor had been rejected
        bool rejected = false;
    };

    struct sent_request {
        instant at{};
        std::int64_t day = 0;
        bool excused = false; ///< its flight was no more when it left
    };

    // judge_callers.cpp
    void on_asked(const fact&);
    void on_cancelled(const fact&);
    void on_answered(const fact&);
    void on_dropped(const fact&);
    void on_peeked(const fact&);
    void on_limits_passed(const fact&);
    void on_turned_away(const fact&);
    void fix(waiter_view&, std::uint32_t token, std::error_code, std::optional<instant> retry_at) noexcept;
    void fix_all(std::uint32_t token, std::error_code, std::optional<instant> retry_at) noexcept;
    void check_refusal(const waiter_view&, const fact&);
    waiter_view* asked_waiter(const fact&);
    void is_wanted(instant now) noexcept;
    void forced(instant earliest, instant latest) noexcept;

    // judge_changes.cpp
    void on_invalidated(const fact&);
    void on_renewed_early(const fact&);
    void on_credentials_set(const fact&);
    void on_kept_fresh(const fact&);
    void on_closed(const fact&);
    void on_rested(const fact&);
    void on_context_died(const fact&);
    void outdate_requests(instant now) noexcept;
    void ends_as_closed();
    void on_warm_up_began(const fact&);
    void on_quiet(const fact&);
    void check_those_who_wait(const fact&);

    // judge_flights.cpp
    void on_flight_started(const fact&);
    void on_request_began(const fact&);
    static bool has_ignored_its_end(const request_view&, instant now) noexcept;
    void check_first_request(const fact&);
    void check_retry(const fact&);
    void on_request_sent(const fact&);
    void on_request_cancelled(const fact&);
    void on_request_ended(const fact&);
    void on_retry_planned(const fact&);

    // judge_outcomes.cpp
    void on_flight_ended(const fact&);
    void on_token(const fact&, const request_view&);
    void on_failure_without_request(const fact&);
    void fail(const fact&, std::optional<duration> retry_after);
    void on_failure(const fact&);
    core::lifetime deadlines_of(const request_view&, instant now) const noexcept;
    void check_cool_down(const fact&, std::optional<duration> retry_after);
    bool may_be_tried_again(const fact& result) const noexcept;
    duration longest_pause_before(int retry, const fact& result) const noexcept;

    void broke(std::string_view what, const fact& f);
    bool require(bool holds, std::string_view what, const fact& f);
    std::uint64_t sent_within(instant now, duration span, bool excused_too = true) const noexcept;
    std::uint64_t sent_on_day(instant now, std::int64_t day, bool excused_too = true) const noexcept;
    bool budget_surely_free(instant now) const noexcept;
    bool budget_surely_used(instant now, wall_instant wall) const noexcept;
    bool used_around_end() const noexcept;
    duration watched() const noexcept;
    bool cooling(instant now) const noexcept { return retry_at_ && now < *retry_at_; }
    bool retiring(instant now) const noexcept;
    bool in_gap(instant now) const noexcept;

    const rules told_;
    std::string broken_;

    std::vector<waiter_view> waiters_;   ///< by number
    std::vector<request_view> requests_; ///< by number
    std::vector<std::uint32_t> open_;    ///< waiters whose outcome is not fixed, in the order of asking
    std::size_t undelivered_ = 0;        ///< waiters whose outcome is fixed, and who have not got it
    std::vector<std::uint32_t> dead_contexts_;

    bool closed_ = false;
    std::uint32_t generation_ = 1;
    std::size_t keepers_ = 0;
    std::optional<flight_view> flight_;
    std::uint64_t last_flight_ = 0;
    std::optional<held_token> held_;
    bool wanted_ = false; ///< somebody has asked since the last flight ended
    instant wanted_since_{};
    bool renew_early_ = false; ///< renew_early() said yes, and no flight has started since
    std::optional<instant> last_use_{};
    bool warming_ = false;
    bool rested_ = false;
    std::uint64_t era_ = 0; ///< counts what may change how long callers are refused
    struct {
        std::uint64_t era = 0;
        std::optional<instant> retry_at{};
    } promised_; ///< to the last caller that was refused without a failure

    std::optional<instant> retry_at_{}; ///< of the last failure
    std::error_code last_error_{};
    unsigned failures_in_a_row_ = 0;
    unsigned rejections_in_a_row_ = 0;

    std::optional<instant> last_forced_{};
    instant last_forced_by_{};    ///< the latest it can have been: a flight without a request does not show its start
    duration forced_interval_{0}; ///< no forced renewal sooner after last_forced_
    duration next_forced_interval_{0}; ///< the same after the next one

    std::vector<sent_request> sent_;
    instant last_wall_jump_ = instant::min();

    struct own_counts {
        std::uint64_t flights = 0, tokens = 0, failures = 0, retries = 0, requests = 0, invalidated = 0;
        std::uint64_t waits = 0, served = 0, failed = 0, cancelled = 0, timed_out = 0, dropped = 0, refused = 0;
    } counts_;
};

} // namespace faceki::model
