// A token source whose every move is decided by a seed, and noted as a fact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <faceki/testing/manual_clock.hpp>
#include <faceki/token_source.hpp>

#include "model/schedule.hpp"
#include "testing/bell.hpp"

namespace faceki::model {

class random_source final : public token_source {
public:
    random_source(const settings& s, event_log& log, std::shared_ptr<testing::manual_clock> clock, std::uint64_t seed,
                  std::uint32_t& last_token)
        : settings_(s), log_(log), clock_(std::move(clock)), seed_(seed), last_token_(last_token)
    {
    }

    asio::awaitable<grant_result> request_token(grant_request& request) override;
    asio::awaitable<std::error_code> warm_up(boot_clock::time_point deadline) override;

    /// The observer was told of it: requests belong to it from now on.
    void flight_starts(std::uint64_t number) noexcept { flight_ = number; }
    /// Lets one of the requests go that wait for it.
    void reply(std::uint64_t which);
    std::size_t held() const noexcept { return held_.size(); }
    /// The number of the request that has waited longest for reply(); 0 = none waits.
    std::uint32_t longest_held() const noexcept { return held_.empty() ? 0 : held_.front().request; }
    /// Requests, and connections in the making.
    std::size_t running() const noexcept { return running_; }
    /// The execution context is about to go, and with it all requests.
    void context_dies() noexcept { held_.clear(); }
    /// From now on nothing waits for reply().
    void hold_no_more();

private:
    struct plan;
    class request_guard;
    class warm_up_guard;

    plan next_plan(std::uint32_t number);
    asio::awaitable<bool> wait(duration latency, std::uint32_t held, bool stubborn, request_guard* guard);
    grant_result give_up(request_guard&);

    const settings& settings_;
    event_log& log_;
    const std::shared_ptr<testing::manual_clock> clock_;
    const std::uint64_t seed_;
    std::uint32_t& last_token_; ///< unique over all clients of an episode
    std::uint64_t flight_ = 0;
    std::uint32_t requests_ = 0;
    std::uint32_t warm_ups_ = 0;
    std::size_t running_ = 0;
    bool holds_ = true;
    struct held_request {
        std::uint32_t request;
        std::shared_ptr<testing::bell> answer;
    };
    std::vector<held_request> held_; ///< in the order in which they began to wait
};

} // namespace faceki::model
