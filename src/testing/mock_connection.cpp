// The reading coroutine never stops, so that a peer that leaves is noticed during a delay or a stall too.
#include "testing/mock_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/write.hpp>

namespace faceki::testing {
namespace {

using namespace std::chrono_literals;
using asio::redirect_error;
using asio::use_awaitable;

/// More than this waits in the kernel, or is refused: nobody pipelines that much.
constexpr std::size_t most_buffered = 4 * 1024 * 1024;

} // namespace

mock_connection::mock_connection(mock_hub& hub, asio::ip::tcp::socket socket, std::size_t number)
    : hub_(hub), socket_(std::move(socket)), wake_(socket_.get_executor()), number_(number)
{
    hub_.connections.insert(this);
}

mock_connection::~mock_connection()
{
    close_socket();
    hub_.connections.erase(this);
}

void mock_connection::close_socket()
{
    if (!std::exchange(open_, false))
        return;
    error_code ignored;
    socket_.close(ignored);
    hub_.state.connection_closed();
}

void mock_connection::wake()
{
    wake_.cancel();
}

asio::awaitable<void> mock_connection::pause(asio::steady_timer::time_point until)
{
    error_code ignored;
    wake_.expires_at(until);
    co_await wake_.async_wait(redirect_error(use_awaitable, ignored));
}

void mock_connection::abort()
{
    leaving_ = true;
    ended_ = true;
    close_socket();
    wake();
}

void mock_connection::close_if_idle(const std::shared_ptr<void>& done)
{
    if (answering_)
        return;
    closing_ = done;
    if (leaving_)
        return; // on its way out already
    if (established_)
        wake();
    else
        abort(); // no session yet in which a close_notify could be sent
}

asio::awaitable<std::size_t> mock_connection::read_some(char* buffer, std::size_t size, error_code& ec)
{
    if (tls_)
        co_return co_await tls_->async_read_some(asio::buffer(buffer, size), redirect_error(use_awaitable, ec));
    co_return co_await socket_.async_read_some(asio::buffer(buffer, size), redirect_error(use_awaitable, ec));
}

asio::awaitable<bool> mock_connection::write_all(std::string_view bytes)
{
    error_code ec;
    const auto data = asio::buffer(bytes.data(), bytes.size());
    if (bytes.empty())
        co_return true;
    if (tls_)
        co_await asio::async_write(*tls_, data, redirect_error(use_awaitable, ec));
    else
        co_await asio::async_write(socket_, data, redirect_error(use_awaitable, ec));
    co_return !ec;
}

asio::awaitable<void> mock_connection::keep_reading(std::shared_ptr<mock_connection> self)
{
    std::array<char, 8192> buffer;
    while (!self->leaving_ && self->received_.size() < most_buffered) {
        error_code ec;
        const std::size_t size = co_await self->read_some(buffer.data(), buffer.size(), ec);
        if (ec)
            break;
        self->received_.append(buffer.data(), size);
        self->hub_.state.bytes_received(size);
        self->wake();
    }
    self->ended_ = true;
    self->reading_ = false;
    self->wake();
}

asio::awaitable<bool> mock_connection::shake_hands()
{
    error_code ec;
    if (hub_.options.stall_handshake) {
        std::array<char, 4096> ignored;
        while (!ec)
            co_await socket_.async_read_some(asio::buffer(ignored), redirect_error(use_awaitable, ec));
        co_return false;
    }
    if (hub_.tls) {
        tls_.emplace(socket_, *hub_.tls);
        co_await tls_->async_handshake(asio::ssl::stream_base::server, redirect_error(use_awaitable, ec));
        if (ec)
            co_return false;
        facts_ = facts_of(tls_->native_handle());
    }
    established_ = open_;
    co_return established_;
}

asio::awaitable<void> mock_connection::serve(std::shared_ptr<mock_connection> self)
{
    if (!co_await self->shake_hands()) {
        self->close_socket();
        co_return;
    }
    self->reading_ = true;
    asio::co_spawn(self->socket_.get_executor(), keep_reading(self), asio::detached);
    // Not `while (go_on && co_await …)`: in the condition of a loop, g++ 12.2 awaits the right side of && whatever the
    // left side is.
    while (co_await self->next_request()) {
        self->answering_ = true;
        const http_request request = self->reader_.take();
        const bool go_on = co_await self->answer(request);
        self->answering_ = false;
        if (!go_on)
            break;
    }
    if (self->reader_.failed()) {
        const std::string body =
            R"({"status":false,"message":)" + quoted(self->reader_.problem()) + R"(,"statusCode":400,"data":{}})";
        const std::string bytes = make_response(400, "application/json", {}, true, body);
        co_await self->write_all(bytes);
    }
    co_await self->end(self);
}

asio::steady_timer::time_point mock_connection::end_of_patience() const
{
    const auto limit = hub_.options.close_idle_after;
    return limit > 0ms ? asio::steady_timer::clock_type::now() + std::min<std::chrono::milliseconds>(limit, 24h)
                       : asio::steady_timer::time_point::max();
}

/// False when there will be none.
asio::awaitable<bool> mock_connection::next_request()
{
    for (;;) {
        if (closing_)
            co_return false;
        if (reader_.feed(received_))
            co_return true;
        if (reader_.failed() || ended_)
            co_return false;
        if (reader_.take_expectation()) {
            const bool written = co_await write_all("HTTP/1.1 100 Continue\r\n\r\n");
            if (!written)
                co_return false;
            continue; // the body may have come meanwhile
        }
        const auto until = end_of_patience();
        const std::size_t had = received_.size();
        co_await pause(until);
        if (received_.size() == had && asio::steady_timer::clock_type::now() >= until)
            co_return false;
    }
}

asio::awaitable<bool> mock_connection::answer(const http_request& request)
{
    // The request is complete now: this instant decides, whatever comes later.
    const boot_clock::time_point arrival = endpoint_now();
    const route to = route_of(request.target, hub_.options.base_path);
    if (to.leads_to == route::token)
        co_return co_await answer_token_request(request, arrival);
    const std::string bytes = answer_at_once(request, to, arrival);
    const bool written = co_await write_all(bytes);
    if (!written)
        co_return false;
    co_return request.keep_alive();
}

std::string mock_connection::answer_at_once(const http_request& request, const route& to,
                                            boot_clock::time_point arrival)
{
    constexpr const char* json = "application/json";
    const bool close = !request.keep_alive();
    if (to.leads_to == route::stats)
        return make_response(200, json, {}, close,
                             to.client_id ? hub_.state.stats_of(*to.client_id) : hub_.state.stats());
    if (hub_.state.api_called(bearer_of(request), arrival))
        return make_response(200, json, {}, close, R"({"responseCode":0,"data":{"ok":true}})");
    return make_response(401, json, {}, close,
                         R"({"status":false,"message":"Unauthorized","statusCode":401,"data":{}})");
}

recorded_request mock_connection::record(const http_request& request, const std::string& shape_problem) const
{
    recorded_request seen;
    seen.method = request.method;
    seen.target = request.target;
    seen.fields = request.fields;
    seen.body = request.body;
    seen.sni = facts_.sni;
    seen.tls_version = facts_.version;
    seen.alpn = facts_.alpn;
    seen.resumed = facts_.resumed;
    seen.connection = number_;
    seen.shape_problem = shape_problem;
    return seen;
}

asio::awaitable<bool> mock_connection::answer_token_request(const http_request& request, boot_clock::time_point arrival)
{
    const token_request_shape shape = inspect_token_request(request, hub_.token_target);
    const planned_reply plan = hub_.state.token_requested(record(request, shape.problem), shape, arrival);
    if (plan.wait > 0ms) {
        const auto until = asio::steady_timer::clock_type::now() + std::min<std::chrono::milliseconds>(plan.wait, 24h);
        while (!ended_ && asio::steady_timer::clock_type::now() < until)
            co_await pause(until);
        if (ended_)
            co_return false; // nobody is there to take a token
    }
    const bool close = !request.keep_alive();
    const std::string bytes = hub_.state.issue(plan, close);
    const mock_reply& reply = plan.reply;
    const std::size_t size = std::min({bytes.size(), reply.cut_after, reply.stall_after});
    const bool written = co_await write_all(std::string_view(bytes).substr(0, size));
    if (!written)
        co_return false;
    if (reply.stall_after != mock_reply::npos && reply.stall_after <= reply.cut_after) {
        while (!ended_)
            co_await pause();
        co_return false;
    }
    if (reply.cut_after != mock_reply::npos) {
        abort();
        co_return false;
    }
    co_return !close && !reply.close_notify;
}

/// Ends what is still open with close_notify and FIN. Never waits for the peer's own.
asio::awaitable<void> mock_connection::end(std::shared_ptr<mock_connection> self)
{
    error_code ec;
    leaving_ = true;
    socket_.cancel(ec);
    while (reading_)
        co_await pause();
    if (tls_ && open_) {
        // async_shutdown() wants to read the peer's close_notify: let it find the end of the stream.
        socket_.shutdown(asio::ip::tcp::socket::shutdown_receive, ec);
        wake_.expires_after(200ms); // a peer that does not read may keep even these few bytes from leaving
        wake_.async_wait([self](const error_code& failed) {
            if (!failed)
                self->close_socket();
        });
        co_await tls_->async_shutdown(redirect_error(use_awaitable, ec));
        wake();
    }
    close_socket();
}

} // namespace faceki::testing
