// The endpoint of the soak, in a process of its own: what it allocates and opens is not ours.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <sys/types.h>

namespace faceki_soak {

struct endpoint_options {
    std::chrono::milliseconds lifetime{200};
    /// Less than a lifetime, so that each rollover needs a new connection.
    std::chrono::milliseconds close_idle_after{60};
    std::size_t replies = 1000; ///< so many are decided in advance; what comes after them is no fault
    std::size_t fault_every = 20;
    unsigned seed = 1;
};

/// Forked without exec: make it before any thread is started. It ends when this object or this process does.
class endpoint_child {
public:
    /// Throws std::system_error, or std::runtime_error if it does not come up.
    explicit endpoint_child(const endpoint_options& options);
    ~endpoint_child();
    endpoint_child(const endpoint_child&) = delete;
    endpoint_child& operator=(const endpoint_child&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    const std::string& ca_pem() const noexcept { return ca_pem_; }

    void stop() noexcept; ///< it does nothing any more, until go_on()
    void go_on() noexcept;

    struct counts {
        std::size_t requests = 0;
        std::size_t early = 0;
    };
    /// Ends it and reads what it counted.
    counts end();

private:
    pid_t pid_ = -1;
    int to_child_ = -1;
    int from_child_ = -1;
    std::uint16_t port_ = 0;
    std::string ca_pem_;
};

} // namespace faceki_soak
