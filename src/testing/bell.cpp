// A coroutine's handler, kept until somebody rings.
#include "testing/bell.hpp"

#include <utility>

namespace faceki::testing {

/// Knows when its execution context goes.
class bell_service final : public asio::execution_context::service {
public:
    using key_type = bell_service;
    static asio::execution_context::id id;

    explicit bell_service(asio::execution_context& context) : service(context) {}

    const std::shared_ptr<bell_registry> registry = std::make_shared<bell_registry>();

private:
    void shutdown() override
    {
        std::list<std::weak_ptr<bell>> left;
        {
            const std::scoped_lock lock(registry->mutex);
            registry->closed = true;
            left = registry->waiting; // a copy: each bell erases its own entry
        }
        for (const auto& weak : left)
            if (const auto b = weak.lock())
                b->take(); // destroyed uncalled
    }
};

asio::execution_context::id bell_service::id;

bell::bell(const asio::any_io_executor& executor)
    : executor_(executor),
      registry_(asio::use_service<bell_service>(asio::query(executor, asio::execution::context)).registry)
{
}

void bell::ring()
{
    rung_ = true;
    end(true);
}

void bell::ring_from_anywhere()
{
    asio::post(executor_, [self = shared_from_this()] { self->ring(); });
}

asio::awaitable<bool> bell::wait()
{
    const auto begin_to_wait = [this](handler&& waits) { begin(std::move(waits)); };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(begin_to_wait, asio::use_awaitable);
}

void bell::begin(handler&& waits)
{
    auto slot = asio::get_associated_cancellation_slot(waits);
    if (slot.is_connected())
        slot.assign([weak = weak_from_this()](asio::cancellation_type) {
            if (const auto self = weak.lock())
                self->end(false);
        });
    {
        const std::scoped_lock lock(registry_->mutex);
        if (registry_->closed)
            return; // the handler is destroyed uncalled
        position_ = registry_->waiting.insert(registry_->waiting.end(), weak_from_this());
        handler_.emplace(std::move(waits));
    }
    if (rung_)
        end(true);
}

void bell::end(bool was_rung)
{
    std::optional<handler> waits = take();
    if (!waits)
        return;
    asio::post(executor_, [waits = std::move(*waits), was_rung]() mutable { waits(was_rung); });
}

std::optional<bell::handler> bell::take()
{
    const std::scoped_lock lock(registry_->mutex);
    if (!handler_)
        return std::nullopt;
    registry_->waiting.erase(position_);
    std::optional<handler> taken(std::move(*handler_));
    handler_.reset();
    return taken;
}

} // namespace faceki::testing
