// A child process with pipes on its three streams, an environment of its own, and an end.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace faceki_test {

/// Where one of a child's streams leads.
enum class stream_kind {
    piped,    ///< a pipe to the test
    full,     ///< /dev/full: every write fails
    closed,   ///< the descriptor does not exist
    dead_pipe ///< a pipe whose reader is gone
};

struct process_setup {
    std::vector<std::string> arguments; ///< the program first
    std::map<std::string, std::string> environment;
    stream_kind out = stream_kind::piped;
    bool interrupts_ignored = false; ///< SIGINT, as a shell's background jobs have it
};

struct ended_process {
    int status = -1; ///< exit code; 1000 + signal if it was killed; -1 if the test had to kill it
    std::string out;
    std::string err;
    std::chrono::milliseconds took{}; ///< since it was started
};

/// One child. The destructor kills it, by its own process id, if it still runs.
class process {
public:
    explicit process(const process_setup& setup);
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    pid_t id() const noexcept { return id_; }
    void send_signal(int number) const;
    void write_in(std::string_view text);
    void close_in();
    void close_out(); ///< the reading end of its stdout
    /// Reads until its stdout holds `lines` lines, or it has ended or closed it, or 10 s are over.
    const std::string& read_lines(std::size_t lines);
    /// The same of its stderr.
    const std::string& read_error_lines(std::size_t lines);
    /// Of /proc/<pid>/<name>: what everybody, or this user, can read of it.
    std::string proc_file(const std::string& name) const;
    /// Closes its stdin and waits; kills it if it takes longer.
    ended_process wait(std::chrono::milliseconds at_most = std::chrono::seconds{20});

private:
    using clock = std::chrono::steady_clock;
    const std::string& read_lines(std::size_t lines, const std::string& from);
    /// Reads what comes until `enough` or `until`. False = nothing more will come.
    bool pump(const std::function<bool()>& enough, clock::time_point until);

    pid_t id_ = -1;
    int ended_ = -1; ///< readable when the process has ended
    int in_ = -1;
    int out_ = -1;
    int err_ = -1;
    clock::time_point started_ = clock::now();
    ended_process result_;
};

} // namespace faceki_test
