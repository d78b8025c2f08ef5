// Reading and writing with waits.
#include "net/stream_io.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

asio::awaitable<io_result> write_all(attempt& current, std::string_view data)
{
    std::string_view rest = data;
    auto step = [&current, &rest] { return current.stream().write(rest.data(), rest.size()); };
    while (!rest.empty()) {
        io_result result = try_once(current, step);
        if (must_wait(result))
            result = co_await drive(current, step, result);
        if (result.status != io_status::done)
            co_return result;
        rest.remove_prefix(result.size);
    }
    co_return io_result{io_status::done, data.size()};
}

asio::awaitable<io_result> read_some(attempt& current, char* buffer, std::size_t size)
{
    auto step = [&current, buffer, size] { return current.stream().read(buffer, size); };
    io_result result = try_once(current, step);
    if (must_wait(result))
        result = co_await drive(current, step, result);
    co_return result;
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
