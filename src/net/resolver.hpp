// Names to addresses, without ever waiting for getaddrinfo where somebody could notice.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include <faceki/diagnostics.hpp>

#include "net/attempt.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// Fills `addresses` in the system's order of preference; an address literal is its own answer.
///
/// getaddrinfo cannot be stopped, and Asio's resolver makes ~io_context wait for it. So each lookup has a detached
/// thread of its own, shared by all who ask for the same host and port meanwhile: a resolver that hangs holds one
/// thread per name, and nothing else. Gives errc::resolve_failed with details, or operation_aborted after a
/// cancellation or when the attempt was stopped. `host`, `addresses` and `details` must outlive the coroutine.
asio::awaitable<std::error_code> resolve(attempt& current, const std::string& host, std::uint16_t port,
                                         std::vector<asio::ip::tcp::endpoint>& addresses, diagnostics& details);

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
