// What an HTTPS source reads once, when it is made: its configuration and the environment.
#pragma once

#include <faceki/config.hpp>

#include "net/connector.hpp"
#include "net/https_exchange.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// All throw token_error(errc::invalid_config) naming the field.

/// Can `place` carry them? The message never quotes a value.
void check_credentials(const credentials& value, credentials_in place);
exchange_terms make_terms(const client_config& config);
/// What is dialled (connect_to, else the URL's host) decides about the proxy: a tunnel leads there, and loopback needs
/// none.
route make_route(const client_config& config);

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
