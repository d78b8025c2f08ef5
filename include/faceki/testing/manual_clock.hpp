// A clock that moves only when the test says so.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <faceki/clock.hpp>

namespace faceki::testing {

/// Virtual time for a client: `config.clock = std::make_shared<faceki::testing::manual_clock>();`
/// Alarms that become due are posted to their executors; run those (io.poll()) to see their effect.
/// Thread safety: every function may be called from any thread.
class FACEKI_API manual_clock final : public clock {
public:
    manual_clock();
    ~manual_clock() override;

    boot_clock::time_point now() const noexcept override;
    std::chrono::system_clock::time_point wall_now() const noexcept override;
    std::unique_ptr<alarm> make_alarm(asio::any_io_executor executor) override;

    /// Moves time forward and posts every alarm that is due by then, earliest first.
    void advance(boot_clock::duration by);
    /// Moves to the earliest armed alarm and posts it. False if none is armed.
    bool advance_to_next_alarm();
    /// When the earliest armed alarm is due.
    std::optional<boot_clock::time_point> next_alarm() const;
    /// Moves wall time only: it must change nothing.
    void jump_wall(std::chrono::seconds by);

private:
    struct state;
    class manual_alarm;
    std::shared_ptr<state> state_;
};

} // namespace faceki::testing
