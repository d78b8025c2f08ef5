// OpenSSL's error codes as sentences for a person who has to fix something.
#pragma once

#include <system_error>

#include "net/tls_stream.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// TCP ended although TLS had not: the transport's failure, which OpenSSL reports as its own.
bool is_unexpected_eof(unsigned long code) noexcept;

/// `code` from OpenSSL's error queue, `verify_result` from SSL_get_verify_result().
stream_failure explain_tls(unsigned long code, long verify_result);

/// Codes of OpenSSL's error queue, for diagnostics::cause.
const std::error_category& openssl_category() noexcept;

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
