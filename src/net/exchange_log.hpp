// What the log tells of an exchange, step by step: every word of it is in this one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <faceki/log.hpp>
#include <faceki/time.hpp>

#include "net/asio_net.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// Lines at trace level that start with "net: "; none is made when nobody wants it.
///
/// They hold host names and addresses of the configuration, numbers, and words of ours, the system's or OpenSSL's
/// tables: no function here takes a credential, a token, a body, or bytes of a server or proxy. Called on the strand.
class exchange_log {
public:
    exchange_log(log_hook hook, log_level most) : tell_(std::move(hook), most) {}

    void warming_up() const noexcept; ///< not said when the kept connection is good
    void made_ready(boot_clock::duration took) const noexcept;
    void not_made_ready(const std::string& why) const noexcept; ///< as for failed()
    void waiting_for_warm_up() const noexcept;
    void connection_reused(boot_clock::duration idle) const noexcept;
    void connection_is_new(const char* why) const noexcept;
    void resolved(const std::string& host, std::size_t addresses, boot_clock::duration took) const noexcept;
    void connecting(const asio::ip::tcp::endpoint& address, bool is_proxy) const noexcept;
    void not_connected(const asio::ip::tcp::endpoint& address, const std::error_code& cause) const noexcept;
    void asking_for_tunnel(const std::string& host, std::uint16_t port) const noexcept;
    void tunnel_stands(boot_clock::duration took) const noexcept; ///< the TCP connection's time included
    void connected(boot_clock::duration took) const noexcept;
    void handshake_done(const char* version, bool resumed, boot_clock::duration took) const noexcept;
    void request_sent(std::size_t bytes) const noexcept;
    void reply_received(int status, std::size_t body_bytes, boot_clock::duration took) const noexcept;
    void connection_kept() const noexcept;
    void connection_not_kept(const char* why) const noexcept;
    /// `why` is diagnostics::message, which never holds server bytes.
    void failed(const std::string& why) const noexcept;

private:
    template <class... Part>
    void line(const Part&... parts) const noexcept;

    logger tell_;
};

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
