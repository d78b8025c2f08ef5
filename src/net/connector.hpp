// From a name to a connection on which a request can be written: resolve, proxy, connect, handshake.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <faceki/diagnostics.hpp>

#include "net/attempt.hpp"
#include "wire/http_response.hpp"
#include "wire/proxy.hpp"
#include "wire/url.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// Where to and how, fixed when the source is made.
struct route {
    wire::url endpoint; ///< gives SNI and what the certificate must say
    wire::url dialled; ///< where the TCP connection, or the proxy's tunnel, goes: the endpoint unless connect_to is set
    std::optional<wire::proxy> via; ///< may hold a password: wiped by the connector
    std::string user_agent;
    wire::http_limits proxy_limits;
    std::shared_ptr<const crypto::tls_context> tls; ///< null = plain http
};

/// Makes connections along one route; remembers the last TLS session for the next one.
/// Thread safety: none; lives on one strand.
class connector {
public:
    explicit connector(route along) : route_(std::move(along)) {}
    ~connector();
    connector(const connector&) = delete;
    connector& operator=(const connector&) = delete;

    /// Connects the attempt's stream before `deadline`; fills phases and, on failure, message and cause.
    ///
    /// errc::resolve_failed, connect_failed, proxy_refused, tls_failed; operation_aborted after a cancellation or a
    /// stop of the attempt. A handshake that the peer ends without an alert counts as connect_failed: nothing was
    /// refused, so trying again may help.
    asio::awaitable<std::error_code> connect(attempt& current, boot_clock::time_point deadline,
                                             diagnostics& details) const;

private:
    asio::awaitable<std::error_code> connect_tcp(attempt& current,
                                                 const std::vector<asio::ip::tcp::endpoint>& addresses,
                                                 boot_clock::time_point deadline, diagnostics& details) const;
    asio::awaitable<std::error_code> open_tunnel(attempt& current, diagnostics& details) const;
    asio::awaitable<std::error_code> shake_hands(attempt& current, diagnostics& details) const;

    route route_;
    std::shared_ptr<crypto::session_slot> sessions_ = std::make_shared<crypto::session_slot>();
};

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
