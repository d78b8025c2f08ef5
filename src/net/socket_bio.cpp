// The socket BIO.
#include "net/socket_bio.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <sys/socket.h>
#include <utility>

#include <openssl/bio.h>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

socket_channel& channel_of(BIO* bio)
{
    return *static_cast<socket_channel*>(BIO_get_data(bio));
}

int bio_write(BIO* bio, const char* data, int size)
{
    BIO_clear_retry_flags(bio);
    socket_channel& channel = channel_of(bio);
    const int sent = channel.send(data, static_cast<std::size_t>(size));
    if (sent < 0 && channel.would_block())
        BIO_set_retry_write(bio);
    return sent;
}

int bio_read(BIO* bio, char* data, int size)
{
    BIO_clear_retry_flags(bio);
    socket_channel& channel = channel_of(bio);
    const int received = channel.receive(data, static_cast<std::size_t>(size));
    if (received < 0 && channel.would_block())
        BIO_set_retry_read(bio);
    return received;
}

long bio_control(BIO* bio, int command, long, void*)
{
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1; // nothing is buffered here
    case BIO_CTRL_EOF:
        return channel_of(bio).ended() ? 1 : 0;
    default:
        return 0;
    }
}

int bio_create(BIO* bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

const BIO_METHOD* socket_method()
{
    // One for the process, never freed: connections may outlive static destruction.
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "faceki socket");
        if (m != nullptr) {
            BIO_meth_set_write(m, bio_write);
            BIO_meth_set_read(m, bio_read);
            BIO_meth_set_ctrl(m, bio_control);
            BIO_meth_set_create(m, bio_create);
        }
        return m;
    }();
    return method;
}

} // namespace

void socket_channel::attach(int descriptor) noexcept
{
    *this = socket_channel{};
    descriptor_ = descriptor;
}

int socket_channel::send(const void* data, std::size_t size) noexcept
{
    long sent = -1;
    do
        sent = ::send(descriptor_, data, std::min<std::size_t>(size, INT_MAX), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    just_sent_ = sent > 0;
    return result(sent);
}

int socket_channel::receive(void* data, std::size_t size) noexcept
{
    if (std::exchange(just_sent_, false)) {
        would_block_ = true;
        return -1;
    }
    long received = -1;
    do
        received = ::recv(descriptor_, data, std::min<std::size_t>(size, INT_MAX), 0);
    while (received < 0 && errno == EINTR);
    if (received == 0 && size != 0)
        ended_ = true;
    return result(received);
}

socket_channel::waiting socket_channel::peek() noexcept
{
    just_sent_ = false;
    char byte = 0;
    const auto found = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (found > 0)
        return waiting::bytes;
    return found < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? waiting::nothing : waiting::end_or_error;
}

int socket_channel::result(long moved) noexcept
{
    would_block_ = moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (moved < 0 && !would_block_)
        error_ = errno;
    return static_cast<int>(moved);
}

BIO* make_socket_bio(socket_channel& channel)
{
    const BIO_METHOD* const method = socket_method();
    BIO* const bio = method != nullptr ? BIO_new(method) : nullptr;
    if (bio != nullptr)
        BIO_set_data(bio, &channel);
    return bio;
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
