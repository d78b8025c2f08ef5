// One flight: its attempts, and what its source may ask and tell while one of them runs.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include <faceki/clock.hpp>
#include <faceki/observer.hpp>
#include <faceki/token_source.hpp>

#include <asio/cancellation_signal.hpp>

#include "core/attempts.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Told once for each request that is about to leave.
using request_counter = std::function<void()>;

/// Touched on the strand, except `request_is_out` (also read by close(), from any thread).
class flight final : public grant_request {
public:
    flight(std::uint64_t number_, flight_cause cause_, std::shared_ptr<const faceki::credentials> who,
           boot_clock::time_point deadline, const core::attempt_policy& policy, std::shared_ptr<faceki::clock> time,
           request_counter counter)
        : number(number_), cause(cause_), attempts(policy), who_(std::move(who)), deadline_(deadline),
          time_(std::move(time)), counter_(std::move(counter)), started_at_(time_->now()), sent_at_(started_at_)
    {
    }

    const faceki::credentials& credentials() const noexcept override { return *who_; }
    boot_clock::time_point deadline() const noexcept override { return deadline_; }

    void sent() noexcept override
    {
        sent_at_ = time_->now();
        received_at_ = {}; // what was received before answered an earlier request
        if (request_is_out_.exchange(true))
            return;
        ++requests_;
        counter_();
    }

    void received() noexcept override { received_at_ = time_->now(); }

    /// Its coroutine is about to start.
    void attempt_begins() noexcept
    {
        running = true;
        ++begun_;
        next_attempt.reset();
        sent_at_ = time_->now(); // without a call of sent(): the start of the attempt, which is the safe side
        received_at_ = {};
    }
    /// Its outcome is known.
    void attempt_ended() noexcept { request_is_out_.store(false); }

    bool request_is_out() const noexcept { return request_is_out_.load(); }
    int requests() const noexcept { return requests_; }
    /// Attempts; one that is planned is none yet.
    int begun() const noexcept { return begun_; }
    boot_clock::time_point started_at() const noexcept { return started_at_; }
    boot_clock::time_point sent_at() const noexcept { return sent_at_; }
    boot_clock::time_point received_at(boot_clock::time_point now) const noexcept
    {
        return received_at_ == boot_clock::time_point{} ? now : received_at_;
    }

    const std::uint64_t number;
    const flight_cause cause;
    core::attempt_series attempts;
    asio::cancellation_signal cancel;
    bool running = false;                      ///< an attempt's coroutine has not ended
    std::optional<core::instant> next_attempt; ///< the last one failed, and another one starts then

private:
    const std::shared_ptr<const faceki::credentials> who_;
    const boot_clock::time_point deadline_;
    const std::shared_ptr<faceki::clock> time_;
    const request_counter counter_;
    const boot_clock::time_point started_at_;
    boot_clock::time_point sent_at_;
    boot_clock::time_point received_at_{};
    int begun_ = 0;
    int requests_ = 0;
    std::atomic<bool> request_is_out_{false};
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
