// Over the tool's own HTTP code: the endpoint judges.
#include "tool/api_call.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "cli/api_caller.hpp"

namespace faceki_test {

int api_status(const std::string& base_url, const std::string& ca_pem, std::string_view authorization)
{
    asio::io_context io;
    int status = 0;
    const auto call = [&]() -> asio::awaitable<void> {
        faceki::cli::api_caller caller(base_url, ca_pem);
        const faceki::cli::api_answer answer = co_await caller.get("/kycrules/api/kycrules", authorization);
        status = answer.status;
    };
    asio::co_spawn(io, call, [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    io.run();
    return status;
}

} // namespace faceki_test
