// OpenSSL over a non-blocking socket.
#include "net/tls_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/tls_failure.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

std::error_code tls_stream::open(const asio::ip::tcp& protocol)
{
    close();
    // Asio's own open() leaves a moment in which fork() and exec() hand the descriptor to a child.
    const int fd = ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0)
        return {errno, std::system_category()};
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // head and body are one write already
    error_code ec;
    socket_.assign(protocol, fd, ec);
    if (ec) {
        ::close(fd);
        return ec;
    }
    socket_.non_blocking(true, ec);
    channel_.attach(fd);
    return ec;
}

bool tls_stream::start_tls(crypto::ssl_ptr ssl) noexcept
{
    BIO* const bio = ssl ? make_socket_bio(channel_) : nullptr;
    if (bio == nullptr)
        return false;
    SSL_set_bio(ssl.get(), bio, bio); // the connection owns it now
    ssl_ = std::move(ssl);
    return true;
}

io_result tls_stream::handshake() noexcept
{
    ERR_clear_error();
    return judge(SSL_do_handshake(ssl_.get()));
}

const char* tls_stream::tls_version() const noexcept
{
    return SSL_get_version(ssl_.get());
}

bool tls_stream::resumed() const noexcept
{
    return SSL_session_reused(ssl_.get()) == 1;
}

io_result tls_stream::read(char* buffer, std::size_t size) noexcept
{
    const int most = static_cast<int>(std::min<std::size_t>(size, INT_MAX));
    if (ssl_) {
        ERR_clear_error();
        return judge(SSL_read(ssl_.get(), buffer, most));
    }
    const int received = channel_.receive(buffer, size);
    if (received > 0)
        return {io_status::done, static_cast<std::size_t>(received)};
    if (received == 0)
        return {io_status::end, 0};
    return {channel_.would_block() ? io_status::want_read : io_status::failed, 0};
}

io_result tls_stream::write(const char* data, std::size_t size) noexcept
{
    const int most = static_cast<int>(std::min<std::size_t>(size, INT_MAX));
    if (ssl_) {
        ERR_clear_error();
        return judge(SSL_write(ssl_.get(), data, most));
    }
    const int sent = channel_.send(data, size);
    if (sent >= 0)
        return {io_status::done, static_cast<std::size_t>(sent)};
    return {channel_.would_block() ? io_status::want_write : io_status::failed, 0};
}

io_result tls_stream::judge(int result) noexcept
{
    if (result > 0)
        return {io_status::done, static_cast<std::size_t>(result)};
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return {io_status::want_read, 0};
    case SSL_ERROR_WANT_WRITE:
        return {io_status::want_write, 0};
    case SSL_ERROR_ZERO_RETURN:
        return {io_status::end, 0};
    default:
        break;
    }
    // The earliest entry is the root; the later ones tell who passed it on.
    tls_error_ = ERR_get_error();
    if (is_unexpected_eof(tls_error_))
        tls_error_ = 0;
    verify_result_ = SSL_get_verify_result(ssl_.get());
    ERR_clear_error();
    return {tls_error_ == 0 && channel_.ended() ? io_status::cut : io_status::failed, 0};
}

asio::awaitable<void> tls_stream::wait(io_status wanted, error_code& ec)
{
    return socket_.async_wait(wanted == io_status::want_write ? asio::ip::tcp::socket::wait_write
                                                              : asio::ip::tcp::socket::wait_read,
                              asio::redirect_error(asio::use_awaitable, ec));
}

stream_failure tls_stream::failure() const
{
    if (tls_error_ != 0)
        return explain_tls(tls_error_, verify_result_);
    stream_failure result;
    result.cause = channel_.error();
    result.text = result.cause ? result.cause.message() : "the peer ended the connection";
    return result;
}

bool tls_stream::idle_and_alive() noexcept
{
    if (!socket_.is_open())
        return false;
    switch (channel_.peek()) {
    case socket_channel::waiting::nothing:
        return !ssl_ || SSL_has_pending(ssl_.get()) == 0;
    case socket_channel::waiting::end_or_error:
        return false; // OpenSSL must not see it: it would mark the session as not resumable
    case socket_channel::waiting::bytes:
        break;
    }
    if (!ssl_)
        return false;
    char byte = 0;
    ERR_clear_error();
    return judge(SSL_peek(ssl_.get(), &byte, 1)).status == io_status::want_read;
}

void tls_stream::rest() noexcept
{
    if (!ssl_)
        return;
    // SSL_read() has wiped what it handed out. OpenSSL would wipe the whole buffer once more, 17 KB for each request.
    SSL_clear_options(ssl_.get(), SSL_OP_CLEANSE_PLAINTEXT);
    SSL_free_buffers(ssl_.get()); // not those that hold bytes
    SSL_set_options(ssl_.get(), SSL_OP_CLEANSE_PLAINTEXT);
}

void tls_stream::close() noexcept
{
    ssl_.reset();
    channel_.detach();
    tls_error_ = 0;
    verify_result_ = 0;
    error_code ignored;
    socket_.close(ignored);
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
