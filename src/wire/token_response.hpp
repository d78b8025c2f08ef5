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
    std::size_t json_depth = 128;
    std::size_t token_bytes = 16 * 1024;
    std::chrono::milliseconds assumed_lifetime = std::chrono::hours{1}; ///< for a reply without expires_in; 0 = refuse it
};

/// A reply, classified. `error` empty = `token` and `expires_in` are good.
struct token_reply {
    std::optional<errc> error;
    std::string token;                      ///< the caller wipes it
    std::chrono::milliseconds expires_in{}; ///< 1 ms ... 10 years
    std::string message;                    ///< in our words, never the server's bytes; empty on success
    std::optional<std::int64_t> response_code;
    std::optional<std::int64_t> status_code;
    std::string server_message; ///< untrusted: at most 256 bytes, control characters escaped, secrets removed
};

/// Strings that must not survive in server_message, nor any escaped form of them.
struct redactions {
    std::string_view client_id;
    std::string_view client_secret;
};

/// Classifies a complete reply. `body` is parsed in place: its buffer must hold `capacity` ≥ size + 64 bytes, and is scribbled on.
token_reply read_token_reply(int http_status, char* body, std::size_t size, std::size_t capacity, const token_limits& limits,
                             const redactions& secrets);

/// True when `text` may stand behind "Bearer " in a header field: RFC 6750 b64token or RFC 6749 VSCHAR, that is 0x21..0x7E, not empty.
bool is_header_safe_token(std::string_view text) noexcept;

} // namespace faceki::wire
