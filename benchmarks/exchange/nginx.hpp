// One nginx, as a process of its own, that answers every token request at once.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

#include "exchange/way.hpp"

namespace faceki::bench {

/// One process, no daemon, on a free port of 127.0.0.1; its files in a temporary folder that is removed in the end.
/// Ended by process id; by the kernel if this process dies without a destructor.
class nginx {
public:
    nginx(); ///< throws std::runtime_error
    ~nginx();
    nginx(const nginx&) = delete;
    nginx& operator=(const nginx&) = delete;

    const token_endpoint& endpoint() const noexcept { return endpoint_; }

private:
    explicit nginx(std::filesystem::path folder);

    void write(const char* name, const std::string& text) const;
    std::string configuration() const;
    void start();
    bool answers() const;
    void stop() noexcept;

    std::filesystem::path folder_;
    token_endpoint endpoint_;
    pid_t pid_ = -1;
};

} // namespace faceki::bench
