// One flight: what its source may ask and tell while it runs.
#pragma once

#include <atomic>
#include <memory>

#include <faceki/clock.hpp>
#include <faceki/token_source.hpp>

#include <asio/cancellation_signal.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Written by the source on the strand; `was_sent` is also read by close(), from any thread.
class flight final : public grant_request {
public:
    flight(std::uint64_t number_, std::shared_ptr<const faceki::credentials> who, boot_clock::time_point deadline,
           std::shared_ptr<faceki::clock> time, std::shared_ptr<std::atomic<std::uint64_t>> requests)
        : number(number_), who_(std::move(who)), deadline_(deadline), time_(std::move(time)),
          requests_(std::move(requests)), started_at_(time_->now()), sent_at_(started_at_)
    {
    }

    const faceki::credentials& credentials() const noexcept override { return *who_; }
    boot_clock::time_point deadline() const noexcept override { return deadline_; }

    void sent() noexcept override
    {
        sent_at_ = time_->now();
        received_at_ = {}; // what was received before answered an earlier attempt
        if (!was_sent_.exchange(true))
            requests_->fetch_add(1);
    }

    void received() noexcept override { received_at_ = time_->now(); }

    boot_clock::time_point started_at() const noexcept { return started_at_; }
    bool was_sent() const noexcept { return was_sent_.load(); }
    /// Without a call of sent(): the start of the flight, which is the safe side.
    boot_clock::time_point sent_at() const noexcept { return sent_at_; }
    boot_clock::time_point received_at(boot_clock::time_point now) const noexcept
    {
        return received_at_ == boot_clock::time_point{} ? now : received_at_;
    }

    const std::uint64_t number;
    asio::cancellation_signal cancel; ///< emitted on the strand only

private:
    std::shared_ptr<const faceki::credentials> who_;
    boot_clock::time_point deadline_;
    std::shared_ptr<faceki::clock> time_;
    std::shared_ptr<std::atomic<std::uint64_t>> requests_;
    const boot_clock::time_point started_at_;
    boot_clock::time_point sent_at_;
    boot_clock::time_point received_at_{};
    std::atomic<bool> was_sent_{false};
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
