// posix_spawn and poll. Only what is meant for the child reaches it: three descriptors, the arguments, the environment.
#include "tool/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace faceki_test {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::system_category(), what);
}

void close_if_open(int& fd)
{
    if (const int old = std::exchange(fd, -1); old >= 0)
        ::close(old);
}

struct pipe_pair {
    pipe_pair()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            fail("pipe2");
        read = ends[0];
        write = ends[1];
    }
    ~pipe_pair()
    {
        close_if_open(read);
        close_if_open(write);
    }
    pipe_pair(const pipe_pair&) = delete;
    pipe_pair& operator=(const pipe_pair&) = delete;

    int read = -1;
    int write = -1;
};

/// What a sanitized tool must be told, as this program was.
void add_sanitizer_options(std::vector<std::string>& environment)
{
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        for (const std::string_view prefix : {"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "TSAN_OPTIONS="})
            if (text.starts_with(prefix))
                environment.emplace_back(text);
    }
}

/// How the child starts with SIGPIPE (the default; here it is ignored) and SIGINT.
class signal_setup {
public:
    explicit signal_setup(bool interrupts_ignored)
    {
        ::signal(SIGPIPE, SIG_IGN);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
        sigset_t defaults;
        ::sigemptyset(&defaults);
        ::sigaddset(&defaults, SIGPIPE);
        if (!interrupts_ignored)
            ::sigaddset(&defaults, SIGINT);
        ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
        if (interrupts_ignored)
            before_ = ::signal(SIGINT, SIG_IGN);
    }
    ~signal_setup()
    {
        if (before_ != SIG_ERR)
            ::signal(SIGINT, before_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    signal_setup(const signal_setup&) = delete;
    signal_setup& operator=(const signal_setup&) = delete;

    const posix_spawnattr_t* attributes() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
    sighandler_t before_ = SIG_ERR;
};

std::vector<char*> pointers_to(std::vector<std::string>& words)
{
    std::vector<char*> result;
    for (std::string& word : words)
        result.push_back(word.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

process::process(const process_setup& setup)
{
    pipe_pair in;
    pipe_pair out;
    pipe_pair err;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
    if (setup.out == stream_kind::full)
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/full", O_WRONLY, 0);
    else if (setup.out == stream_kind::closed)
        ::posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
    else
        ::posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (setup.out == stream_kind::dead_pipe)
        close_if_open(out.read);

    std::vector<std::string> arguments = setup.arguments;
    std::vector<std::string> environment;
    for (const auto& [name, value] : setup.environment)
        environment.push_back(name + '=' + value);
    add_sanitizer_options(environment);
    started_ = clock::now();
    signal_setup signals(setup.interrupts_ignored);
    const int failed = ::posix_spawn(&id_, arguments.at(0).c_str(), &actions, signals.attributes(),
                                     pointers_to(arguments).data(), pointers_to(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        throw std::system_error(failed, std::system_category(), arguments[0]);
    ended_ = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)); // glibc 2.36 declares its function without extern "C"
    if (ended_ < 0)
        fail("pidfd_open");
    in_ = std::exchange(in.write, -1);
    out_ = std::exchange(out.read, -1);
    err_ = std::exchange(err.read, -1);
}

process::~process()
{
    if (id_ > 0) {
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }
    for (int* fd : {&ended_, &in_, &out_, &err_})
        close_if_open(*fd);
}

void process::send_signal(int number) const
{
    if (::kill(id_, number) != 0)
        fail("kill");
}

void process::write_in(std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(in_, text.data(), text.size());
        if (written < 0)
            return; // it did not want to read all of it (SIGPIPE is ignored by the suite)
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void process::close_in()
{
    close_if_open(in_);
}

void process::close_out()
{
    close_if_open(out_);
}

bool process::pump(const std::function<bool()>& enough, clock::time_point until)
{
    while (!enough()) {
        std::array<pollfd, 2> events{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        if (out_ < 0 && err_ < 0)
            return false;
        if (left <= 0ms || ::poll(events.data(), events.size(), static_cast<int>(left.count())) < 1)
            return false;
        for (std::size_t n = 0; n < 2; ++n) {
            if (events[n].revents == 0)
                continue;
            std::array<char, 8192> buffer{};
            const ssize_t got = ::read(events[n].fd, buffer.data(), buffer.size());
            if (got > 0)
                (n == 0 ? result_.out : result_.err).append(buffer.data(), static_cast<std::size_t>(got));
            else
                close_if_open(n == 0 ? out_ : err_);
        }
    }
    return true;
}

const std::string& process::read_lines(std::size_t lines)
{
    return read_lines(lines, result_.out);
}

const std::string& process::read_error_lines(std::size_t lines)
{
    return read_lines(lines, result_.err);
}

const std::string& process::read_lines(std::size_t lines, const std::string& from)
{
    const auto enough = [&from, lines] {
        return static_cast<std::size_t>(std::count(from.begin(), from.end(), '\n')) >= lines;
    };
    pump(enough, clock::now() + 10s);
    return from;
}

std::string process::proc_file(const std::string& name) const
{
    std::ifstream file("/proc/" + std::to_string(id_) + '/' + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

ended_process process::wait(std::chrono::milliseconds at_most)
{
    const auto until = clock::now() + at_most;
    close_in();
    pump([] { return false; }, until);
    pollfd event{ended_, POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    const bool ended = ::poll(&event, 1, static_cast<int>(std::max<long>(left.count(), 0))) == 1;
    result_.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - started_);
    if (!ended)
        ::kill(id_, SIGKILL);
    int status = 0;
    ::waitpid(id_, &status, 0);
    id_ = -1;
    if (ended)
        result_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return std::move(result_);
}

} // namespace faceki_test
