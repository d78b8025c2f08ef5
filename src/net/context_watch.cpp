// A service in the execution context: Asio calls shutdown() while sockets can still be closed.
#include "net/context_watch.hpp"

#include <mutex>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

class context_watch_service final : public asio::execution_context::service {
public:
    static asio::execution_context::id id;

    explicit context_watch_service(asio::execution_context& owner) : service(owner) {}

    void add(context_watch& watch) noexcept
    {
        const std::lock_guard lock(mutex_);
        watch.service_ = this;
        watch.next_ = first_;
        if (first_ != nullptr) first_->previous_ = &watch;
        first_ = &watch;
    }

    void remove(context_watch& watch) noexcept
    {
        const std::lock_guard lock(mutex_);
        if (watch.previous_ != nullptr)
            watch.previous_->next_ = watch.next_;
        else
            first_ = watch.next_;
        if (watch.next_ != nullptr) watch.next_->previous_ = watch.previous_;
        watch.service_ = nullptr;
        watch.previous_ = nullptr;
        watch.next_ = nullptr;
    }

private:
    void shutdown() override
    {
        // No other thread uses the context any more. Each call may end the watch it belongs to.
        while (context_watch* const watch = first_) {
            remove(*watch);
            watch->on_shutdown_();
        }
    }

    std::mutex mutex_;
    context_watch* first_ = nullptr;
};

asio::execution_context::id context_watch_service::id;

void context_watch::follow(asio::execution_context& context)
{
    auto& service = asio::use_service<context_watch_service>(context);
    if (service_ == &service) return;
    forget();
    service.add(*this);
}

void context_watch::forget() noexcept
{
    if (service_ != nullptr) service_->remove(*this);
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
