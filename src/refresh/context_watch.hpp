// Learns that an execution context is going away, so that nothing is posted to it afterwards and its handlers are
// dropped in time.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <faceki/detail/asio.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Something bound to an execution context.
class context_member {
public:
    virtual ~context_member() = default;
    /// The context shuts down (in the thread that destroys it). Afterwards nothing of it may be touched.
    virtual void context_shutdown() noexcept = 0;
};

/// What a context and its members share; it outlives both.
struct context_registry {
    struct entry {
        std::weak_ptr<context_member> member;
        bool told = false;
        std::thread::id destroyed_by{};
    };

    std::mutex mutex;
    std::condition_variable one_left;
    std::list<entry> members;
    bool closed = false;
};

/// Registers a member with a context for as long as this object lives. If the member is being destroyed by another
/// thread, the context's shutdown waits for the end of that: it may drop handlers of the context.
class context_watch {
public:
    context_watch() = default;
    /// Throws std::bad_alloc. Returns with closed() true when the context is shutting down already.
    context_watch(asio::execution_context& context, std::weak_ptr<context_member> member);
    ~context_watch();
    context_watch(const context_watch&) = delete;
    context_watch& operator=(const context_watch&) = delete;
    context_watch(context_watch&& other) noexcept : registry_(std::move(other.registry_)), position_(other.position_) {}
    context_watch& operator=(context_watch&& other) noexcept
    {
        std::swap(registry_, other.registry_);
        std::swap(position_, other.position_);
        return *this;
    }

    bool closed() const noexcept { return registry_ == nullptr; }
    /// First of all in the member's destructor: what it drops may destroy the context, which must not wait for it then.
    void member_ends() noexcept;

private:
    std::shared_ptr<context_registry> registry_; ///< unregistering never touches the context itself
    std::list<context_registry::entry>::iterator position_;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
