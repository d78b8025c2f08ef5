// Where a coroutine of the test kit waits in virtual time.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include <faceki/detail/asio.hpp>

namespace faceki::testing {

class bell;

/// The bells of one execution context on which somebody waits; shared by both, so it outlives both.
struct bell_registry {
    std::mutex mutex;
    std::list<std::weak_ptr<bell>> waiting;
    bool closed = false;
};

/// One coroutine waits until it is rung for, or cancelled. If the execution context goes first, the coroutine is
/// destroyed unresumed, as Asio does with its own waits. (An Asio timer would need a thread of its own in a context
/// that is no io_context.) Made with std::make_shared. Thread safety: none; use it on its executor.
class bell final : public std::enable_shared_from_this<bell> {
public:
    explicit bell(const asio::any_io_executor& executor);
    bell(const bell&) = delete;
    bell& operator=(const bell&) = delete;

    /// Wakes whoever waits, by a post; or whoever will.
    void ring();
    /// The same from any thread, later.
    void ring_from_anywhere();
    /// True = rung, false = cancelled. One caller at a time, who keeps the bell alive.
    asio::awaitable<bool> wait();

private:
    friend class bell_service;
    using handler = asio::async_result<asio::use_awaitable_t<>, void(bool)>::handler_type;

    void begin(handler&& waits);
    void end(bool was_rung);
    std::optional<handler> take();

    const asio::any_io_executor executor_;
    const std::shared_ptr<bell_registry> registry_;
    std::optional<handler> handler_;
    std::list<std::weak_ptr<bell>>::iterator position_; ///< in the registry; meaningful while handler_ is there
    bool rung_ = false;
};

} // namespace faceki::testing
