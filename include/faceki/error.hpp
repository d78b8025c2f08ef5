// Everything that can go wrong, by name: one enum, one category, five conditions.
#pragma once

#include <string_view>
#include <system_error>
#include <type_traits>

#include <faceki/detail/export.hpp>

namespace faceki {

/// Why no token could be given. A cancelled wait or a closed client is `asio::error::operation_aborted`, not one of
/// these.
enum class errc {
    credentials_rejected = 1, ///< the endpoint refused the credentials: 400 401 402 403 422, or a 2xx body that says so
    rate_limited,             ///< 429, or a forced renewal came too soon after the last one
    budget_exhausted,         ///< the configured limit of requests per day or hour is reached
    server_error,             ///< 408 425 5xx, or a 2xx body whose statusCode is 500 or more
    unexpected_status,        ///< any other status; redirects too, which are never followed
    malformed_http,           ///< the reply's HTTP framing is broken
    malformed_token,          ///< a complete 2xx reply without a usable token
    response_too_large,       ///< a limit on head, fields, body, JSON depth or token size was passed
    resolve_failed,           ///< the host name has no address; nothing was sent
    connect_failed,           ///< no address accepted a connection; nothing was sent
    connection_lost,          ///< the request was sent, the connection ended before a whole answer came
    proxy_refused,            ///< the proxy gave no tunnel; nothing was sent
    tls_failed,               ///< the handshake or the certificate check failed; nothing was sent
    timed_out,                ///< a deadline passed
    store_failed,             ///< the token store is unreachable and the policy says fail
    too_many_waiters,         ///< `limits::max_waiters` callers wait already
    invalid_config,           ///< the configuration cannot work; the message names the field
};

/// Groups of errc values, for code that decides what to do rather than what happened.
/// `if (ec == faceki::condition::transient) …`
enum class condition {
    transient = 1, ///< the same call may succeed later
    permanent,     ///< it will not, until somebody changes something
    auth,          ///< the credentials are the problem
    network,       ///< DNS, TCP, TLS or proxy
    protocol,      ///< the reply could not be understood
};

/// The one category object of errc values. Thread safety: any thread.
FACEKI_API const std::error_category& error_category() noexcept;
/// The one category object of conditions. Thread safety: any thread.
FACEKI_API const std::error_category& condition_category() noexcept;

/// The enumerator's own name, for logs and JSON: "credentials_rejected".
FACEKI_API std::string_view name_of(errc) noexcept;

inline std::error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), error_category()};
}

inline std::error_condition make_error_condition(condition c) noexcept
{
    return {static_cast<int>(c), condition_category()};
}

} // namespace faceki

template <>
struct std::is_error_code_enum<faceki::errc> : std::true_type {
};
template <>
struct std::is_error_condition_enum<faceki::condition> : std::true_type {
};
