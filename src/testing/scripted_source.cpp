// The script, and a coroutine that plays one entry of it.
#include <faceki/testing/scripted_source.hpp>

#include <deque>
#include <list>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "testing/bell.hpp"
#include "testing/in_flight_guard.hpp"

namespace faceki::testing {

namespace {

enum class kind { grant, fail, hold, hold_stubbornly, throw_exception };

struct entry {
    kind what = kind::grant;
    std::string token;
    std::chrono::milliseconds lifetime = std::chrono::hours{1};
    std::chrono::milliseconds latency{0};
    std::error_code code;
    bool sent = true;
};

} // namespace

struct scripted_source::state {
    mutable std::mutex mutex;
    std::shared_ptr<clock> time;
    std::deque<entry> script;
    std::list<std::weak_ptr<bell>> held;
    std::size_t requests = 0;
    std::size_t in_flight = 0;
    std::size_t most_in_flight = 0;
    std::size_t cancelled = 0;
    std::string last_client_id;
    bool closed = false;

    /// `b` is among the held ones as soon as the request is counted: who has seen the count may call release().
    entry next_entry(std::string_view client_id, const std::shared_ptr<bell>& b)
    {
        const std::scoped_lock lock(mutex);
        ++requests;
        most_in_flight = std::max(most_in_flight, ++in_flight);
        last_client_id = client_id;
        entry e;
        if (!script.empty()) {
            e = std::move(script.front());
            script.pop_front();
        }
        if (e.token.empty())
            e.token = "token-" + std::to_string(requests);
        if (e.what == kind::hold || e.what == kind::hold_stubbornly)
            held.push_back(b);
        return e;
    }
};

scripted_source::scripted_source(std::shared_ptr<clock> time) : state_(std::make_shared<state>())
{
    state_->time = time ? std::move(time) : system_boot_clock();
}

scripted_source::~scripted_source() = default;

scripted_source& scripted_source::grant(std::string token, std::chrono::milliseconds lifetime,
                                        std::chrono::milliseconds latency)
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({kind::grant, std::move(token), lifetime, latency, {}, true});
    return *this;
}

scripted_source& scripted_source::fail(std::error_code code, std::chrono::milliseconds latency, bool sent)
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({kind::fail, {}, {}, latency, code, sent});
    return *this;
}

scripted_source& scripted_source::hold()
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({kind::hold, {}, std::chrono::hours{1}, {}, {}, true});
    return *this;
}

scripted_source& scripted_source::hold_stubbornly()
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({kind::hold_stubbornly, {}, std::chrono::hours{1}, {}, {}, true});
    return *this;
}

scripted_source& scripted_source::throw_exception()
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({kind::throw_exception, {}, {}, {}, {}, true});
    return *this;
}

void scripted_source::release()
{
    std::list<std::weak_ptr<bell>> held;
    {
        const std::scoped_lock lock(state_->mutex);
        held.swap(state_->held);
    }
    for (const auto& weak : held)
        if (const auto b = weak.lock())
            b->ring_from_anywhere();
}

std::size_t scripted_source::requests() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->requests;
}

std::size_t scripted_source::in_flight() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->in_flight;
}

std::size_t scripted_source::most_in_flight() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->most_in_flight;
}

std::size_t scripted_source::cancelled() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->cancelled;
}

std::string scripted_source::last_client_id() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->last_client_id;
}

bool scripted_source::closed() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->closed;
}

void scripted_source::close() noexcept
{
    const std::scoped_lock lock(state_->mutex);
    state_->closed = true;
}

asio::awaitable<grant_result> scripted_source::request_token(grant_request& request)
{
    const auto s = state_;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto answer = std::make_shared<bell>(executor);
    entry e = s->next_entry(request.credentials().client_id(), answer);
    const in_flight_guard<state> guard(s);
    if (e.what == kind::throw_exception)
        throw std::runtime_error("scripted exception");
    if (e.sent)
        request.sent();

    const bool stubborn = e.what == kind::hold_stubbornly;
    if (stubborn || e.what == kind::hold || e.latency > std::chrono::milliseconds{0}) {
        if (stubborn)
            co_await asio::this_coro::throw_if_cancelled(false);
        std::unique_ptr<alarm> latency;
        if (e.latency > std::chrono::milliseconds{0}) {
            latency = s->time->make_alarm(executor);
            latency->arm(s->time->now() + e.latency, [answer] { answer->ring(); });
        }
        bool rung = co_await answer->wait();
        while (!rung && stubborn)
            rung = co_await answer->wait();
        if (!rung) {
            {
                const std::scoped_lock lock(s->mutex);
                ++s->cancelled;
            }
            co_return grant_result::failed(asio::error::operation_aborted, {});
        }
    }
    if (e.what == kind::fail) {
        diagnostics details;
        details.message = "scripted failure";
        details.kind = e.sent ? failure_kind::answered : failure_kind::not_sent;
        co_return grant_result::failed(e.code, std::move(details));
    }
    request.received();
    co_return grant_result::granted(std::move(e.token), e.lifetime);
}

} // namespace faceki::testing
