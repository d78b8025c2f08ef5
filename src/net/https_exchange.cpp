// Request out, answer in, and which failure it was when either broke off.
#include "net/https_exchange.hpp"

#include "crypto/secret.hpp"
#include "net/stream_io.hpp"
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

    if (response.complete() || response.error() == wire::http_error::malformed ||
        response.error() == wire::http_error::too_large) {
        if (response.complete())
            current_.log().reply_received(response.status(), response.body_size(), details.phases.server);
        const std::error_code code = classify(response, details);
        details.phases.parse = current_.now() - ended;
        co_return code;
    }
    const stream_failure why = current_.stream().failure();
    details.cause = why.cause;
    details.message = response.head_received() ? "the connection was lost in the middle of the answer: "
                                               : "the connection was lost before an answer came: ";
    details.message += why.text;
    co_return make_error_code(errc::connection_lost);
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
    io_result result{io_status::done, 0};
    while (!response.complete() && !response.failed()) {
        result = co_await read_some(current_, buffer.data(), read_size);
        if (result.status == io_status::aborted)
            break;
        if (result.status == io_status::done)
            response.feed(buffer.filled(result.size));
        else
            response.end_of_stream(result.status == io_status::end);
        if (response.head_received()) {
            details.kind = failure_kind::answered;
            details.http_status = response.status();
        }
        if (result.status != io_status::done)
            break;
    }
    if (response.complete()) {
        request_.received();
        reusable_ = response.reusable() && result.status == io_status::done;
    }
    co_return result;
}

std::error_code https_exchange::classify(wire::http_response& response, diagnostics& details)
{
    if (response.error() == wire::http_error::malformed) {
        details.message = "the answer is not valid HTTP/1.1";
        return errc::malformed_http;
    }
    if (response.error() == wire::http_error::too_large) {
        details.message =
            "the answer is larger than limits.max_header_bytes, max_header_fields, max_interim_responses or "
            "max_body_bytes allow";
        return errc::response_too_large;
    }
    const faceki::credentials& secrets = request_.credentials();
    reply_ =
        wire::read_token_reply(response.status(), response.body_data(), response.body_size(), response.body_capacity(),
                               terms_.token, {secrets.client_id(), secrets.client_secret()});
    if (!reply_.error)
        return {};
    details.message = std::move(reply_.message);
    details.response_code = reply_.response_code;
    details.status_code = reply_.status_code;
    details.server_message = std::move(reply_.server_message);
    return *reply_.error;
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
