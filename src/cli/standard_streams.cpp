// Plain system calls: a stream buffer would keep a copy of the token.
#include "cli/standard_streams.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace faceki::cli {
namespace {

std::error_code last_error() noexcept
{
    return {errno, std::system_category()};
}

} // namespace

void prepare_standard_streams() noexcept
{
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            // The lowest free number is `fd` itself. Read only: whoever writes to it gets an error.
            static_cast<void>(::open("/dev/null", O_RDONLY));
    ::signal(SIGPIPE, SIG_IGN);
}

std::error_code probe_output(int fd) noexcept
{
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags == -1)
        return last_error();
    if ((flags & O_ACCMODE) == O_RDONLY)
        return {EBADF, std::system_category()};
    pollfd state{fd, POLLOUT, 0};
    if (::poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLNVAL)) != 0)
        return {EPIPE, std::system_category()};
    return {};
}

std::error_code write_all(int fd, std::string_view text) noexcept
{
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) { // the caller made it non-blocking
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return last_error();
        }
    }
    return {};
}

} // namespace faceki::cli
