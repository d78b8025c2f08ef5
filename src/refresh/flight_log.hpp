// The lines a client's log hook gets about flights and tokens. Called outside every lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <faceki/detail/token_core.hpp>
#include <faceki/log.hpp>
#include <faceki/stats.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Thread safety: any thread, as the hook itself.
class flight_log {
public:
    flight_log(log_hook hook, log_level most) : log_(std::move(hook), most) {}

    void flight_started(std::uint64_t number, std::size_t waiting) const noexcept;
    /// `took` from the flight's start, `until_retry` meaningful for a failure only.
    void flight_ended(std::uint64_t number, const outcome& how, std::chrono::nanoseconds took,
                      std::chrono::nanoseconds until_retry) const noexcept;
    void waiters_served(std::uint64_t number, std::size_t count) const noexcept;
    void own_limit_passed(std::size_t count) const noexcept;
    void token_rejected() const noexcept;
    void credentials_changed() const noexcept;
    void closed(const close_report& report) const noexcept;

private:
    logger log_;
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
