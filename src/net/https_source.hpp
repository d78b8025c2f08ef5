// The default token source: one HTTPS request to the token endpoint.
#pragma once

#include <memory>

#include <faceki/config.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// Makes the source for `config.base_url` (already validated by validate()). Reads the proxy environment once, here.
/// Throws token_error(errc::invalid_config) where a CA file cannot be read or TLS cannot be set up.
std::shared_ptr<token_source> make_https_source(const client_config& config, std::shared_ptr<clock> time);

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
