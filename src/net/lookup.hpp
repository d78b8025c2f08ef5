// getaddrinfo on a detached thread, and the eventfd that tells a coroutine of its end. Knows nothing of Asio's
// operations.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <vector>

#include "net/asio_net.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// What getaddrinfo said. `error` empty = at least one address.
struct lookup_result {
    std::error_code error;
    std::vector<asio::ip::tcp::endpoint> addresses;
};

/// One running or finished lookup. Owned by its thread and by those who listen; the last one frees it.
/// Thread safety: every function may be called from any thread.
class lookup {
public:
    /// The running lookup for this host and port, or a new one. Throws std::system_error when no thread can be had.
    static std::shared_ptr<lookup> join(const std::string& host, std::uint16_t port);

    /// From here on `event` (an eventfd) becomes readable when the lookup ends: at once if it has ended already.
    void listen(int event);
    /// After this call the lookup's thread does not touch `event` any more; only then may it be closed.
    void unlisten(int event) noexcept;

    bool done() const;
    /// Once done().
    const lookup_result& result() const noexcept { return result_; }

    void run(const std::string& host, std::uint16_t port) noexcept; ///< the thread's body; for lookup.cpp only

private:
    mutable std::mutex mutex_;
    bool done_ = false;
    lookup_result result_; ///< written before done_ is set, never after
    std::vector<int> listeners_;
};

/// Codes of getaddrinfo (EAI_…), for diagnostics::cause.
const std::error_category& gai_category() noexcept;

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
