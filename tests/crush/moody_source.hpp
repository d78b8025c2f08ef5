// A token source with moods: it suspends or does not, fails, throws, stays silent, ignores its cancellation. All
// decided by the seed.
#pragma once

#include <memory>

#include "crush/plan.hpp"
#include "crush/request_book.hpp"

namespace faceki::crush {

/// Thread safety: none; it is used on its client's strand.
class moody_source final : public token_source {
public:
    moody_source(std::uint64_t life, const plan& p, std::shared_ptr<faceki::clock> time,
                 std::shared_ptr<request_book> book, plant planted, std::uint64_t seed);

    asio::awaitable<grant_result> request_token(grant_request& request) override;
    asio::awaitable<std::error_code> warm_up(boot_clock::time_point deadline) override;

private:
    enum class mood {
        grants,
        unreachable,
        loses,
        unavailable,
        throttles,
        rejects,
        babbles,
        throws,
        throws_code,
        has_no_memory,
        gives_nothing,
        gives_dead,
        silent
    };

    mood next_mood();
    /// Long beside a token's life, so that a good part of the callers wait.
    boot_clock::duration next_latency() { return plan_.latency / 2 + dice_.up_to(plan_.latency / 2); }
    asio::awaitable<bool> think(bool stubborn);
    asio::awaitable<bool> pause(boot_clock::duration span, bool stubborn);
    grant_result fail(const request_book::visit& visit, std::error_code code, failure_kind kind, int status = 0);
    grant_result misbehave(const request_book::visit& visit, mood m);

    const std::uint64_t life_;
    const plan plan_;
    const std::shared_ptr<faceki::clock> clock_;
    const std::shared_ptr<request_book> book_;
    const plant planted_;
    dice dice_;
    std::uint64_t grants_ = 0;
};

} // namespace faceki::crush
