// The exit column of the design's error table.
#include "cli/exit_code.hpp"

#include <faceki/detail/asio.hpp>
#include <faceki/error.hpp>

namespace faceki::cli {

bool is_cancellation(std::error_code code) noexcept
{
    return code == asio::error::operation_aborted || code == std::errc::operation_canceled;
}

exit_code exit_code_of(std::error_code code) noexcept
{
    if (!code)
        return exit_code::token;
    if (is_cancellation(code))
        return exit_code::interrupted;
    if (code.category() != error_category())
        return exit_code::other;
    switch (static_cast<errc>(code.value())) {
    case errc::credentials_rejected:
        return exit_code::refused;
    case errc::rate_limited:
    case errc::budget_exhausted: // no command sets a budget yet: no row of the contract table can produce it
        return exit_code::rate;
    case errc::server_error:
        return exit_code::server_error;
    case errc::unexpected_status:
    case errc::malformed_http:
    case errc::malformed_token:
    case errc::response_too_large:
        return exit_code::bad_reply;
    case errc::resolve_failed:
    case errc::connect_failed:
    case errc::connection_lost:
    case errc::proxy_refused:
    case errc::tls_failed:
        return exit_code::network;
    case errc::timed_out:
        return exit_code::timeout;
    case errc::store_failed: // no command has a store yet
        return exit_code::store;
    case errc::too_many_waiters: // one waiter per process: for the day a command has more
    case errc::invalid_config:
        return exit_code::setup;
    }
    return exit_code::other;
}

} // namespace faceki::cli
