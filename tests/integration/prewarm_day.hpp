// A client's day over one rollover, at an endpoint that closes idle connections: ways to use it, and the record of what
// the endpoint saw.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"

namespace faceki_test::prewarm {

using namespace std::chrono_literals;
using faceki::boot_clock;

inline constexpr std::chrono::milliseconds lifetime = 8s;
inline constexpr auto watched = lifetime / 4;           // whoever uses the token now is in need of the next one
inline constexpr auto lead = watched / 2;               // before the end: when the connection is made ready
inline constexpr auto idle_limit = 5s;                  // of the endpoint
inline constexpr auto latency = 50ms;                   // of an answer: between a token's two deadlines
inline constexpr auto day = lifetime + idle_limit + 3s; // from the first token on
inline constexpr auto tick = 20ms;
static_assert(lead < idle_limit && idle_limit < lifetime - lead); // neither made ready too early, nor simply kept

/// What the client told of itself, on its strand.
class witness final : public faceki::observer {
public:
    struct flight {
        std::error_code error;
        int attempts;
        int requests_sent;
        bool connected; ///< on a connection of its own
    };

    void on_flight_finished(const faceki::flight_finished& f) override
    {
        flights.push_back({f.error, f.attempts, f.requests_sent, f.details.phases.tls > 0s});
    }
    void on_prewarmed(std::error_code error) override
    {
        if (!error)
            ++made_ready;
        if (when_made_ready)
            when_made_ready();
    }

    std::vector<flight> flights;
    std::size_t made_ready = 0;
    std::function<void()> when_made_ready;
};

/// How a client's day went, as its endpoint saw it (and, below that, as the client itself did).
struct record {
    std::vector<boot_clock::time_point> accepts;
    std::vector<boot_clock::time_point> requests;
    std::size_t early = 0;
    std::size_t open = 0;          ///< connections at the end of the day
    bool silent_until_end = false; ///< no byte of a second request came before the first token's end

    boot_clock::time_point end_of_first; ///< regenerate_after
    std::size_t made_ready = 0;
    std::vector<witness::flight> flights;
};

/// A client with its endpoint.
class trial {
public:
    explicit trial(asio::io_context& io, bool prewarm = true)
        : endpoint_(endpoint_options()), client_(io.get_executor(), configuration(prewarm))
    {
    }

    // Each of them is a day, or ends earlier.

    asio::awaitable<void> used_all_the_time()
    {
        co_await get_first();
        while (client_.stats().tokens < 2 && !is_over()) {
            co_await client_.token();
            co_await pause(tick);
        }
    }

    asio::awaitable<void> used_all_the_time_but_the_endpoint_closes_what_was_made_ready()
    {
        witness_->when_made_ready = [this] { endpoint_.close_idle(); };
        return used_all_the_time();
    }

    asio::awaitable<void> kept_fresh_without_a_caller()
    {
        co_await get_first();
        const faceki::freshness fresh = client_.keep_fresh();
        while (client_.stats().tokens < 2 && !is_over())
            co_await pause(tick);
    }

    asio::awaitable<void> used_late_then_left_alone()
    {
        co_await get_first();
        co_await until(first_.regenerate_after() - watched);
        while (boot_clock::now() < first_.regenerate_after() - lead) { // whatever it is that holds us up
            BOOST_TEST(static_cast<bool>(client_.peek()));
            co_await pause(tick);
        }
        // The connection that was made ready for nothing: the endpoint closes it.
        while ((endpoint_.accepted() < 2 || endpoint_.open_connections() != 0) && !is_over())
            co_await pause(tick);
        BOOST_TEST((boot_clock::now() > first_.regenerate_after()));
        BOOST_TEST(endpoint_.requests() == 1U);
        co_await client_.token();
    }

    asio::awaitable<void> used_early_then_left_alone()
    {
        co_await get_first();
        while (boot_clock::now() < first_.regenerate_after() - watched - 1s) {
            BOOST_TEST(static_cast<bool>(client_.peek()));
            co_await pause(tick);
        }
        co_await until(end_of_day_);
    }

    asio::awaitable<void> peeked_at_all_the_time_without_a_token()
    {
        while (!is_over()) {
            BOOST_TEST(!client_.peek());
            co_await pause(tick);
        }
    }

    record evening() const
    {
        record seen;
        seen.accepts = endpoint_.accept_times();
        for (const auto& request : endpoint_.recorded())
            seen.requests.push_back(request.arrived);
        seen.early = endpoint_.early();
        seen.open = endpoint_.open_connections();
        seen.silent_until_end = silent_;
        seen.end_of_first = first_.regenerate_after();
        seen.made_ready = witness_->made_ready;
        seen.flights = witness_->flights;
        return seen;
    }

private:
    static faceki::testing::mock_options endpoint_options()
    {
        faceki::testing::mock_options options;
        options.lifetime = lifetime;
        options.latency = latency;
        options.close_idle_after = idle_limit;
        return options;
    }

    faceki::client_config configuration(bool prewarm) const
    {
        faceki::client_config config = faceki_test::config_for(endpoint_);
        config.prewarm = prewarm;
        config.observer = witness_;
        return config;
    }

    bool is_over() const noexcept { return boot_clock::now() >= end_of_day_; }

    static asio::awaitable<void> until(boot_clock::time_point when)
    {
        asio::steady_timer timer(co_await asio::this_coro::executor, when - boot_clock::now());
        co_await timer.async_wait(asio::use_awaitable);
    }
    static asio::awaitable<void> pause(boot_clock::duration span) { return until(boot_clock::now() + span); }

    asio::awaitable<void> get_first()
    {
        first_ = co_await client_.token();
        end_of_day_ = boot_clock::now() + day;
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor, listen(), asio::detached);
    }

    asio::awaitable<void> listen()
    {
        const std::size_t bytes = endpoint_.request_bytes();
        bool silent = bytes > 0;
        for (;;) {
            const std::size_t now = endpoint_.request_bytes(); // read before the time is
            if (boot_clock::now() >= first_.regenerate_after())
                break;
            silent = silent && now == bytes;
            co_await pause(tick / 4);
        }
        silent_ = silent;
    }

    const std::shared_ptr<witness> witness_ = std::make_shared<witness>();
    faceki::testing::mock_endpoint endpoint_;
    faceki::client client_;
    boot_clock::time_point end_of_day_ = boot_clock::now() + day;
    faceki::access_token first_;
    bool silent_ = false;
};

} // namespace faceki_test::prewarm
