// Operations of a stream as awaitables: try, wait for the socket, try again, until done or stopped.
#pragma once

#include <string_view>

#include "net/attempt.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// Repeats `step` (a call of the attempt's stream) until it needs no more waiting. `step` is a named object of the
/// caller: g++ 12 destroys a temporary closure twice when it is part of a co_await expression.
template <class Step>
asio::awaitable<io_result> drive(attempt& current, Step& step)
{
    for (;;) {
        if (current.stopped())
            co_return io_result{io_status::aborted, 0};
        const io_result result = step();
        if (result.status != io_status::want_read && result.status != io_status::want_write)
            co_return result;
        error_code ec;
        co_await current.stream().wait(result.status, ec);
        if (ec)
            co_return io_result{io_status::aborted, 0};
    }
}

/// `done` when every byte was taken by the kernel; else why not. `data` must outlive the coroutine.
asio::awaitable<io_result> write_all(attempt& current, std::string_view data);

/// `done` with at least one byte; else why not.
asio::awaitable<io_result> read_some(attempt& current, char* buffer, std::size_t size);

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
