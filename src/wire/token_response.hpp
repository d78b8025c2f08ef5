// What a reply of the token endpoint means. The only file that knows simdjson is behind this header.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <faceki/error.hpp>

namespace faceki::wire {

struct token_limits {
    std::size_t json_depth = 128; ///< the root object is depth 1
    std::size_t token_bytes = 16 * 1024;
    std::chrono::milliseconds assumed_lifetime =
        std::chrono::hours{1}; ///< for a reply without expires_in; 0 = refuse it
};

/// A reply, classified. `error` empty = `token` and `expires_in` are good.
struct token_reply {
    std::optional<errc> error;
    std::string token;                      ///< the caller wipes it; empty on failure
    std::chrono::milliseconds expires_in{}; ///< 1 ms ... 10 years
    std::string message;                    ///< in our words, never the server's bytes; empty on success
    std::optional<std::int64_t> response_code;
    std::optional<std::int64_t> status_code;
    std::string
        server_message; ///< untrusted: at most 256 bytes, control characters escaped, secrets removed; empty on success
};

/// Strings that must not survive in server_message, nor any escaped form of them.
struct redactions {
    std::string_view client_id;
    std::string_view client_secret;
};

/// Classifies a complete reply. `body` is parsed in place: its buffer must hold `capacity` ≥ size + 64 bytes, and is
/// scribbled on.
///
/// By HTTP status first: 400 401 402 403 422 credentials_rejected; 429 rate_limited; 408 425 5xx server_error; whatever
/// else is not 2xx unexpected_status. The body of such a reply only fills the diagnostics, and only if it is one whole
/// JSON object.
///
/// Under 2xx the first of these that holds decides:
/// 1. not one whole JSON object in valid UTF-8 (a byte order mark in front is skipped, as RFC 8259 section 8.1 allows):
/// malformed_token;
///    nested deeper than the limit: response_too_large; a key that we read stands there twice (compared unescaped):
///    malformed_token, because two readers of such a reply may take different values
/// 2. `statusCode` ≥ 500: server_error. Before rule 3, since every error of this API carries `status:false`, and a
/// passing fault
///    that is taken for a rejection would be remembered as one
/// 3. `status` is false; `error` or `data.error` is there and not null; `errors` is there and neither null nor an empty
/// array or object;
///    or `clientSecret` is the only key: credentials_rejected
/// 4. `responseCode` is there, not null, and not the integer 0: malformed_token
/// 5. `data.access_token` is missing, no string or empty: malformed_token; longer than the limit: response_too_large;
/// not
///    is_header_safe_token(): malformed_token
/// 6. `data.token_type` is there, not null, and not "Bearer" in any case: malformed_token
/// 7. `data.expires_in`: a number, or a string of digits with perhaps a point and digits; floored to milliseconds, at
/// most 10 years.
///    Missing or null gives assumed_lifetime. What is not positive after flooring, and every other value:
///    malformed_token
///
/// `response_code` and `status_code` are filled where the value is an integer that fits. `server_message` is the first
/// non-empty string among `message`, `error.message`, `data.error.message`, `errors[0].message`, `error`.
token_reply read_token_reply(int http_status, char* body, std::size_t size, std::size_t capacity,
                             const token_limits& limits, const redactions& secrets);

/// True when `text` may stand behind "Bearer " in a header field: RFC 6750 b64token or RFC 6749 VSCHAR, that is
/// 0x21..0x7E, not empty.
bool is_header_safe_token(std::string_view text) noexcept;

} // namespace faceki::wire
