// One client, from its making to its end, and what those who call it share.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <mutex>

#include <faceki/client.hpp>
#include <faceki/testing/manual_clock.hpp>

#include "crush/plan.hpp"
#include "crush/request_book.hpp"

namespace faceki::crush {

/// What was so when a token was asked for. Whatever is handed out must fit it.
struct asked {
    boot_clock::time_point at{};
    std::uint64_t generation = 0; ///< of the credentials: no token of older ones
    std::uint64_t number = 0;     ///< tokens below were rejected
};

/// Thread safety: any thread, except where said otherwise.
class life {
public:
    life(std::uint64_t number, const plan& p, tally& counts, std::size_t threads, std::uint64_t seed);

    // By who directs it.
    void begin(const asio::any_io_executor& home);
    void begin_with_own_thread();
    void end() noexcept { client_.reset(); }
    /// So many flights had a reason to begin while a token lived.
    std::size_t early_allowed() const noexcept { return early_allowed_; }
    /// Until every waiter has ended.
    void wait_for_the_last() const noexcept;
    bool all_have_ended() const noexcept { return open_ == 0; }

    // By those who call, between begin() and their arrival.
    faceki::client& client() noexcept { return *client_; }
    asked asking() const noexcept { return {clock_->now(), generation_.load(), oldest_.load()}; }
    /// The API answers 401 to `token`.
    void reject(const access_token& token, bool only_if_renewable);
    void renew_early() noexcept { early_allowed_ += client_->renew_early() ? 1U : 0U; }
    void change_credentials();
    /// True once: for the call that comes midway.
    bool comes_midway() noexcept { return calls_.fetch_add(1) + 1 == midway_; }
    /// Virtual time goes on.
    void pass(boot_clock::duration span);
    void jump(boot_clock::duration span, std::chrono::seconds of_wall_time);

    // By each waiter.
    void judge(std::size_t waiter, const asked& when, error_code error, const access_token& token) const;
    void one_has_ended() noexcept
    {
        if (open_.fetch_sub(1) == 1)
            open_.notify_all();
    }

    const std::uint64_t number;
    const plan how;
    tally& counts;
    const std::shared_ptr<request_book> book;
    const std::shared_ptr<testing::manual_clock> manual; ///< null in real time
    std::latch midway{1};
    std::latch arrived; ///< counted down by each calling thread, which does not touch the client afterwards

private:
    client_config config(std::uint64_t seed) const;

    const std::uint64_t seed_;
    const std::shared_ptr<faceki::clock> clock_;
    const std::size_t midway_;
    std::unique_ptr<faceki::client> client_;
    std::atomic<std::size_t> open_;
    std::atomic<std::size_t> calls_{0};
    std::atomic<std::size_t> early_allowed_{0};
    std::atomic<std::uint64_t> oldest_{0};
    std::atomic<std::uint64_t> generation_{0};
    std::mutex changing_; ///< credentials change one after the other, so that the last one is known
    std::uint64_t changes_ = 0;
};

} // namespace faceki::crush
