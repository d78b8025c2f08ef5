// One service per execution context; its shutdown() comes before the scheduler's, while posting and dropping handlers
// is still allowed.
#include "refresh/context_watch.hpp"

#include <algorithm>
#include <utility>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

namespace {

class context_service final : public asio::execution_context::service {
public:
    using key_type = context_service;
    static asio::execution_context::id id;

    explicit context_service(asio::execution_context& context)
        : service(context), registry(std::make_shared<context_registry>())
    {
    }

    const std::shared_ptr<context_registry> registry;

private:
    void shutdown() override
    {
        std::unique_lock lock(registry->mutex);
        registry->closed = true;
        // Without a copy, which would need memory. Who is told goes to the end of the list, emptied: it unregisters by
        // its position, which stays valid. Others may unregister meanwhile; the empty ones come in their place then.
        auto& members = registry->members;
        for (std::size_t left = members.size(); left != 0 && !members.empty(); --left) {
            context_registry::entry& first = members.front();
            std::shared_ptr<context_member> member = first.member.lock();
            first.member.reset();
            first.told = first.told || member;
            members.splice(members.end(), members, members.begin());
            lock.unlock();
            if (member)
                member->context_shutdown();
            member.reset(); // it takes the lock to unregister
            lock.lock();
        }
        registry->one_left.wait(lock, [&] {
            return std::all_of(members.begin(), members.end(), [](const context_registry::entry& e) {
                return e.told || e.destroyed_by == std::this_thread::get_id();
            });
        });
    }
};

asio::execution_context::id context_service::id;

} // namespace

context_watch::context_watch(asio::execution_context& context, std::weak_ptr<context_member> member)
    : registry_(asio::use_service<context_service>(context).registry)
{
    const std::scoped_lock lock(registry_->mutex);
    if (registry_->closed) {
        registry_.reset();
        return;
    }
    position_ = registry_->members.insert(registry_->members.end(), {std::move(member)});
}

void context_watch::member_ends() noexcept
{
    if (!registry_)
        return;
    const std::scoped_lock lock(registry_->mutex);
    position_->destroyed_by = std::this_thread::get_id();
}

context_watch::~context_watch()
{
    if (!registry_)
        return;
    const std::scoped_lock lock(registry_->mutex);
    registry_->members.erase(position_);
    if (registry_->closed)
        registry_->one_left.notify_all();
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
