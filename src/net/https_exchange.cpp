// Request out, answer in, and which failure it was when either broke off.
#include "net/https_exchange.hpp"

#include "crypto/secret.hpp"
#include "net/stream_io.hpp"
#include "wire/answer.hpp"
#include "wire/token_request.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

constexpr std::size_t read_size = 16 * 1024; // the largest TLS record

/// A buffer for answers: on the heap, since a coroutine frame of this size is never recycled; wiped, since it holds a
/// token.
class receive_buffer {
public:
    receive_buffer() : data_(std::make_unique_for_overwrite<char[]>(read_size)) {}
    ~receive_buffer() { crypto::wipe(data_.get(), used_); }
    receive_buffer(const receive_buffer&) = delete;
    receive_buffer& operator=(const receive_buffer&) = delete;

    char* data() noexcept { return data_.get(); }
    std::string_view filled(std::size_t size) noexcept
    {
        used_ = std::max(used_, size);
        return {data_.get(), size};
    }

private:
    std::unique_ptr<char[]> data_;
    std::size_t used_ = 0;
};

} // namespace

https_exchange::~https_exchange()
{
    crypto::wipe(reply_.token);
}

asio::awaitable<std::error_code> https_exchange::run(diagnostics& details)
{
    current_.doing = "answer";
    if (current_.stopped())
        co_return asio::error::operation_aborted; // before sent() says what would not be true
    wire::http_response response(terms_.http);
    const auto started = current_.now();
    io_result result = co_await send(details);
    if (result.status == io_status::done)
        result = co_await receive(response, details);
    const auto ended = current_.now();
    details.phases.server = ended - started;
    if (result.status == io_status::aborted)
        co_return asio::error::operation_aborted;

    if (response.complete())
        current_.log().reply_received(response.status(), response.body_size(), details.phases.server);
    const std::error_code code = read(response, details);
    if (code != errc::connection_lost)
        details.phases.parse = current_.now() - ended;
    co_return code;
}

asio::awaitable<io_result> https_exchange::send(diagnostics& details)
{
    const faceki::credentials& secrets = request_.credentials();
    const crypto::scoped_secret bytes(wire::make_token_request(
        terms_.endpoint, secrets.client_id(), secrets.client_secret(), terms_.user_agent, terms_.place));
    details.requests_sent = 1;
    details.kind = failure_kind::sent_no_answer;
    request_.sent();
    const io_result result = co_await write_all(current_, *bytes);
    if (result.status == io_status::done)
        current_.log().request_sent(result.size);
    co_return result;
}

asio::awaitable<io_result> https_exchange::receive(wire::http_response& response, diagnostics& details)
{
    receive_buffer buffer;
    auto step = [this, &buffer] { return current_.stream().read(buffer.data(), read_size); };
    io_result result{io_status::done, 0};
    while (!response.complete() && !response.failed()) {
        result = try_once(current_, step);
        if (must_wait(result))
            result = co_await drive(current_, step, result);
        if (result.status == io_status::aborted)
            break;
        if (result.status == io_status::done)
            response.feed(buffer.filled(result.size));
        else
            response.end_of_stream(result.status == io_status::end);
        if (response.head_received() && details.kind != failure_kind::answered)
            wire::note_head(response, current_.wall_now(), details);
        if (result.status != io_status::done)
            break;
    }
    if (response.complete()) {
        request_.received();
        reusable_ = response.reusable() && result.status == io_status::done;
    }
    co_return result;
}

std::error_code https_exchange::read(wire::http_response& response, diagnostics& details)
{
    const faceki::credentials& secrets = request_.credentials();
    const stream_failure ended = response.complete() ? stream_failure{} : current_.stream().failure();
    const std::error_code code = wire::read_answer(
        response, {terms_.token, {secrets.client_id(), secrets.client_secret()}, ended.text}, reply_, details);
    if (code == errc::connection_lost)
        details.cause = ended.cause;
    return code;
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
