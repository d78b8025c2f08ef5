// The connection between two requests: kept from the last one, or made ready for the next one.
#pragma once

#include <chrono>
#include <memory>
#include <system_error>
#include <vector>

#include "net/attempt.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// At most one is kept. No alarm closes it after its idle time: it is looked at when it is wanted again.
/// Thread safety: none; lives on one strand.
class spare_connection {
public:
    /// Both references must live as long as this.
    spare_connection(const clock& time, std::chrono::milliseconds longest_idle, const exchange_log& log) noexcept;
    spare_connection(const spare_connection&) = delete;
    spare_connection& operator=(const spare_connection&) = delete;

    /// The kept one, if a request can be written on it; else null, and none is kept any more.
    std::unique_ptr<connection> take() noexcept;
    /// Whether take() gives one now, and for some time: half of its idle time is still to come.
    bool ready() noexcept { return problem(longest_idle_ / 2) == nullptr; }
    /// In place of the one that is kept, if there is one.
    void keep(std::unique_ptr<connection> idle) noexcept;
    void drop() noexcept { kept_.reset(); }

    /// A warm-up, from its start to its end; lives in its coroutine's frame. One at a time.
    class maker {
    public:
        explicit maker(spare_connection& owner) noexcept : owner_(owner) { owner_.being_made_ = true; }
        ~maker() { owner_.made(); }
        maker(const maker&) = delete;
        maker& operator=(const maker&) = delete;

    private:
        spare_connection& owner_;
    };

    bool being_made() const noexcept { return being_made_; }

    /// Waits for the end of the warm-up that is under way, however it ends. The attempt's limit must be set.
    /// operation_aborted after a cancellation, or a stop of the attempt, that came first.
    asio::awaitable<std::error_code> until_made(attempt& waiting);

private:
    class sleeper;

    /// Why the kept one cannot be used; null = it can.
    const char* problem(std::chrono::milliseconds longest_idle) noexcept;
    void made() noexcept;

    const clock& time_;
    const std::chrono::milliseconds longest_idle_;
    const exchange_log& log_;
    std::unique_ptr<connection> kept_;
    boot_clock::time_point kept_since_{};
    bool being_made_ = false;
    std::vector<sleeper*> sleepers_; ///< each in the frame of a coroutine in until_made()
};

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
