// Spawning the endpoint and reading what it announces: its URL on the first line, then its CA's certificate.
#include "cli/endpoint_process.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

extern char** environ;

namespace faceki::cli {

namespace {

class pipe_ends {
public:
    pipe_ends()
    {
        if (::pipe2(ends_, O_CLOEXEC) != 0)
            throw std::system_error(errno, std::system_category(), "pipe");
    }
    ~pipe_ends()
    {
        for (const int fd : ends_)
            if (fd >= 0)
                ::close(fd);
    }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;

    int read_end() const noexcept { return ends_[0]; }
    int write_end() const noexcept { return ends_[1]; }
    int take_write_end() noexcept { return std::exchange(ends_[1], -1); }

private:
    int ends_[2] = {-1, -1};
};

} // namespace

endpoint_process::endpoint_process(std::chrono::milliseconds lifetime, std::chrono::milliseconds latency)
{
    pipe_ends to_child;
    pipe_ends from_child;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, to_child.read_end(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, from_child.write_end(), STDOUT_FILENO);
    std::vector<std::string> words{"faceki",
                                   "mock",
                                   "--expires-in",
                                   std::to_string(lifetime.count()) + "ms",
                                   "--latency",
                                   std::to_string(latency.count()) + "ms",
                                   "--ca-out",
                                   "-",
                                   "--until-stdin-closes"};
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const int failed = ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed)
        throw std::system_error(failed, std::system_category(), "cannot start the endpoint process");
    keep_alive_ = to_child.take_write_end();
    ::close(from_child.take_write_end());
    read_announcement(from_child.read_end());
}

endpoint_process::~endpoint_process()
{
    if (keep_alive_ >= 0)
        ::close(keep_alive_);
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGTERM);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
}

void endpoint_process::read_announcement(int fd)
{
    static constexpr std::string_view end_marker = "-----END CERTIFICATE-----\n";
    std::string text;
    while (text.find(end_marker) == std::string::npos) {
        pollfd waiting{fd, POLLIN, 0};
        char buffer[4096];
        const ssize_t got = ::poll(&waiting, 1, 10'000) == 1 ? ::read(fd, buffer, sizeof buffer) : 0;
        if (got <= 0)
            throw std::runtime_error("the endpoint process did not come up within 10 s");
        text.append(buffer, static_cast<std::size_t>(got));
    }
    const std::size_t line_end = text.find('\n');
    url_ = text.substr(0, line_end);
    ca_pem_ = text.substr(line_end + 1);
}

} // namespace faceki::cli
