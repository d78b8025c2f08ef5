// The pure core with nothing around it: machine, attempts and budget, driven by steps of a schedule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/attempts.hpp"
#include "core/budget.hpp"
#include "core/token_machine.hpp"
#include "model/event_log.hpp"
#include "model/judge.hpp"
#include "model/pure_account.hpp"
#include "model/pure_events.hpp"

namespace faceki::model {

/// Does what the refresher does, one thing at a time, without threads, sockets or posts: it asks the core and obeys.
/// Every fact goes to the judge, every decision to the account.
class pure_driver {
public:
    explicit pure_driver(const rules& told);

    /// False: not possible now, and nothing has happened.
    bool take(const pure_step& step);
    /// Nothing more comes from outside: with a source that is silent everybody must be done soon.
    void finish();

    pure_stand stand() const noexcept;
    /// The first broken property, in words; empty = none.
    std::string broken() const;
    bool clean() const noexcept { return account_broken_ == nullptr && judge_.clean(); }
    std::uint64_t hash() const noexcept { return log_.hash(); }
    std::uint64_t facts() const noexcept { return log_.size(); }

private:
    struct open_waiter {
        std::uint32_t number = 0;
        std::optional<instant> until{};
    };

    /// What the source was asked for last, and the flight around it.
    struct flight_out {
        std::uint64_t number = 0;
        flight_cause cause{};
        core::attempt_series attempts;
        std::uint32_t request = 0;
        bool running = false; ///< an attempt, not a pause
        instant began{};
        std::optional<instant> sent{};
        std::optional<instant> received{};
        int begun = 0;    ///< attempts
        int requests = 0; ///< that left
        std::optional<instant> next_attempt{};
    };

    // Callers.
    bool call(std::optional<instant> until);
    bool cancel(std::uint32_t value);
    bool peek();
    bool invalidate(std::uint32_t token, bool only_if_renewable);
    bool renew_early();
    bool set_credentials();
    bool keep_fresh(bool more);
    bool close();
    bool limits_end();

    // The source.
    bool send();
    bool receive();
    bool grant(duration expires_in);
    bool grant_dead(std::uint32_t value);
    bool fail(errc code, failure_kind kind, int status, std::optional<duration> retry_after);
    bool next_attempt();
    bool older_token();
    bool older_failure();

    // Time.
    bool pass(duration span);
    bool to_an_instant(std::uint32_t value);
    bool wall_jump(std::uint32_t value);
    bool alarm();
    bool quiet_alarm();
    bool settle();

    std::pair<instant, wall_instant> time() const noexcept { return {now_, wall_}; }
    void note(fact f) { log_.note(f); }
    void check(const char* broken) noexcept
    {
        if (!account_broken_)
            account_broken_ = broken;
    }
    bool wanted() const noexcept { return keepers_ != 0 || !waiting_.empty(); }
    double random() noexcept;
    void look_at_budget();
    void depart(const core::decision& d);
    void begin_attempt();
    void end_source(); ///< it was told to end, and does
    void end_flight(const core::decision& d, std::error_code error);
    void release_all(std::uint32_t token, std::error_code error, std::optional<instant> retry_at);
    void answer(std::uint32_t waiter, std::uint32_t token, std::error_code error, std::optional<instant> retry_at);
    bool something_is_due() const noexcept;

    const rules told_;
    const core::attempt_policy attempt_policy_;
    core::token_machine machine_;
    core::budget budget_;
    pure_account account_;
    judge judge_;
    event_log log_;
    const char* account_broken_ = nullptr;

    instant now_;
    wall_instant wall_;
    std::uint32_t value_ = 0; ///< of the step that is being taken: all that is random comes from it
    std::vector<open_waiter> waiting_;
    std::optional<flight_out> flight_;
    std::error_code last_error_{};
    std::optional<instant> last_retry_at_{};
    std::size_t keepers_ = 0;
    bool used_ = false;
    bool closed_ = false;
    std::uint32_t waiters_ = 0;
    std::uint32_t requests_ = 0;
    std::uint32_t tokens_ = 0;
    std::uint32_t current_ = 0; ///< token; 0 = forgotten
    std::uint32_t generation_ = 1;
};

} // namespace faceki::model
