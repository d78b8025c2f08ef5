// The script's fluent interface, and the coroutine that plays one entry of it.
#include <faceki/testing/scripted_endpoint.hpp>

#include <utility>

#include "testing/endpoint_script.hpp"
#include "testing/in_flight_guard.hpp"

namespace faceki::testing {
scripted_endpoint::scripted_endpoint(std::shared_ptr<faceki::clock> time)
    : state_(std::make_shared<state>(std::move(time)))
{
}

scripted_endpoint::~scripted_endpoint() = default;

scripted_endpoint& scripted_endpoint::grant(std::string token, std::chrono::milliseconds lifetime, latency after)
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({scripted::grant, std::move(token), lifetime, after});
    return *this;
}

scripted_endpoint& scripted_endpoint::fail(int status, latency after)
{
    return reply(status, {}, after);
}

scripted_endpoint& scripted_endpoint::try_later(int status, std::chrono::seconds retry_after, latency after)
{
    return raw(http_reply(status, {}, "Retry-After: " + std::to_string(retry_after.count()) + "\r\n"), after);
}

scripted_endpoint& scripted_endpoint::reply(int status, std::string body, latency after)
{
    return raw(http_reply(status, body), after);
}

scripted_endpoint& scripted_endpoint::raw(std::string bytes, latency after)
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({scripted::bytes, std::move(bytes), {}, after});
    return *this;
}

scripted_endpoint& scripted_endpoint::lose(latency after)
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({scripted::lose, {}, {}, after});
    return *this;
}

scripted_endpoint& scripted_endpoint::refuse(latency after)
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({scripted::refuse, {}, {}, after});
    return *this;
}

scripted_endpoint& scripted_endpoint::hold()
{
    const std::scoped_lock lock(state_->mutex);
    state_->script.push_back({scripted::hold, {}, {}, {}});
    return *this;
}

void scripted_endpoint::release()
{
    std::vector<std::weak_ptr<bell>> held;
    {
        const std::scoped_lock lock(state_->mutex);
        held.swap(state_->held);
    }
    for (const auto& weak : held)
        if (const auto answer = weak.lock())
            answer->ring_from_anywhere();
}

scripted_endpoint& scripted_endpoint::set_lifetime(std::chrono::milliseconds lifetime)
{
    const std::scoped_lock lock(state_->mutex);
    state_->usual_lifetime = lifetime;
    return *this;
}

scripted_endpoint& scripted_endpoint::set_latency(std::chrono::milliseconds usual)
{
    const std::scoped_lock lock(state_->mutex);
    state_->usual_latency = usual;
    return *this;
}

std::size_t scripted_endpoint::requests() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->requests;
}

std::size_t scripted_endpoint::early() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->early;
}

std::size_t scripted_endpoint::in_flight() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->in_flight;
}

std::size_t scripted_endpoint::most_in_flight() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->most_in_flight;
}

std::size_t scripted_endpoint::cancelled() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->cancelled;
}

int scripted_endpoint::api_status(const access_token& token)
{
    return token && state_->accepts(token.value()) ? 200 : 401;
}

std::size_t scripted_endpoint::presented() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->presented;
}

std::size_t scripted_endpoint::dead() const
{
    const std::scoped_lock lock(state_->mutex);
    return state_->dead;
}

void scripted_endpoint::revoke_all()
{
    state_->revoke_all();
}

asio::awaitable<grant_result> scripted_endpoint::request_token(grant_request& request)
{
    return play(state_, request);
}

asio::awaitable<grant_result> scripted_endpoint::play(std::shared_ptr<state> s, grant_request& request)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto answer = std::make_shared<bell>(executor);
    const auto started = s->time->now();
    diagnostics details;
    details.attempt = 1;
    details.kind = failure_kind::not_sent;
    const scripted_request entry = s->depart(request.credentials().client_id(), answer);
    const in_flight_guard<state> guard(s);
    const bool sent = entry.what != scripted::refuse;
    if (sent) {
        details.requests_sent = 1;
        details.kind = failure_kind::sent_no_answer;
        request.sent();
    }

    bool answered = true;
    if (entry.what == scripted::hold) {
        answered = co_await answer->wait();
    } else if (entry.after > std::chrono::milliseconds{0}) {
        const std::unique_ptr<alarm> latency_over = s->time->make_alarm(executor);
        latency_over->arm(started + entry.after, [answer] { answer->ring(); });
        answered = co_await answer->wait();
    }
    (sent ? details.phases.server : details.phases.connect) = s->time->now() - started;
    if (!answered) {
        const std::scoped_lock lock(s->mutex);
        ++s->cancelled;
        details.message = "cancelled";
        co_return grant_result::failed(asio::error::operation_aborted, std::move(details));
    }
    if (!sent) {
        details.cause = asio::error::connection_refused;
        details.message = "no connection to the endpoint: " + details.cause.message();
        co_return grant_result::failed(errc::connect_failed, std::move(details));
    }
    // A lost connection is a reply without bytes.
    grant_result result = read_reply(entry.bytes, s->time->wall_now(), request, std::move(details));
    if (result)
        s->granted(request.credentials().client_id(), result.value(), result.expires_in());
    co_return result;
}

} // namespace faceki::testing
