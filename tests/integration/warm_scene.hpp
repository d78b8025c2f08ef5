// For tests of the source's warm-up: the source alone, in real or in virtual time.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "integration/network_log.hpp"
#include "net/https_source.hpp"

namespace faceki_test {

class plain_request final : public faceki::grant_request {
public:
    explicit plain_request(faceki::boot_clock::time_point deadline) : deadline_(deadline) {}
    const faceki::credentials& credentials() const noexcept override { return credentials_; }
    faceki::boot_clock::time_point deadline() const noexcept override { return deadline_; }
    void sent() noexcept override { ++requests; }
    void received() noexcept override {}

    int requests = 0;

private:
    const faceki::credentials credentials_{client_id, client_secret};
    const faceki::boot_clock::time_point deadline_;
};

/// A source as the refresher would use it, with what became of each thing it was asked for.
class scene {
public:
    explicit scene(const faceki::client_config& config, std::shared_ptr<faceki::clock> clock = nullptr)
        : time(clock ? std::move(clock) : faceki::system_boot_clock()),
          source(faceki::net::make_https_source(config, time))
    {
    }

    /// A kept connection must go before its context: the refresher closes its source when either of them ends.
    ~scene()
    {
        if (source)
            source->close();
    }

    struct warm_up {
        std::optional<std::error_code> ended;
        asio::cancellation_signal cancel;
    };
    struct request {
        explicit request(faceki::boot_clock::time_point deadline) : asks(deadline) {}
        plain_request asks;
        std::optional<faceki::grant_result> result;
        asio::cancellation_signal cancel;

        std::error_code error() const { return result.value().error(); }
        const faceki::diagnostics& details() const { return result.value().diagnostics(); }
    };

    void start(warm_up& w, faceki::boot_clock::duration limit = std::chrono::seconds{60})
    {
        asio::co_spawn(
            *io, source->warm_up(time->now() + limit),
            asio::bind_cancellation_slot(w.cancel.slot(), [&w](std::exception_ptr thrown, std::error_code ec) {
                BOOST_TEST(!thrown);
                w.ended = ec;
            }));
    }

    std::shared_ptr<request> start_request(faceki::boot_clock::duration limit = std::chrono::seconds{60},
                                           bool throws_if_cancelled = true)
    {
        auto r = std::make_shared<request>(time->now() + limit);
        asio::co_spawn(
            *io, ask(*source, r, throws_if_cancelled),
            asio::bind_cancellation_slot(r->cancel.slot(), [](std::exception_ptr thrown) { BOOST_TEST(!thrown); }));
        return r;
    }

    std::error_code warm(faceki::boot_clock::duration limit = std::chrono::seconds{60})
    {
        warm_up w;
        start(w, limit);
        run();
        return w.ended.value();
    }

    std::shared_ptr<request> ask()
    {
        auto r = start_request();
        run();
        return r;
    }

    void run()
    {
        io->run();
        io->restart();
    }

    /// Each up to its first wait: a peer that is fast changes nothing.
    void let_two_begin()
    {
        io->poll_one();
        io->poll_one();
    }

    /// Handles what is ready, then lets the endpoint work, until `condition` holds.
    bool run_until(const faceki::testing::mock_endpoint& endpoint, const std::function<bool()>& condition)
    {
        return endpoint.wait_until([&] {
            io->poll();
            io->restart();
            return condition();
        });
    }

    const std::shared_ptr<faceki::clock> time;
    std::shared_ptr<faceki::token_source> source;
    std::optional<asio::io_context> io{std::in_place, 1};

private:
    static asio::awaitable<void> ask(faceki::token_source& source, std::shared_ptr<request> r, bool throws_if_cancelled)
    {
        co_await asio::this_coro::throw_if_cancelled(throws_if_cancelled);
        faceki::grant_result result = co_await source.request_token(r->asks);
        r->result.emplace(std::move(result));
    }
};

inline faceki::client_config quiet(const faceki::testing::mock_endpoint& endpoint)
{
    faceki::client_config config = config_for(endpoint);
    config.credentials = faceki::credentials(client_id, client_secret);
    return config;
}

inline faceki::testing::mock_options silent_in_handshake()
{
    faceki::testing::mock_options options = with_our_credentials();
    options.stall_handshake = true;
    return options;
}

/// Made ready in advance: none of it is the request's time.
inline void check_reused(const scene::request& r)
{
    BOOST_TEST(!r.error());
    BOOST_TEST(r.asks.requests == 1);
    constexpr std::chrono::nanoseconds zero{0};
    const faceki::phase_times& phases = r.details().phases;
    BOOST_TEST((phases.dns == zero && phases.connect == zero && phases.tls == zero && phases.server > zero));
}

} // namespace faceki_test
