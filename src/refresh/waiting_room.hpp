// Who waits for the next token: one queue per executor, found without hashing.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "refresh/waiter_queue.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

using queues = std::vector<std::shared_ptr<waiter_queue>>;

/// Thread safety: none; its owner serialises.
class waiting_room {
public:
    explicit waiting_room(std::shared_ptr<waiter_counts> counts) : counts_(std::move(counts)) {}

    /// Puts the waiter into its executor's queue. False if that executor's context is gone. Throws std::bad_alloc.
    bool park(waiter& w, const asio::any_io_executor& executor);
    /// Empties the room: the queues are the caller's to release.
    queues take_all() noexcept;

private:
    void forget_empty_queues();

    const std::shared_ptr<waiter_counts> counts_;
    queues queues_;
    queues crowded_; ///< those of queues_ that are too long for one batch
    std::size_t tidy_at_ = first_tidy;
    static constexpr std::size_t first_tidy = 64;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
