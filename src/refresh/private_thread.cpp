// The thread of a client that brings its own.
#include <thread>

#include <faceki/own_thread.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "net/signals_blocked.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Shared with the thread, which may be the last to need it.
struct private_thread::state {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{asio::make_work_guard(io)};
    std::thread thread;

    /// Until told to stop; then what is ready, such as the waiters close() completed, but not what may become so one
    /// day: a timer of an hour that somebody left here, a source that ignores its cancellation.
    void work_off()
    {
        io.run();
        io.restart();
        while (io.poll() != 0) {
        }
    }

    void stop_and_join() noexcept
    {
        if (!thread.joinable())
            return;
        io.stop();
        if (thread.get_id() == std::this_thread::get_id())
            thread.detach();
        else
            thread.join();
    }
};

private_thread::private_thread() : state_(std::make_shared<state>())
{
    const faceki::net::signals_blocked quiet; // inherited by the thread
    state_->thread = std::thread([s = state_] { s->work_off(); });
}

void private_thread::end(const std::shared_ptr<token_core>& core) noexcept
{
    core->close();
    state_->stop_and_join();
}

private_thread::~private_thread()
{
    state_->stop_and_join(); // still there only if its client could not be made
}

asio::any_io_executor private_thread::executor() const
{
    return state_->io.get_executor();
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
