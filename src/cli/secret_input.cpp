// Reads into one buffer that never grows, so that no copy of a secret is left in memory given back.
#include "cli/secret_input.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "crypto/secret.hpp"

namespace faceki::cli {
namespace {

constexpr const char* id_variable = "FACEKI_CLIENT_ID";
constexpr const char* secret_variable = "FACEKI_CLIENT_SECRET";
constexpr std::size_t longest_secret = 64 * 1024; // as limits::max_credential_bytes

[[noreturn]] void refuse(std::error_code code, std::string message)
{
    diagnostics details;
    details.message = std::move(message);
    throw token_error(code, std::move(details));
}

/// Never the name that was given: a secret may stand there by mistake.
[[noreturn]] void refuse_file(const std::string& problem)
{
    refuse(errc::invalid_config, "the file given to --client-secret-file " + problem);
}

class input {
public:
    explicit input(const std::string& path)
    {
        // Non-blocking: the wait for a named pipe's writer is a poll(), which signals and the deadline can end.
        descriptor_ = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (descriptor_ < 0)
            refuse_file("cannot be read: " + std::generic_category().message(errno));
    }
    ~input() { ::close(descriptor_); }
    input(const input&) = delete;
    input& operator=(const input&) = delete;

    /// 0 = the end.
    std::size_t read(char* buffer, std::size_t size, const patience& wait) const
    {
        for (;;) {
            wait_readable(wait);
            const ssize_t got = ::read(descriptor_, buffer, size);
            if (got >= 0)
                return static_cast<std::size_t>(got);
            if (errno != EINTR && errno != EAGAIN)
                refuse_file("cannot be read: " + std::generic_category().message(errno));
        }
    }

private:
    void wait_readable(const patience& wait) const
    {
        int limit = -1;
        if (wait.until) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*wait.until - boot_clock::now());
            limit = static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
        }
        pollfd events[] = {{wait.signals.descriptor(), POLLIN, 0}, {descriptor_, POLLIN, 0}};
        const int ready = ::poll(events, 2, limit);
        if (ready == 0)
            refuse(errc::timed_out, "--timeout passed while the client secret was waited for");
        if (events[0].revents != 0)
            refuse(std::make_error_code(std::errc::operation_canceled),
                   std::string("interrupted by ") + name_of_signal(wait.signals.take()));
    }

    int descriptor_ = -1;
};

void read_secret_file(const std::string& path, const patience& wait, std::string& secret)
{
    constexpr std::size_t line_end = 2;
    const input from(path);
    crypto::scoped_secret buffer(std::string(longest_secret + line_end + 1, '\0'));
    std::string& text = *buffer;
    std::size_t size = 0;
    while (size < text.size()) {
        const std::size_t got = from.read(text.data() + size, text.size() - size, wait);
        if (got == 0)
            break;
        size += got;
    }
    if (size > 0 && text[size - 1] == '\n') {
        --size;
        if (size > 0 && text[size - 1] == '\r')
            --size;
    }
    if (size > longest_secret)
        refuse_file("holds more than 64 KiB");
    if (size == 0)
        refuse_file("holds no secret: it is empty");
    secret.assign(text, 0, size);
}

std::string take_variable(const char* name)
{
    char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// Also from where the system keeps it: /proc/<pid>/environ shows that memory.
std::string take_secret_variable()
{
    std::string secret = take_variable(secret_variable);
    if (char* const value = std::getenv(secret_variable)) {
        crypto::wipe(value, std::strlen(value));
        ::unsetenv(secret_variable);
    }
    return secret;
}

} // namespace

credentials read_credentials(const std::string& secret_file, const patience& wait)
{
    crypto::scoped_secret id(take_variable(id_variable));
    crypto::scoped_secret secret(take_secret_variable());
    const bool no_secret = secret_file.empty() && (*secret).empty();
    constexpr const char* how_to = "FACEKI_CLIENT_SECRET in the environment, or give --client-secret-file FILE (- = "
                                   "stdin)";
    if ((*id).empty() && no_secret)
        refuse(errc::invalid_config, std::string("no credentials: set FACEKI_CLIENT_ID and ") + how_to);
    if ((*id).empty())
        refuse(errc::invalid_config, "no client id: set FACEKI_CLIENT_ID in the environment");
    if (no_secret)
        refuse(errc::invalid_config, std::string("no client secret: set ") + how_to);
    if (!secret_file.empty()) {
        crypto::wipe(*secret);
        read_secret_file(secret_file, wait, *secret);
    }
    return {std::move(*id), std::move(*secret)};
}

} // namespace faceki::cli
