// One request from connecting to its end, as its plan says.
#include "model/random_source.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/error.hpp>
#include <asio/this_coro.hpp>
#include <faceki/error.hpp>

#include "model/random.hpp"

namespace faceki::model {

using namespace std::chrono_literals;

struct random_source::plan {
    duration connecting{};
    duration answering{};
    duration reading{}; ///< between received() and the coroutine's end
    bool held = false;
    bool stubborn = false;
    bool yields = false; ///< a stubborn one, once it was cancelled: ends as cancelled all the same, only late
    bool says_sent = true;
    bool says_received = true;
    bool sends_again = false; ///< the connection was gone: the same request on another one
    enum { grant, fail, system_error, runtime_error, no_memory } how = grant;
    fact result{};
};

/// Notes the request's end, also when its coroutine is destroyed.
class random_source::request_guard {
public:
    request_guard(random_source& source, std::uint32_t number) : source_(source), number_(number)
    {
        ++source_.running_;
    }
    ~request_guard()
    {
        --source_.running_;
        if (!ended_)
            ends({.error = asio::error::operation_aborted});
    }
    request_guard(const request_guard&) = delete;
    request_guard& operator=(const request_guard&) = delete;

    void note(fact_kind what) { source_.log_.note({.what = what, .request = number_}); }
    void cancelled()
    {
        if (!std::exchange(told_, true))
            note(fact_kind::request_cancelled);
    }
    bool was_cancelled() const noexcept { return told_; }
    void ends(fact result)
    {
        ended_ = true;
        result.what = fact_kind::request_ended;
        result.request = number_;
        source_.log_.note(result);
    }

private:
    random_source& source_;
    const std::uint32_t number_;
    bool told_ = false;
    bool ended_ = false;
};

class random_source::warm_up_guard {
public:
    explicit warm_up_guard(random_source& source) : source_(source)
    {
        ++source_.running_;
        source_.log_.note({.what = fact_kind::warm_up_began});
    }
    ~warm_up_guard()
    {
        --source_.running_;
        source_.log_.note({.what = fact_kind::warm_up_ended});
    }
    warm_up_guard(const warm_up_guard&) = delete;
    warm_up_guard& operator=(const warm_up_guard&) = delete;

private:
    random_source& source_;
};

namespace {

constexpr std::array not_sent_errors = {errc::resolve_failed, errc::connect_failed, errc::tls_failed, errc::timed_out,
                                        errc::proxy_refused};
constexpr std::array lost_errors = {errc::connection_lost, errc::connection_lost, errc::timed_out,
                                    errc::malformed_http};

struct refusal {
    errc code;
    int status;
};
constexpr std::array refusals = {
    refusal{errc::server_error, 503}, refusal{errc::server_error, 500},       refusal{errc::rate_limited, 429},
    refusal{errc::server_error, 408}, refusal{errc::unexpected_status, 404},  refusal{errc::malformed_token, 200},
    refusal{errc::server_error, 200}, refusal{errc::connection_lost, 502},    refusal{errc::connection_lost, 200},
    refusal{errc::server_error, 0},   refusal{errc::response_too_large, 200}, refusal{errc::rate_limited, 0}};
constexpr std::array<duration, 7> retry_afters = {0s, 1s, 3s, 10s, 60s, 2h, 24h * 365};

duration up_to(duration most, random_engine& random)
{
    return duration{static_cast<duration::rep>(random.below(static_cast<std::uint64_t>(most.count()) + 1))};
}

/// To the millisecond: what a source gives has no finer unit.
duration random_lifetime(duration most, random_engine& random)
{
    const duration any = random.happens(1, 2) ? most : std::max<duration>(1ms, up_to(most, random));
    return std::chrono::duration_cast<std::chrono::milliseconds>(any);
}

} // namespace

random_source::plan random_source::next_plan(std::uint32_t number)
{
    random_engine random(derived_seed(seed_, number));
    const endpoint_mood& m = settings_.mood;
    plan p;
    const auto latency = [&]() -> duration {
        if (random.happens(1, 3))
            return 0ms;
        return up_to(random.happens(1, 20) ? settings_.told.flight_deadline * 2 : m.latency, random);
    };
    p.connecting = random.happens(1, 2) ? 0ms : latency();
    p.answering = latency();
    p.reading = random.happens(1, 5) ? latency() : 0ms;
    p.held = random.happens(m.held, 100);
    p.stubborn = random.happens(m.stubborn, 100);
    if (m.lingering)
        p.held = p.stubborn = number % 4 == 1;
    p.yields = random.happens(m.yields, 100);
    p.says_sent = random.happens(9, 10);
    p.says_received = random.happens(4, 5);
    p.sends_again = random.happens(1, 10);

    fact& r = p.result;
    const std::uint32_t weights[] = {m.grants, m.dead_grants, m.reissues, m.not_sent,
                                     m.lost,   m.refused,     m.rejected, m.throws};
    std::uint64_t which = 0;
    for (const std::uint32_t w : weights)
        which += w;
    which = random.below(which);
    std::size_t row = 0;
    for (; which >= weights[row]; ++row)
        which -= weights[row];
    if (random.happens(1, 4))
        r.retry_after = random.one_of(retry_afters);
    switch (row) {
    case 0:
    case 1:
    case 2:
        r.retry_after.reset();
        r.expires_in = row == 1 ? -1ms * static_cast<int>(random.below(3)) : random_lifetime(m.lifetime, random);
        r.token = row == 2 && last_token_ != 0 ? last_token_ : ++last_token_;
        break;
    case 3:
        p.how = plan::fail;
        r.kind = failure_kind::not_sent;
        r.error = random.one_of(not_sent_errors);
        r.retry_after.reset();
        break;
    case 4:
        p.how = plan::fail;
        r.kind = failure_kind::sent_no_answer;
        r.error = random.one_of(lost_errors);
        r.retry_after.reset();
        break;
    case 5: {
        p.how = plan::fail;
        const refusal& chosen = random.one_of(refusals);
        r.kind = random.happens(1, 8) ? failure_kind::none : failure_kind::answered;
        r.error = chosen.code;
        r.http_status = chosen.status;
        break;
    }
    case 6:
        p.how = plan::fail;
        r.kind = failure_kind::answered;
        r.error = errc::credentials_rejected;
        r.http_status = 401;
        break;
    default:
        p.how = random.one_of(std::array{plan::system_error, plan::runtime_error, plan::no_memory});
        r.retry_after.reset();
        r.error = p.how == plan::system_error    ? make_error_code(errc::connect_failed)
                  : p.how == plan::runtime_error ? make_error_code(errc::malformed_token)
                                                 : std::make_error_code(std::errc::not_enough_memory);
        break;
    }
    return p;
}

/// `held`: the request's number, if it waits for reply(). False = cancelled; a stubborn one waits on.
asio::awaitable<bool> random_source::wait(duration latency, std::uint32_t held, bool stubborn, request_guard* guard)
{
    if (latency <= duration{0} && held == 0)
        co_return true;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto answer = std::make_shared<testing::bell>(executor);
    std::unique_ptr<alarm> timer;
    if (held != 0) {
        held_.push_back({held, answer});
    } else {
        timer = clock_->make_alarm(executor);
        timer->arm(clock_->now() + latency, [answer] { answer->ring(); });
    }
    bool rung = false;
    while (!rung) {
        rung = co_await answer->wait();
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() == asio::cancellation_type::none)
            continue;
        if (guard)
            guard->cancelled();
        if (!stubborn) {
            std::erase_if(held_, [&](const held_request& h) { return h.answer == answer; });
            co_return false;
        }
        co_await asio::this_coro::reset_cancellation_state();
    }
    co_return true;
}

