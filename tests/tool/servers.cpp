// Plain sockets.
#include "tool/servers.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace faceki_test {
namespace {

/// Bound to a free port of 127.0.0.1.
int bound_socket(std::uint16_t& port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || ::bind(fd, plain, size) != 0 || ::getsockname(fd, plain, &size) != 0)
        throw std::system_error(errno, std::system_category(), "bind");
    port = ntohs(address.sin_port);
    return fd;
}

bool readable(int fd)
{
    pollfd event{fd, POLLIN, 0};
    return ::poll(&event, 1, 10'000) == 1;
}

} // namespace

silent_port::silent_port() : socket_(bound_socket(number_)) {}

silent_port::~silent_port()
{
    ::close(socket_);
}

one_answer::one_answer(std::string text) : text_(std::move(text)), socket_(bound_socket(number_))
{
    if (::listen(socket_, 4) != 0)
        throw std::system_error(errno, std::system_category(), "listen");
    thread_ = std::thread([this] { serve(); });
}

one_answer::~one_answer()
{
    ::shutdown(socket_, SHUT_RDWR); // ends the wait for a connection
    thread_.join();
    ::close(socket_);
}

void one_answer::serve() const
{
    if (!readable(socket_))
        return;
    const int peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0)
        return;
    std::array<char, 4096> buffer{};
    if (readable(peer))
        static_cast<void>(::read(peer, buffer.data(), buffer.size()));
    static_cast<void>(::send(peer, text_.data(), text_.size(), MSG_NOSIGNAL));
    ::close(peer);
}

} // namespace faceki_test
