// Tells a source in time that the execution context its kept connection is bound to goes away.
#pragma once

#include <functional>

#include "net/asio_net.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

class context_watch_service;

/// A socket must not outlive its context, but a source may: it is held by whoever holds the client. While this object follows a
/// context, `on_shutdown` is called when that context shuts down, unless forget() came first.
/// Thread safety: none; use it from one strand of that context. Contexts may be shared with other watches on other threads.
class context_watch {
public:
    explicit context_watch(std::function<void()> on_shutdown) : on_shutdown_(std::move(on_shutdown)) {}
    ~context_watch() { forget(); }
    context_watch(const context_watch&) = delete;
    context_watch& operator=(const context_watch&) = delete;

    /// Follows `context`, in place of any other.
    void follow(asio::execution_context& context);
    void forget() noexcept;

private:
    friend class context_watch_service;

    std::function<void()> on_shutdown_;
    context_watch_service* service_ = nullptr; ///< null = follows nothing
    context_watch* previous_ = nullptr;
    context_watch* next_ = nullptr;
};

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
