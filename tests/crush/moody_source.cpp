// One attempt after the other, each in its mood.
#include "crush/moody_source.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include "crush/token_text.hpp"
#include "testing/bell.hpp"

namespace faceki::crush {

moody_source::moody_source(std::uint64_t life, const plan& p, std::shared_ptr<faceki::clock> time,
                           std::shared_ptr<request_book> book, plant planted, std::uint64_t seed)
    : life_(life), plan_(p), clock_(std::move(time)), book_(std::move(book)), planted_(planted), dice_(seed, life, 'S')
{
}

moody_source::mood moody_source::next_mood()
{
    struct chance {
        mood what;
        std::size_t per_mille;
    };
    static constexpr chance bad_days[] = {
        {mood::unreachable, 40},  {mood::loses, 30},     {mood::unavailable, 25},  {mood::throttles, 8},
        {mood::throws_code, 4},   {mood::babbles, 4},    {mood::throws, 4},        {mood::rejects, 3},
        {mood::gives_nothing, 3}, {mood::gives_dead, 3}, {mood::has_no_memory, 3}, {mood::silent, 3},
    };
    if (plan_.trouble == 0)
        return mood::grants;
    std::size_t roll = dice_.below(1000) / plan_.trouble;
    // In real time a cool-down is a second during which everybody is refused: only what is tried again.
    const std::size_t kinds = plan_.real_time ? 3 : std::size(bad_days);
    for (std::size_t n = 0; n < kinds; ++n) {
        if (roll < bad_days[n].per_mille)
            return bad_days[n].what;
        roll -= bad_days[n].per_mille;
    }
    return mood::grants;
}

asio::awaitable<grant_result> moody_source::request_token(grant_request& request)
{
    const std::uint64_t generation = number_in(request.credentials().client_secret());
    const request_book::visit visit(*book_, request, generation, clock_->now());
    const bool stubborn = dice_.one_in(8);
    if (stubborn)
        co_await asio::this_coro::throw_if_cancelled(false);
    const mood m = next_mood();
    if (m == mood::unreachable) {
        if (!co_await think(stubborn))
            co_return grant_result::failed(asio::error::operation_aborted, {});
        co_return fail(visit, errc::connect_failed, failure_kind::not_sent);
    }

    visit.sends(clock_->now());
    request.sent();
    const auto sent = clock_->now();
    const bool goes_on = m == mood::silent ? co_await pause(10min, stubborn) : co_await think(stubborn);
    if (!goes_on)
        co_return grant_result::failed(asio::error::operation_aborted, {});
    if (m != mood::grants && m != mood::gives_dead && m != mood::silent)
        co_return misbehave(visit, m);

    const auto received = clock_->now();
    request.received();
    // Longer than any latency: else time that jumps would make it dead on arrival, and the client right to complain.
    auto expires_in = std::chrono::ceil<std::chrono::milliseconds>(plan_.latency + dice_.up_to(plan_.use));
    if (m == mood::gives_dead)
        expires_in = 0ms;
    token_text text;
    text.life = life_;
    text.number = ++grants_;
    text.generation = generation;
    text.latest_end = ticks(std::max(sent, clock_->now() - 1s) + expires_in);
    const auto now = clock_->now();
    text.returned = ticks(now);
    if (planted_ == plant::overlap)
        const request_book::visit another(*book_, &visit, request.deadline(), generation, now);
    if (m == mood::gives_dead)
        visit.fails(now);
    else
        visit.grants(received, planted_ == plant::early ? expires_in * 2 : expires_in, now);
    co_return grant_result::granted(text.text(), expires_in);
}

grant_result moody_source::fail(const request_book::visit& visit, std::error_code code, failure_kind kind, int status)
{
    diagnostics details;
    details.message = "the source is in a bad mood";
    details.kind = kind;
    details.http_status = status;
    if (code == errc::rate_limited && dice_.one_in(2))
        details.retry_after = 1s;
    visit.fails(clock_->now());
    return grant_result::failed(code, std::move(details));
}

grant_result moody_source::misbehave(const request_book::visit& visit, mood m)
{
    switch (m) {
    case mood::loses:
        return fail(visit, errc::connection_lost, failure_kind::sent_no_answer);
    case mood::unavailable:
        return fail(visit, errc::server_error, failure_kind::answered, 503);
    case mood::throttles:
        return fail(visit, errc::rate_limited, failure_kind::answered, 429);
    case mood::rejects:
        return fail(visit, errc::credentials_rejected, failure_kind::answered, 401);
    case mood::babbles:
        return fail(visit, errc::malformed_token, failure_kind::answered, 200);
    case mood::throws:
        visit.fails(clock_->now());
        throw std::runtime_error("the source is in a very bad mood");
    case mood::throws_code:
        visit.fails(clock_->now());
        throw std::system_error(std::make_error_code(std::errc::io_error));
    case mood::has_no_memory:
        visit.fails(clock_->now());
        throw std::bad_alloc();
    default:
        visit.fails(clock_->now());
        return grant_result::granted(dice_.one_in(2) ? "" : "not one word", 1h);
    }
}

/// At times at once, at times after some turns of its strand, a moment of real time, or the latency on the client's
/// clock. False if it was cancelled meanwhile and minds that.
asio::awaitable<bool> moody_source::think(bool stubborn)
{
    const auto executor = co_await asio::this_coro::executor;
    const std::size_t way = dice_.below(16);
    if (way == 0)
        co_return true;
    if (way == 1) {
        for (std::size_t turns = 1 + dice_.below(3); turns != 0; --turns)
            co_await asio::post(executor, asio::use_awaitable);
        co_return true;
    }
    if (way == 2 && !stubborn) {
        asio::steady_timer timer(executor, std::chrono::microseconds(dice_.below(100)));
        co_await timer.async_wait(asio::use_awaitable);
        co_return true;
    }
    co_return co_await pause(next_latency(), stubborn);
}

asio::awaitable<bool> moody_source::pause(boot_clock::duration span, bool stubborn)
{
    const auto executor = co_await asio::this_coro::executor;
    const auto ends = std::make_shared<testing::bell>(executor);
    const auto timer = clock_->make_alarm(executor);
    timer->arm(clock_->now() + span, [ends] { ends->ring(); });
    bool ended = co_await ends->wait();
    while (!ended && stubborn)
        ended = co_await ends->wait();
    co_return ended;
}

asio::awaitable<std::error_code> moody_source::warm_up(boot_clock::time_point)
{
    if (dice_.one_in(8))
        throw std::runtime_error("no connection today");
    co_await pause(next_latency(), false);
    co_return std::error_code{};
}

} // namespace faceki::crush
