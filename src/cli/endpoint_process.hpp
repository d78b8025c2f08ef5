// The demo's endpoint: this same program as a process of its own, with its own count and its own clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>

namespace faceki::cli {

/// Starts `faceki mock`; the destructor ends it by process id and waits for it. It also ends when this process dies
/// (its stdin closes).
class endpoint_process {
public:
    /// Throws std::runtime_error if it does not come up within 10 s.
    endpoint_process(std::chrono::milliseconds lifetime, std::chrono::milliseconds latency);
    ~endpoint_process();
    endpoint_process(const endpoint_process&) = delete;
    endpoint_process& operator=(const endpoint_process&) = delete;

    const std::string& url() const noexcept { return url_; }
    const std::string& ca_pem() const noexcept { return ca_pem_; }
    pid_t pid() const noexcept { return pid_; }

private:
    void read_announcement(int fd);

    pid_t pid_ = -1;
    int keep_alive_ = -1; ///< write end of its stdin
    std::string url_;
    std::string ca_pem_;
};

} // namespace faceki::cli
