// The lines themselves.
#include "net/exchange_log.hpp"

#include <chrono>
#include <concepts>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

struct host_and_port {
    std::string_view host; ///< an IPv6 address without brackets
    std::uint16_t port;
};

void append(std::string& text, std::string_view words)
{
    text += words;
}

void append(std::string& text, std::integral auto number)
{
    text += std::to_string(number);
}

void append(std::string& text, const host_and_port& where)
{
    const bool is_v6 = where.host.find(':') != std::string_view::npos;
    text.append(is_v6 ? "[" : "").append(where.host).append(is_v6 ? "]:" : ":").append(std::to_string(where.port));
}

void append(std::string& text, const asio::ip::tcp::endpoint& address)
{
    append(text, host_and_port{address.address().to_string(), address.port()});
}

void append(std::string& text, const std::error_code& cause)
{
    text += cause.message();
}

/// "12.345 ms"
void append(std::string& text, boot_clock::duration span)
{
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(span).count();
    const std::string rest = std::to_string(us % 1000);
    text.append(std::to_string(us / 1000)).append(".").append(3 - rest.size(), '0').append(rest).append(" ms");
}

} // namespace

template <class... Part>
void exchange_log::line(const Part&... parts) const noexcept
{
    tell_(log_level::trace, [&] {
        std::string text = "net: ";
        (append(text, parts), ...);
        return text;
    });
}

void exchange_log::warming_up() const noexcept
{
    line("warming up");
}

void exchange_log::made_ready(boot_clock::duration took) const noexcept
{
    line("made ready in ", took, ": the connection is kept");
}

void exchange_log::not_made_ready(const std::string& why) const noexcept
{
    line("not made ready: ", why);
}

void exchange_log::waiting_for_warm_up() const noexcept
{
    line("waiting for the connection that is being made ready");
}

void exchange_log::connection_reused(boot_clock::duration idle) const noexcept
{
    line("the kept connection is used again, idle for ", idle);
}

void exchange_log::connection_is_new(const char* why) const noexcept
{
    line("a new connection: ", why);
}

void exchange_log::resolved(const std::string& host, std::size_t addresses, boot_clock::duration took) const noexcept
{
    line("addresses of ", host, ": ", addresses, ", found in ", took);
}

void exchange_log::connecting(const asio::ip::tcp::endpoint& address, bool is_proxy) const noexcept
{
    line(is_proxy ? "connecting to the proxy at " : "connecting to ", address);
}

void exchange_log::not_connected(const asio::ip::tcp::endpoint& address, const std::error_code& cause) const noexcept
{
    line("no connection to ", address, ": ", cause);
}

void exchange_log::asking_for_tunnel(const std::string& host, std::uint16_t port) const noexcept
{
    line("asking the proxy for a tunnel to ", host_and_port{host, port});
}

void exchange_log::tunnel_stands(boot_clock::duration took) const noexcept
{
    line("the tunnel stands after ", took);
}

void exchange_log::connected(boot_clock::duration took) const noexcept
{
    line("connected in ", took);
}

void exchange_log::handshake_done(const char* version, bool resumed, boot_clock::duration took) const noexcept
{
    line(version, resumed ? ", session resumed, in " : ", new session, in ", took);
}

void exchange_log::request_sent(std::size_t bytes) const noexcept
{
    line("request sent: ", bytes, " bytes");
}

void exchange_log::reply_received(int status, std::size_t body_bytes, boot_clock::duration took) const noexcept
{
    line("reply received: status ", status, ", body of ", body_bytes, " bytes, after ", took);
}

void exchange_log::connection_kept() const noexcept
{
    line("the connection is kept");
}

void exchange_log::connection_not_kept(const char* why) const noexcept
{
    line("the connection is not kept: ", why);
}

void exchange_log::failed(const std::string& why) const noexcept
{
    line("no token: ", why);
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
