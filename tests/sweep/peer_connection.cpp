// From accept to the end: handshake, requests, replies, and the one step that goes wrong.
#include "sweep/peer_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

namespace faceki_test::sweep {
namespace {

constexpr short gone = POLLRDHUP | POLLHUP | POLLERR;

void hear(int told)
{
    eventfd_t ignored = 0;
    ::eventfd_read(told, &ignored);
}

std::string take_out(BIO* bio)
{
    std::string bytes(BIO_ctrl_pending(bio), '\0');
    if (!bytes.empty())
        BIO_read(bio, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

} // namespace

bool peer_state::wait(int descriptor, short events) const
{
    std::array<pollfd, 2> both{{{descriptor, events, 0}, {told, POLLIN, 0}}};
    while (!ending) {
        if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR)
            return false;
        if (both[1].revents != 0)
            hear(told);
        if (both[0].revents != 0)
            return !ending;
    }
    return false;
}

peer_connection::peer_connection(peer_state& owner, int descriptor)
    : owner_(owner), fd_(descriptor), tls_(SSL_new(owner.tls.get())), in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem()))
{
    SSL_set_bio(tls_.get(), in_, out_);
    SSL_set_accept_state(tls_.get());
    ++owner_.open;
    ++owner_.accepted;
}

peer_connection::~peer_connection()
{
    if (fd_ >= 0)
        ::close(fd_);
    --owner_.open;
}

void peer_connection::serve()
{
    if (!owner_.wait(fd_, POLLIN))
        return;
    if (goes_wrong_at(stop_at::hello) && !go_wrong())
        return;
    if (!shake_hands())
        return;
    for (int n = 0;; ++n) {
        const bool well = n < owner_.how.served_first;
        if (!well && goes_wrong_at(stop_at::request)) {
            // What OpenSSL has may be the request's begin already; else wait for it, and leave it where it is.
            if (BIO_ctrl_pending(in_) == 0 && !owner_.wait(fd_, POLLIN))
                return;
            if (!go_wrong())
                return;
        }
        if (!read_request())
            return;
        ++owner_.requests;
        if (!answer(well))
            return;
    }
}

bool peer_connection::shake_hands()
{
    while (SSL_accept(tls_.get()) != 1) {
        if (goes_wrong_at(stop_at::half_flight) && BIO_ctrl_pending(out_) > 0) {
            const std::string flight = take_out(out_);
            const std::string_view bytes = flight;
            if (!send(bytes.substr(0, bytes.size() / 2)) || !go_wrong() || !send(bytes.substr(bytes.size() / 2)))
                return false;
        }
        ERR_clear_error();
        if (!flush() || !receive())
            return false;
    }
    return flush();
}

bool peer_connection::read_request()
{
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        if (const std::size_t end = received_.find("\r\n\r\n"); end != std::string::npos) {
            const std::size_t field = received_.find("Content-Length: ");
            const std::size_t whole = end + 4 + std::strtoul(received_.c_str() + field + 16, nullptr, 10);
            if (received_.size() >= whole) {
                received_.erase(0, whole);
                return true;
            }
        }
        if (const int size = SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size())); size > 0)
            received_.append(buffer.data(), static_cast<std::size_t>(size));
        else if (SSL_get_error(tls_.get(), size) != SSL_ERROR_WANT_READ || !receive())
            return false;
        ERR_clear_error();
    }
}

bool peer_connection::answer(bool well)
{
    const conduct& how = owner_.how;
    const std::string text = how.reply.empty() || well ? good_reply(how.lifetime) : how.reply;
    const std::string_view bytes = text;
    if (!well && goes_wrong_at(stop_at::reply)) {
        const std::size_t size = std::min(how.upto, bytes.size());
        return write(bytes.substr(0, size)) && go_wrong() && write(bytes.substr(size));
    }
    if (!write(bytes))
        return false;
    return well || !goes_wrong_at(stop_at::idle) || go_wrong();
}

bool peer_connection::write(std::string_view text)
{
    if (!text.empty())
        SSL_write(tls_.get(), text.data(), static_cast<int>(text.size()));
    return flush();
}

bool peer_connection::go_wrong()
{
    wait_for_acknowledgement();
    switch (owner_.how.then) {
    case act::silence:
        break;
    case act::close_notify:
        SSL_shutdown(tls_.get());
        if (!flush())
            return false;
        [[fallthrough]];
    case act::finish:
        ::shutdown(fd_, SHUT_WR);
        break;
    case act::finish_then_reset:
        ::shutdown(fd_, SHUT_WR);
        wait_for_acknowledgement();
        [[fallthrough]];
    case act::reset:
        reset();
        ++owner_.reached;
        return false;
    case act::say:
        send(owner_.how.words);
        break;
    }
    wait_for_acknowledgement();
    ++owner_.reached;
    const bool go_on = rest();
    if (go_on && owner_.how.at == stop_at::request) {
        const int size = 1 << 20; // what was small so that the request could not be written
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    return go_on;
}

bool peer_connection::rest()
{
    std::array<pollfd, 3> all{{{fd_, POLLRDHUP, 0}, {owner_.listener, POLLIN, 0}, {owner_.told, POLLIN, 0}}};
    while (!owner_.ending && !owner_.sound) {
        if (::poll(all.data(), all.size(), -1) < 0 && errno != EINTR)
            return false;
        if (all[2].revents != 0)
            hear(owner_.told);
        if ((all[0].revents & gone) != 0) {
            client_left();
            return false;
        }
        // A client has one connection at a time: it has left this one, but its FIN is behind bytes that nobody reads.
        if (all[1].revents != 0)
            return false;
    }
    return !owner_.ending;
}

bool peer_connection::receive()
{
    std::array<char, 16 * 1024> buffer;
    if (!owner_.wait(fd_, POLLIN))
        return false;
    const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (size <= 0) {
        client_left();
        return false;
    }
    BIO_write(in_, buffer.data(), static_cast<int>(size));
    return true;
}

bool peer_connection::flush()
{
    return send(take_out(out_));
}

bool peer_connection::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(size));
        } else if (errno == EAGAIN) {
            if (!owner_.wait(fd_, POLLOUT))
                return false;
        } else if (errno != EINTR) {
            client_left();
            return false;
        }
    }
    return true;
}

void peer_connection::client_left()
{
    if (!std::exchange(has_left_, true))
        ++owner_.left;
}

/// All that was sent has reached the client's kernel: what comes next cannot overtake it. The kernel reports no event
/// for that.
void peer_connection::wait_for_acknowledgement() const
{
    int unacknowledged = 0;
    pollfd broken{fd_, 0, 0};
    while (!owner_.ending && ::ioctl(fd_, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0 &&
           ::poll(&broken, 1, 1) == 0) {
    }
}

void peer_connection::reset()
{
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
}

} // namespace faceki_test::sweep
