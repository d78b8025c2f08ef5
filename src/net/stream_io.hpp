// Operations of a stream as awaitables: try, wait for the socket, try again, until done or stopped.
#pragma once

#include <string_view>

#include "net/attempt.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

inline bool must_wait(io_result result) noexcept
{
    return result.status == io_status::want_read || result.status == io_status::want_write;
}

/// `step` (a call of the attempt's stream) once, unless the attempt is stopped. What must_wait() goes to drive(): so a
/// coroutine is made for those only that do.
template <class Step>
io_result try_once(attempt& current, Step& step)
{
    return current.stopped() ? io_result{io_status::aborted, 0} : step();
}

/// Waits as `result` says and repeats `step`, until it needs no more waiting. `step` is a named object of the caller:
/// g++ 12 destroys a temporary closure twice when it is part of a co_await expression.
template <class Step>
asio::awaitable<io_result> drive(attempt& current, Step& step, io_result result)
{
    while (must_wait(result)) {
        error_code ec;
        co_await current.stream().wait(result.status, ec);
        result = ec ? io_result{io_status::aborted, 0} : try_once(current, step);
    }
    co_return result;
}

/// `done` when every byte was taken by the kernel; else why not. `data` must outlive the coroutine.
asio::awaitable<io_result> write_all(attempt& current, std::string_view data);

/// `done` with at least one byte; else why not.
asio::awaitable<io_result> read_some(attempt& current, char* buffer, std::size_t size);

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
