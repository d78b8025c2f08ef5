// One in so many replies is a fault, at a random place among them, and the four kinds of faults take turns.
#include "soak/endpoint_child.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <random>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <faceki/testing/mock_endpoint.hpp>

namespace faceki_soak {
namespace {

using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

mock_reply fault(std::size_t number, std::mt19937& random)
{
    mock_reply reply;
    switch (number % 4) {
    case 0:
        reply.status = 503;
        break;
    case 1:
        reply.cut_after = 0; // no answer at all
        break;
    case 2:
        reply.cut_after = 200 + random() % 800; // within the body
        break;
    default:
        reply.stall_after = random() % 2 == 0 ? 0 : 100;
        break;
    }
    return reply;
}

void write_script(mock_endpoint& endpoint, const endpoint_options& options)
{
    std::mt19937 random(options.seed);
    for (std::size_t n = 0; n * options.fault_every < options.replies; ++n) {
        const std::size_t place = random() % options.fault_every;
        for (std::size_t i = 0; i < options.fault_every; ++i)
            endpoint.script(i == place ? fault(n, random) : mock_reply{});
    }
}

void write_all(int fd, const std::string& text)
{
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
        if (written < 0 && errno != EINTR)
            return;
        done += written > 0 ? static_cast<std::size_t>(written) : 0;
    }
}

std::string read_to_end(int fd)
{
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t size = ::read(fd, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(size));
    }
}

/// The child's life: announces itself, serves until its parent lets go, tells its counts.
void serve(const endpoint_options& options, int from_parent, int to_parent)
{
    mock_options how;
    how.lifetime = options.lifetime;
    how.close_idle_after = options.close_idle_after;
    how.client_id.clear(); // of several clients
    mock_endpoint endpoint(how);
    write_script(endpoint, options);
    write_all(to_parent, std::to_string(endpoint.port()) + '\n' + endpoint.ca_pem() + '\n');
    read_to_end(from_parent);
    write_all(to_parent, std::to_string(endpoint.requests()) + ' ' + std::to_string(endpoint.early()) + '\n');
}

struct pipe_pair {
    pipe_pair()
    {
        int ends[2];
        if (::pipe(ends) != 0)
            throw std::system_error(errno, std::system_category(), "pipe");
        read = ends[0];
        write = ends[1];
    }
    int read = -1;
    int write = -1;
};

/// Up to an empty line.
std::string read_announcement(int fd)
{
    std::string text;
    char c = 0;
    while (!text.ends_with("\n\n") && ::read(fd, &c, 1) == 1)
        text += c;
    return text;
}

} // namespace

endpoint_child::endpoint_child(const endpoint_options& options)
{
    const pipe_pair down;
    const pipe_pair up;
    pid_ = ::fork();
    if (pid_ < 0)
        throw std::system_error(errno, std::system_category(), "fork");
    if (pid_ == 0) {
        ::close(down.write);
        ::close(up.read);
        try {
            serve(options, down.read, up.write);
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    ::close(down.read);
    ::close(up.write);
    to_child_ = down.write;
    from_child_ = up.read;
    const std::string said = read_announcement(from_child_);
    const std::size_t line_end = said.find('\n');
    if (!said.ends_with("\n\n")) {
        end();
        throw std::runtime_error("the endpoint did not come up");
    }
    port_ = static_cast<std::uint16_t>(std::stoul(said.substr(0, line_end)));
    ca_pem_ = said.substr(line_end + 1);
}

endpoint_child::~endpoint_child()
{
    end();
}

void endpoint_child::stop() noexcept
{
    ::kill(pid_, SIGSTOP);
}

void endpoint_child::go_on() noexcept
{
    ::kill(pid_, SIGCONT);
}

endpoint_child::counts endpoint_child::end()
{
    counts result;
    if (pid_ <= 0)
        return result;
    go_on();
    ::close(to_child_);
    std::istringstream words(read_to_end(from_child_));
    words >> result.requests >> result.early;
    ::close(from_child_);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return result;
}

} // namespace faceki_soak
