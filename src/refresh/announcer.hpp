// What a client tells its log hook and its observer. Called outside every lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <faceki/detail/token_core.hpp>
#include <faceki/log.hpp>
#include <faceki/observer.hpp>
#include <faceki/stats.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Thread safety: any thread, as hook and observer themselves. What those throw is ignored.
class announcer {
public:
    announcer(log_hook hook, log_level most, std::shared_ptr<faceki::observer> watcher)
        : log_(std::move(hook), most), observer_(std::move(watcher))
    {
    }

    void flight_starts(const flight_started& event) const noexcept;
    void flight_ends(const flight_finished& event) const noexcept;
    void retries(std::uint64_t flight, const outcome& failed, std::chrono::nanoseconds pause) const noexcept;
    void own_limits_passed(std::size_t count) const noexcept;
    void token_rejected() const noexcept;
    void credentials_changed() const noexcept;
    void budget(const budget_event& event) const noexcept;
    void prewarmed(std::error_code error) const noexcept;
    void closed(const close_report& report) const noexcept;

private:
    template <class Call>
    void tell(const Call& call) const noexcept
    {
        if (!observer_)
            return;
        try {
            call(*observer_);
        } catch (...) {
            // It observes; what goes wrong there is no business of the client's.
        }
    }

    logger log_;
    std::shared_ptr<faceki::observer> observer_;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
