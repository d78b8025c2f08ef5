// An executor that calls a function of the test's before each post: what that throws, the post throws.
#pragma once

#include <functional>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <faceki/detail/asio.hpp>

namespace faceki::test {

/// Posts to an io_context. Fits asio::any_io_executor. The function lives longer than every copy.
class hooked_executor {
public:
    hooked_executor(asio::io_context& io, const std::function<void()>& before) : io_(&io), before_(&before) {}

    asio::execution_context& query(asio::execution::context_t) const noexcept { return *io_; }
    static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept
    {
        return asio::execution::blocking.never;
    }
    hooked_executor require(asio::execution::blocking_t::never_t) const noexcept { return *this; }

    template <class Function>
    void execute(Function f) const
    {
        (*before_)();
        asio::post(*io_, std::move(f));
    }

    friend bool operator==(const hooked_executor&, const hooked_executor&) noexcept = default;

private:
    asio::io_context* io_;
    const std::function<void()>* before_;
};

} // namespace faceki::test
