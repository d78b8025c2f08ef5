// Waiting for a lookup: an eventfd is all the coroutine and the thread have in common.
#include "net/resolver.hpp"

#include <cerrno>

#include <sys/eventfd.h>
#include <unistd.h>

#include "net/lookup.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

/// One who waits for a lookup, in a coroutine's frame: the frame may die at any moment, the thread notices nothing.
class listener {
public:
    listener(const asio::any_io_executor& executor, std::shared_ptr<lookup> to) : to_(std::move(to)), event_(executor)
    {
        open_event();
        to_->listen(event_.native_handle());
    }
    ~listener() { to_->unlisten(event_.native_handle()); } // before event_ closes it
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    asio::awaitable<void> wait(error_code& ec)
    {
        return event_.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::redirect_error(asio::use_awaitable, ec));
    }

    void cancel() noexcept
    {
        error_code ignored;
        event_.cancel(ignored);
    }

private:
    void open_event()
    {
        const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (fd < 0)
            throw std::system_error(errno, std::system_category(), "eventfd");
        error_code ec;
        event_.assign(fd, ec);
        if (!ec)
            return;
        ::close(fd);
        throw std::system_error(ec, "eventfd");
    }

    std::shared_ptr<lookup> to_;
    asio::posix::stream_descriptor event_;
};

} // namespace

asio::awaitable<std::error_code> resolve(attempt& current, const std::string& host, std::uint16_t port,
                                         std::vector<asio::ip::tcp::endpoint>& addresses, diagnostics& details)
{
    error_code not_a_literal;
    const asio::ip::address literal = asio::ip::make_address(host, not_a_literal);
    if (!not_a_literal) {
        addresses.assign(1, asio::ip::tcp::endpoint(literal, port));
        co_return std::error_code();
    }

    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    std::shared_ptr<lookup> running;
    try {
        running = lookup::join(host, port);
    } catch (const std::system_error& e) {
        details.cause = e.code();
        details.message = "no thread could be had to resolve the host name: " + e.code().message();
        co_return make_error_code(errc::resolve_failed);
    }
    {
        listener heard(executor, running);
        const attempt::cancels on_stop(current, [&heard] { heard.cancel(); });
        error_code ec;
        while (!ec && !running->done() && !current.stopped())
            co_await heard.wait(ec);
        if (ec || current.stopped())
            co_return asio::error::operation_aborted;
    }
    const lookup_result& found = running->result();
    if (found.error) {
        details.cause = found.error;
        details.message = "the host name could not be resolved: " + found.error.message();
        co_return make_error_code(errc::resolve_failed);
    }
    addresses = found.addresses;
    co_return std::error_code();
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
