// A source for the stress tests: short tokens, now and then a failure, sometimes a suspension. Many clients may share
// it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <faceki/token_source.hpp>

namespace faceki::test {

class jittery_source final : public token_source {
public:
    explicit jittery_source(std::chrono::milliseconds lifetime) : lifetime_(lifetime) {}

    asio::awaitable<grant_result> request_token(grant_request& request) override
    {
        const overlap_guard guard(*this);
        const std::size_t n = ++requests;
        request.sent();
        const auto executor = co_await asio::this_coro::executor;
        if (n % 3 != 0)
            co_await asio::post(executor, asio::use_awaitable);
        if (n % 5 == 0) {
            asio::steady_timer timer(executor, std::chrono::microseconds{300});
            co_await timer.async_wait(asio::use_awaitable);
        }
        if (n % 7 == 0)
            co_return grant_result::failed(errc::server_error, {});
        request.received();
        co_return grant_result::granted("token-" + std::to_string(n), lifetime_);
    }

    std::atomic<std::size_t> requests{0};
    std::atomic<std::size_t> overlapping{0}; ///< requests that began while another one was in flight

private:
    class overlap_guard {
    public:
        explicit overlap_guard(jittery_source& s) : source_(s)
        {
            if (source_.in_flight_.fetch_add(1) != 0)
                ++source_.overlapping;
        }
        ~overlap_guard() { --source_.in_flight_; }
        overlap_guard(const overlap_guard&) = delete;
        overlap_guard& operator=(const overlap_guard&) = delete;

    private:
        jittery_source& source_;
    };

    std::chrono::milliseconds lifetime_;
    std::atomic<std::size_t> in_flight_{0};
};

} // namespace faceki::test
