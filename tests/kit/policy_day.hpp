// A day with a call every second, written down by the endpoint, and what the vendor's policy says about such a day.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <faceki/testing/world.hpp>

namespace faceki_test {

using namespace std::chrono_literals;
using span = faceki::boot_clock::duration; ///< since the world was made

inline constexpr span day = 24h;

/// What the endpoint does with one attempt.
struct answer {
    enum kind { grants, unavailable, loses, refuses, asks_to_come_later };
    kind what = grants;
    std::chrono::seconds retry_after{0};
};

/// One attempt as the endpoint saw it.
struct attempt {
    answer got;
    span began{};
    std::optional<span> ended; ///< empty = it is under way, or was given up
};

/// Stands in front of a world's endpoint: chooses what becomes of each attempt, and writes it down.
class record final : public faceki::token_source {
public:
    explicit record(faceki::testing::world& w) : world_(w) {}

    asio::awaitable<faceki::grant_result> request_token(faceki::grant_request& request) override
    {
        const answer next = choose ? choose() : answer{};
        script(next);
        const std::size_t number = attempts.size();
        attempts.push_back({next, world_.elapsed(), std::nullopt});
        faceki::grant_result result = co_await world_.endpoint.request_token(request);
        attempts[number].ended = world_.elapsed();
        co_return result;
    }

    asio::awaitable<std::error_code> warm_up(faceki::boot_clock::time_point) override
    {
        warming = true;
        co_await world_.sleep_for(1500ms);
        warming = false;
        co_return std::error_code{};
    }

    /// Whether the last token that was granted may be used at `now`: it lives at least this long wherever on its way
    /// the endpoint made it, within the uncertainty of 1 s.
    bool lives(span now, span lifetime) const
    {
        const auto granted = std::find_if(attempts.rbegin(), attempts.rend(),
                                          [](const attempt& a) { return a.got.what == answer::grants && a.ended; });
        return granted != attempts.rend() && now < std::max(granted->began, *granted->ended - 1s) + lifetime;
    }

    /// When requests left, those included that never arrived.
    std::vector<span> departures() const
    {
        std::vector<span> all;
        for (const attempt& a : attempts)
            all.push_back(a.began);
        return all;
    }
    /// How many attempts began in [from, to).
    std::size_t between(span from, span to) const
    {
        return static_cast<std::size_t>(std::count_if(
            attempts.begin(), attempts.end(), [&](const attempt& a) { return a.began >= from && a.began < to; }));
    }

    std::function<answer()> choose; ///< empty = grants
    std::vector<attempt> attempts;
    bool warming = false;

private:
    void script(const answer& next)
    {
        switch (next.what) {
        case answer::grants:
            break; // what the endpoint does without a script
        case answer::unavailable:
            world_.endpoint.fail(503);
            break;
        case answer::loses:
            world_.endpoint.lose();
            break;
        case answer::refuses:
            world_.endpoint.refuse();
            break;
        case answer::asks_to_come_later:
            world_.endpoint.try_later(429, next.retry_after);
            break;
        }
    }

    faceki::testing::world& world_;
};

/// A client that is asked at each whole second since `first_call`, whether earlier calls have ended or not. Each token
/// is presented to the API at the instant it is handed out.
class service_day {
public:
    struct options {
        std::chrono::milliseconds lifetime = 1h;
        std::chrono::milliseconds latency = 50ms;
        span first_call = 1s;
        std::uint64_t seed = 1;
    };

    explicit service_day(const options& with) : w(with.seed), first_call_(with.first_call), lifetime_(with.lifetime)
    {
        w.endpoint.set_lifetime(with.lifetime).set_latency(with.latency);
        w.config.source = seen = std::make_shared<record>(w);
        client.emplace(w.executor(), w.config);
        w.spawn(run());
    }

    faceki::testing::world w;
    std::shared_ptr<record> seen;
    std::optional<faceki::client> client;
    std::size_t calls = 0;
    std::size_t served = 0;
    std::size_t failed = 0;
    std::size_t refused = 0; ///< by the API
    std::size_t stale = 0;   ///< handed out later than the client may be sure of
    span longest_wait{};

private:
    asio::awaitable<void> run()
    {
        co_await w.sleep_for(first_call_);
        for (;; co_await w.sleep_for(1s)) {
            ++calls;
            w.spawn(call());
        }
    }

    asio::awaitable<void> call()
    {
        const span called = w.elapsed();
        const faceki::token_result token = co_await client->try_token();
        longest_wait = std::max(longest_wait, w.elapsed() - called);
        ++(token ? served : failed);
        if (!token)
            co_return;
        refused += w.endpoint.api_status(token.token()) == 200 ? 0 : 1;
        stale += seen->lives(w.elapsed(), lifetime_) ? 0 : 1;
    }

    span first_call_;
    span lifetime_;
};

/// The first of the calls (each second from `first_call` on) that comes at `when` or later.
inline span call_at_or_after(span when, span first_call)
{
    return std::max(first_call, first_call + std::chrono::ceil<std::chrono::seconds>(when - first_call));
}

/// The instant of the next request after a token: the first call that finds it dead starts it, or, where that call
/// comes in the gap between the two deadlines, the end of the gap.
inline span next_after_grant(span sent, span received, span lifetime, span first_call)
{
    const span dead = std::max(sent, received - 1s) + lifetime;
    const span allowed = received + lifetime;
    return std::max(allowed, call_at_or_after(dead, first_call));
}

/// When requests leave on a day without failures.
inline std::vector<span> planned_departures(const service_day::options& o, span until)
{
    std::vector<span> all;
    for (span t = o.first_call; t <= until; t = next_after_grant(t, t + o.latency, o.lifetime, o.first_call))
        all.push_back(t);
    return all;
}

} // namespace faceki_test
