// Alarms that are no work of an execution context: one thread of the process waits for all of them.
#pragma once

#include <memory>

#include <faceki/clock.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// See clock::make_quiet_alarm(). It must be destroyed or disarmed before the executor's context goes: the thread posts
/// to it until then, and never after.
///
/// The first arm() of a process starts the thread. It lives as long as the process: asleep, it costs nothing but its
/// stack. A forked child gets one of its own; what was armed before the fork is not armed there.
std::unique_ptr<alarm> make_quiet_boot_alarm(asio::any_io_executor executor);

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
