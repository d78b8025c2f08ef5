// One connection: a TCP socket, and TLS over it unless the endpoint is a plain http one.
#pragma once

#include <cstddef>
#include <string>
#include <system_error>

#include "crypto/tls_context.hpp"
#include "net/asio_net.hpp"
#include "net/socket_bio.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

enum class io_status {
    done,       ///< handshake finished, or `size` bytes moved
    want_read,  ///< wait until the socket is readable, then call again
    want_write, ///< wait until the socket is writable, then call again
    end,        ///< the peer ended the stream: with close_notify, where there is TLS
    cut,        ///< TCP ended below TLS: whoever is on the path may have done it
    failed,     ///< see failure()
    aborted,    ///< the wait was cancelled, or the attempt stopped
};

struct io_result {
    io_status status = io_status::failed;
    std::size_t size = 0;
};

/// What went wrong, in our words and those of the system or of OpenSSL's fixed tables: never bytes of the peer.
struct stream_failure {
    bool transport = true; ///< TCP ended or failed; false = TLS itself refused: an alert, a certificate, a version
    std::string text;
    std::error_code cause;
};

/// Asio has a system category of its own; users compare causes with the standard one.
inline std::error_code as_system_error(const error_code& ec) noexcept
{
    return ec.category() == asio::error::get_system_category() ? std::error_code(ec.value(), std::system_category())
                                                               : ec;
}

/// Calls that try and say what to wait for, so that an exchange costs a coroutine frame only where it really waits.
/// OpenSSL is driven directly: a quarter of the heap of Asio's own TLS stream, and it tells how a stream ended.
/// Thread safety: none; lives on one strand.
class tls_stream {
public:
    explicit tls_stream(const asio::any_io_executor& executor) : socket_(executor) {}
    ~tls_stream() { close(); }
    tls_stream(const tls_stream&) = delete;
    tls_stream& operator=(const tls_stream&) = delete;

    /// A new, unconnected TCP socket in place of whatever was there.
    std::error_code open(const asio::ip::tcp& protocol);
    asio::ip::tcp::socket& socket() noexcept { return socket_; }

    /// From here on read() and write() speak TLS. False when there is no memory.
    bool start_tls(crypto::ssl_ptr ssl) noexcept;

    io_result handshake() noexcept;
    /// After a handshake that is done: "TLSv1.3", and whether it resumed an earlier session.
    const char* tls_version() const noexcept;
    bool resumed() const noexcept;
    io_result read(char* buffer, std::size_t size) noexcept;
    io_result write(const char* data, std::size_t size) noexcept;

    /// Waits for what a call above asked for; `ec` is operation_aborted after a cancellation or close().
    asio::awaitable<void> wait(io_status wanted, error_code& ec);

    /// Of the last call that gave `cut` or `failed`.
    stream_failure failure() const;

    /// Can a request be written on this connection, on which nobody has read for a while? Reads what came meanwhile:
    /// session tickets are fine; an end, an error or bytes nobody asked for are not.
    bool idle_and_alive() noexcept;

    /// Gives back what an idle connection does not need.
    void rest() noexcept;

    /// Closes at once, without a word to the peer; pending waits end with operation_aborted. Can be opened again.
    void close() noexcept;

private:
    io_result judge(int result) noexcept;

    asio::ip::tcp::socket socket_;
    socket_channel channel_;
    crypto::ssl_ptr ssl_;         ///< null = plain. Its BIO points to channel_
    unsigned long tls_error_ = 0; ///< OpenSSL's code for the last failure; 0 = the transport's
    long verify_result_ = 0;
};

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
