// Resolve, connect, tunnel, handshake, in that order and within one deadline.
#include "net/connector.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "crypto/secret.hpp"
#include "net/resolver.hpp"
#include "net/stream_io.hpp"
#include "wire/token_request.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

connector::~connector()
{
    if (route_.via)
        crypto::wipe(route_.via->basic_credentials);
}

asio::awaitable<std::error_code> connector::connect(attempt& current, boot_clock::time_point deadline,
                                                    diagnostics& details) const
{
    const std::string& host = route_.via ? route_.via->host : route_.dialled.host;
    const std::uint16_t port = route_.via ? route_.via->port : route_.dialled.port;

    const auto started = current.now();
    current.doing = "answer from the name service";
    current.limit(deadline);
    std::vector<asio::ip::tcp::endpoint> addresses;
    std::error_code code = co_await resolve(current, host, port, addresses, details);
    const auto resolved = current.now();
    details.phases.dns = resolved - started;
    if (code)
        co_return code;
    current.log().resolved(host, addresses.size(), resolved - started);
    if (!route_.tls) {
        // The name says loopback; the name service may not.
        std::erase_if(addresses, [](const asio::ip::tcp::endpoint& e) { return !e.address().is_loopback(); });
        if (addresses.empty()) {
            details.message = "plain http is spoken to a loopback address only, and the host name has none";
            co_return make_error_code(errc::resolve_failed);
        }
    }

    current.doing = "TCP connection";
    code = co_await connect_tcp(current, addresses, deadline, details);
    if (!code && route_.via) {
        current.doing = "tunnel through the proxy";
        code = co_await open_tunnel(current, details);
    }
    const auto connected = current.now();
    details.phases.connect = connected - resolved;
    if (!code && route_.via)
        current.log().tunnel_stands(connected - resolved);
    if (code || !route_.tls)
        co_return code;

    current.doing = "TLS handshake";
    code = co_await shake_hands(current, details);
    details.phases.tls = current.now() - connected;
    if (!code)
        current.log().handshake_done(current.stream().tls_version(), current.stream().resumed(), details.phases.tls);
    co_return code;
}

asio::awaitable<std::error_code> connector::connect_tcp(attempt& current,
                                                        const std::vector<asio::ip::tcp::endpoint>& addresses,
                                                        boot_clock::time_point deadline, diagnostics& details) const
{
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        // One address that swallows packets must not use up the time of the others.
        const auto now = current.now();
        const bool last = i + 1 == addresses.size();
        current.limit(last ? deadline : now + (deadline - now) / 2);
        current.log().connecting(addresses[i], route_.via.has_value());

        error_code ec(current.stream().open(addresses[i].protocol()));
        if (!ec)
            co_await current.stream().socket().async_connect(addresses[i],
                                                             asio::redirect_error(asio::use_awaitable, ec));
        const bool stopped = current.stopped();
        if (!ec && !stopped) {
            current.limit(deadline);
            details.cause.clear(); // an earlier address's
            current.log().connected(current.now() - now);
            co_return std::error_code();
        }
        if (current.reason() == stop_reason::closed || (stopped && current.now() >= deadline))
            co_return asio::error::operation_aborted;
        if (ec == asio::error::operation_aborted && !stopped)
            co_return ec; // the coroutine was cancelled
        details.cause = stopped ? std::error_code(ETIMEDOUT, std::system_category()) : as_system_error(ec);
        current.log().not_connected(addresses[i], details.cause);
    }
    details.message = route_.via ? "no connection to the proxy: " : "no connection to the endpoint: ";
    details.message += details.cause.message();
    if (addresses.size() > 1)
        details.message += " (last of " + std::to_string(addresses.size()) + " addresses)";
    co_return make_error_code(errc::connect_failed);
}

asio::awaitable<std::error_code> connector::open_tunnel(attempt& current, diagnostics& details) const
{
    current.log().asking_for_tunnel(route_.dialled.host, route_.dialled.port);
    const crypto::scoped_secret request(wire::make_connect_request(route_.dialled, *route_.via, route_.user_agent));
    io_result result = co_await write_all(current, *request);
    wire::http_response response(route_.proxy_limits, wire::answer_to::connect);
    std::array<char, 1024> buffer; // small: it lives in the frame, and only a head is wanted
    bool surplus = false;
    while (result.status == io_status::done && !response.complete() && !response.failed()) {
        result = co_await read_some(current, buffer.data(), buffer.size());
        surplus = response.feed(std::string_view(buffer.data(), result.size)) < result.size;
    }
    if (result.status == io_status::aborted)
        co_return asio::error::operation_aborted;

    const int status = response.head_received() ? response.status() : 0;
    const bool granted = status >= 200 && status < 300;
    // The endpoint does not speak first in TLS: bytes behind the proxy's head come from nobody we asked.
    if (granted && response.complete() && !surplus)
        co_return std::error_code();

    details.message = "the proxy gave no tunnel: ";
    if (status == 407) {
        details.message = "the proxy asks for other credentials (407): see the proxy setting or HTTPS_PROXY";
    } else if (status != 0 && !granted) {
        details.message += "it answered " + std::to_string(status);
    } else if (result.status != io_status::done) {
        const stream_failure why = current.stream().failure();
        details.message += why.text;
        details.cause = why.cause;
    } else {
        details.message += "its answer is not valid HTTP";
    }
    co_return make_error_code(errc::proxy_refused);
}

asio::awaitable<std::error_code> connector::shake_hands(attempt& current, diagnostics& details) const
{
    tls_stream& stream = current.stream();
    if (!stream.start_tls(route_.tls->new_connection(route_.endpoint.host, route_.endpoint.is_address, sessions_)))
        co_return std::make_error_code(std::errc::not_enough_memory);
    auto step = [&stream] { return stream.handshake(); };
    io_result result = try_once(current, step);
    if (must_wait(result))
        result = co_await drive(current, step, result);
    if (result.status == io_status::done)
        co_return std::error_code();
    if (result.status == io_status::aborted)
        co_return asio::error::operation_aborted;
    sessions_->clear(); // in case it was the offered session that the peer choked on
    const stream_failure why = stream.failure();
    details.cause = why.cause;
    if (why.transport) {
        details.message = "no connection to the endpoint: during the TLS handshake " + why.text;
        co_return make_error_code(errc::connect_failed);
    }
    details.message = "TLS: " + why.text;
    co_return make_error_code(errc::tls_failed);
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
