// The one stateful class: waiters + token_machine + source + alarm. It asks the machine and obeys.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include <faceki/config.hpp>
#include <faceki/detail/token_core.hpp>

#include <asio/strand.hpp>

#include "core/budget.hpp"
#include "core/token_machine.hpp"
#include "refresh/announcer.hpp"
#include "refresh/context_watch.hpp"
#include "refresh/flight.hpp"
#include "refresh/waiting_room.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Three kinds of state, grouped by who may touch it:
/// - under `mutex_`: the machine, the queues, the credentials. Nothing but the clock is called under it.
/// - on the strand: source, alarm, running flight. obey() makes them match what the machine says; every event ends with
/// it.
/// - under `snapshot_mutex_`: the token that peek() reads.
class refresher_core final : public token_core,
                             public context_member,
                             public std::enable_shared_from_this<refresher_core> {
public:
    static std::shared_ptr<refresher_core> make(const asio::any_io_executor& executor, const refresher_config& config,
                                                std::shared_ptr<token_source> source);
    ~refresher_core() override;

    access_token peek() const noexcept override;
    void join(waiter& w, const asio::any_io_executor& executor, wait_limit limit) noexcept override;
    void join_close(waiter& w, const asio::any_io_executor& executor) noexcept override;
    bool invalidate(const access_token& token) override;
    bool invalidate_if_renewable(const access_token& token) override;
    bool renew_early() noexcept override;
    void keep_fresh(bool more) noexcept override;
    void set_credentials(credentials value) override;
    stats current_stats() const override;
    close_report close() noexcept override;
    const asio::any_io_executor& executor() const noexcept override { return executor_; }

    void context_shutdown() noexcept override;

private:
    using strand = asio::strand<asio::any_io_executor>;

    refresher_core(const asio::any_io_executor& executor, const refresher_config& config,
                   std::shared_ptr<token_source> source);

    // Under mutex_.
    bool wanted() const noexcept { return keepers_ != 0 || !waiting_.empty(); }
    std::optional<core::instant> next_wake() const noexcept;
    core::instant look_at_clock() noexcept;
    bool comes_before_alarm(core::instant when) const noexcept { return !alarm_set_for_ || when < *alarm_set_for_; }
    outcome_ptr join_now(waiter& w, const asio::any_io_executor& executor, wait_limit limit, bool& wake_strand);
    outcome_ptr park(waiter& w, const asio::any_io_executor& executor, std::optional<core::instant> ends);
    std::optional<core::instant> blocked_until(core::instant now) const noexcept;
    static outcome_ptr budget_outcome(core::instant retry_at);
    double random() { return std::uniform_real_distribution<double>{}(random_engine_); }
    void forget_token() noexcept;

    // From any thread, outside mutex_.
    void note_use() const noexcept
    {
        if (!used_.load(std::memory_order_relaxed)) // loaded by all, stored once: the cache line stays shared
            used_.store(true, std::memory_order_relaxed);
    }
    bool invalidate(const access_token& token, bool only_if_renewable);
    void kick() noexcept;
    void give_up() noexcept;
    void deliver(waiter& w, const asio::any_io_executor& executor, const outcome_ptr& how) noexcept;
    std::size_t release(queues&& who, const outcome_ptr& how) noexcept;
    bool post_again() noexcept;

    // On the strand.
    void obey() noexcept;
    void obey_later() noexcept;
    void set(alarm& which, std::optional<core::instant> when, void (refresher_core::*then)() noexcept);
    std::shared_ptr<flight> new_flight(std::uint64_t number);
    void start_flight(const std::shared_ptr<flight>& f);
    void start_attempt(const std::shared_ptr<flight>& f);
    void on_ended(const std::shared_ptr<flight>& f) noexcept;
    static asio::awaitable<void> fly(std::shared_ptr<refresher_core> self, std::shared_ptr<flight> f);
    void on_result(flight& f, grant_result result) noexcept;
    void settle(const flight& f, queues&& waiting, const outcome_ptr& how, boot_clock::time_point now) noexcept;
    void on_request_sent() noexcept;
    void on_alarm() noexcept;
    void on_quiet_alarm() noexcept;
    void start_warm_up();
    static asio::awaitable<void> warm_up(std::shared_ptr<refresher_core> self, boot_clock::time_point deadline);
    void rest_if_closed(bool all_are_told) noexcept;

    const asio::any_io_executor executor_;
    const limits limits_;
    const std::shared_ptr<faceki::clock> clock_;
    const outcome_ptr aborted_; ///< made in advance: closing must not need memory
    const std::shared_ptr<waiter_counts> counts_;
    std::atomic<std::uint64_t> requests_sent_{0};
    mutable std::atomic<bool> used_{false}; ///< a token was wanted since the last action::watch
    const outcome_ptr no_memory_;           ///< nor must saying that there is none
    const outcome_ptr own_limit_passed_;
    const outcome_ptr at_rest_outcome_ = std::make_shared<outcome>(); ///< what async_close() gives: success
    const announcer tell_;
    const core::attempt_policy attempt_policy_;
    const bool has_budget_;
    context_watch watch_;

    std::mutex& mutex_ = counts_->mutex; ///< the queues' too: one lock a waiter
    core::token_machine machine_;
    core::budget budget_;
    waiting_room waiting_{counts_};
    std::shared_ptr<waiter_queue> unposted_; ///< released, and no memory to tell those who waited in them
    queues closers_;
    std::shared_ptr<const credentials> credentials_;
    outcome_ptr last_failure_;
    std::optional<core::instant> alarm_set_for_; ///< what the strand has armed, or is about to
    std::optional<core::instant> quiet_set_for_;
    std::shared_ptr<flight> running_; ///< changed on the strand only
    bool at_rest_ = false;            ///< closed, and nothing runs any more
    std::shared_ptr<refresher_core>
        self_until_rest_;     ///< async_close() completes also when its client is destroyed meanwhile
    std::size_t keepers_ = 0; ///< handles of keep_fresh()
    std::minstd_rand random_engine_;
    std::uint64_t flights_ = 0;
    std::uint64_t tokens_ = 0;
    std::uint64_t failures_ = 0;
    std::uint64_t retries_ = 0;
    std::uint64_t invalidated_ = 0;

    mutable std::mutex snapshot_mutex_;
    access_token snapshot_;
    std::atomic<bool> has_snapshot_{false}; ///< who finds none needs no lock to see that

    std::mutex gate_; ///< posting to the strand and the end of its context exclude each other
    std::optional<strand> strand_;
    std::atomic<bool> kicked_{false};

    std::shared_ptr<token_source> source_;
    std::unique_ptr<alarm> alarm_;
    std::unique_ptr<alarm> quiet_alarm_; ///< for what nobody waits for: it is no work of the context
    asio::cancellation_signal stop_warming_;
    bool warming_ = false;
    std::shared_ptr<flight> retiring_; ///< cancelled, its coroutine not ended: its successor waits for that
    core::instant retires_by_{};       ///< but not longer
    std::size_t coroutines_ = 0;       ///< flights whose coroutine has not ended, abandoned ones included
    bool source_closed_ = false;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
