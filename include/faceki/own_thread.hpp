// A client that brings its own thread: `faceki::client client{faceki::own_thread, config};`
#pragma once

#include <memory>

#include <faceki/detail/token_core.hpp>

namespace faceki {

/// In place of an executor: the client gets a private io_context and a thread that runs it, so that neither TLS nor
/// wake-ups run inside a game's tick or on a server's threads.
struct own_thread_t {
    explicit own_thread_t() = default;
};
inline constexpr own_thread_t own_thread{};

inline namespace FACEKI_ASIO_BACKEND {
namespace detail {

/// An io_context and the thread that runs it. Thread safety: any thread.
class FACEKI_API private_thread {
public:
    /// Throws std::system_error if the system gives no thread, std::bad_alloc.
    private_thread();
    /// Closes `core`, lets what is ready run, its waiters' handlers included, and ends the thread, joining it (unless
    /// this is that thread).
    void end(const std::shared_ptr<token_core>& core) noexcept;
    ~private_thread();
    private_thread(const private_thread&) = delete;
    private_thread& operator=(const private_thread&) = delete;

    asio::any_io_executor executor() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace detail
} // namespace FACEKI_ASIO_BACKEND
} // namespace faceki