grant_result random_source::give_up(request_guard& guard)
{
    guard.ends({.error = asio::error::operation_aborted});
    return grant_result::failed(asio::error::operation_aborted, {});
}

asio::awaitable<grant_result> random_source::request_token(grant_request& request)
{
    const std::uint32_t number = ++requests_;
    const plan p = next_plan(number);
    request_guard guard(*this, number);
    const std::string_view client_id = request.credentials().client_id(); // "id-<generation>"
    std::uint32_t generation = 0;
    std::from_chars(client_id.data() + 3, client_id.data() + client_id.size(), generation);
    log_.note({.what = fact_kind::request_began,
               .request = number,
               .flight = flight_,
               .generation = generation,
               .deadline = request.deadline()});
    co_await asio::this_coro::throw_if_cancelled(false);

    const bool leaves = p.says_sent && (p.how == plan::grant || p.result.kind != failure_kind::not_sent);
    if (!co_await wait(p.connecting, 0, p.stubborn, &guard))
        co_return give_up(guard);
    if (leaves) {
        request.sent();
        guard.note(fact_kind::request_sent);
    }
    if (leaves && p.sends_again) {
        if (!co_await wait(p.answering / 2, 0, p.stubborn, &guard))
            co_return give_up(guard);
        request.sent();
        guard.note(fact_kind::request_sent);
    }
    if (!co_await wait(p.answering, p.held && holds_ ? number : 0, p.stubborn, &guard))
        co_return give_up(guard);
    if (p.says_received && p.how == plan::grant) {
        request.received();
        guard.note(fact_kind::response_received);
        if (!co_await wait(p.reading, 0, p.stubborn, &guard))
            co_return give_up(guard);
    }
    if (p.yields && guard.was_cancelled())
        co_return give_up(guard);

    guard.ends(p.result);
    switch (p.how) {
    case plan::grant:
        co_return grant_result::granted("t" + std::to_string(p.result.token),
                                        std::chrono::duration_cast<std::chrono::milliseconds>(p.result.expires_in));
    case plan::fail:
        break;
    case plan::system_error:
        throw std::system_error(p.result.error);
    case plan::runtime_error:
        throw std::runtime_error("as planned");
    case plan::no_memory:
        throw std::bad_alloc();
    }
    diagnostics details;
    details.kind = p.result.kind;
    details.http_status = p.result.http_status;
    if (p.result.retry_after)
        details.retry_after = std::chrono::duration_cast<std::chrono::seconds>(*p.result.retry_after);
    co_return grant_result::failed(p.result.error, std::move(details));
}

asio::awaitable<std::error_code> random_source::warm_up(boot_clock::time_point)
{
    random_engine random(derived_seed(seed_, ++warm_ups_ + (1ULL << 32)));
    const warm_up_guard guard(*this);
    const duration latency = random.happens(1, 2) ? 0ms : up_to(settings_.mood.latency, random);
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!co_await wait(latency, 0, false, nullptr))
        co_return make_error_code(std::errc::operation_canceled);
    if (random.happens(1, 8))
        throw std::runtime_error("as planned");
    co_return random.happens(1, 4) ? make_error_code(errc::connect_failed) : std::error_code{};
}

void random_source::reply(std::uint64_t which)
{
    if (held_.empty())
        return;
    const auto chosen = held_.begin() + static_cast<std::ptrdiff_t>(which % held_.size());
    const std::shared_ptr<testing::bell> answer = chosen->answer;
    held_.erase(chosen);
    answer->ring_from_anywhere();
}

void random_source::hold_no_more()
{
    holds_ = false;
    while (!held_.empty())
        reply(0);
}

} // namespace faceki::model
