// One token request and its answer, on a connection that stands.
#pragma once

#include <string>
#include <system_error>

#include <faceki/credentials_in.hpp>
#include <faceki/diagnostics.hpp>
#include <faceki/token_source.hpp>

#include "net/attempt.hpp"
#include "wire/http_response.hpp"
#include "wire/token_response.hpp"
#include "wire/url.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// What every exchange of a source has in common.
struct exchange_terms {
    wire::url endpoint;
    std::string user_agent;
    credentials_in place = credentials_in::body;
    wire::http_limits http;
    wire::token_limits token;
};

/// One exchange; its object outlives the coroutine of run().
class https_exchange {
public:
    https_exchange(attempt& current, const exchange_terms& terms, grant_request& request) noexcept
        : current_(current), terms_(terms), request_(request)
    {
    }
    ~https_exchange(); ///< wipes the token
    https_exchange(const https_exchange&) = delete;
    https_exchange& operator=(const https_exchange&) = delete;

    /// Writes the request, reads the answer, classifies it. The attempt's limit must be set.
    ///
    /// No error = reply() holds a token. Else connection_lost, malformed_http, response_too_large, or what the answer
    /// means; operation_aborted after a cancellation or a stop of the attempt. Fills every field of `details` that it
    /// knows better.
    asio::awaitable<std::error_code> run(diagnostics& details);

    wire::token_reply& reply() noexcept { return reply_; }
    /// Another request may follow on the connection.
    bool reusable() const noexcept { return reusable_; }

private:
    asio::awaitable<io_result> send(diagnostics& details);
    asio::awaitable<io_result> receive(wire::http_response& response, diagnostics& details);
    std::error_code read(wire::http_response& response, diagnostics& details);

    attempt& current_;
    const exchange_terms& terms_;
    grant_request& request_;
    wire::token_reply reply_;
    bool reusable_ = false;
};

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
