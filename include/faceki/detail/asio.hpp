// The one place that names ::asio. A later backend (Boost.Asio) is chosen here and nowhere else.
#pragma once

#include <utility> // asio/awaitable.hpp uses std::exchange without including it

#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/execution_context.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

/// One inline namespace per backend, so that both can be linked into one program.
#define FACEKI_ASIO_BACKEND standalone_asio

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace asio = ::asio;
using error_code = asio::error_code;
} // namespace faceki::inline FACEKI_ASIO_BACKEND
