// Who waits for the next token: one queue per executor, found without hashing.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
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
    bool park(waiter& w, const asio::any_io_executor& executor, std::optional<boot_clock::time_point> limit);
    /// Nobody waits. (What was taken out does not count, even if it is not released yet.)
    bool empty() const noexcept;
    /// When the first of all reaches a limit of its own.
    std::optional<boot_clock::time_point> next_limit() const noexcept;
    /// The queues in which somebody's own limit has come. Throws std::bad_alloc.
    queues with_limit_by(boot_clock::time_point now) const;
    /// Empties the room: the queues are the caller's to release.
    queues take_all() noexcept;

private:
    void remember_crowded(const std::shared_ptr<waiter_queue>& queue) noexcept;
    void forget_empty_queues();

    const std::shared_ptr<waiter_counts> counts_;
    queues queues_;
    queues crowded_;       ///< those of queues_ that are too long for one batch
    bool limited_ = false; ///< somebody came with a limit of its own: only then the queues are asked for theirs
    std::size_t tidy_at_ = first_tidy;
    static constexpr std::size_t first_tidy = 64;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
