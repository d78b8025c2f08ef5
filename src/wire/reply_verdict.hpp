// From facts to an error and a sentence of ours: the rules listed at read_token_reply(), one function for each step.
// Private to this room.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <faceki/error.hpp>

#include "wire/reply_facts.hpp"
#include "wire/token_response.hpp"

namespace faceki::wire {

/// How far the reading of a document came.
enum class outcome { good, broken, too_deep };

/// An error and our own sentence for it; no error = go on.
struct verdict {
    std::optional<errc> error;
    std::string_view sentence; ///< "{}" stands for the HTTP status
};

inline verdict judge_status(int status) noexcept
{
    switch (status) {
    case 400:
    case 401:
    case 402:
    case 403:
    case 422:
        return {errc::credentials_rejected,
                "the endpoint refused the credentials (HTTP {}): check client id and secret"};
    case 408:
    case 425:
        return {errc::server_error, "the endpoint did not take the request (HTTP {}): try again later"};
    case 429:
        return {errc::rate_limited, "the endpoint wants fewer requests (HTTP {}): wait before the next one"};
    default:
        break;
    }
    if (status >= 200 && status <= 299)
        return {};
    if (status >= 300 && status <= 399)
        return {errc::unexpected_status,
                "the endpoint redirects (HTTP {}), which is never followed: check the base URL"};
    if (status >= 500 && status <= 599)
        return {errc::server_error, "the endpoint failed (HTTP {}): try again later"};
    return {errc::unexpected_status, "the endpoint gave an unexpected answer (HTTP {}): check the base URL"};
}

inline verdict judge_document(outcome result, const facts& found) noexcept
{
    if (result == outcome::too_deep)
        return {errc::response_too_large, "the reply (HTTP {}) is nested deeper than limits.max_json_depth"};
    if (result == outcome::broken)
        return {errc::malformed_token,
                "the reply (HTTP {}) is not one whole JSON object: check that the base URL is the API's"};
    if (found.repeated)
        return {errc::malformed_token,
                "the reply (HTTP {}) holds two values for one key: which of them counts is unknown"};
    return {};
}

inline verdict judge_envelope(const facts& found) noexcept
{
    if (found.status_code.value_or(0) >= 500)
        return {errc::server_error,
                "the endpoint failed (HTTP {}, but the statusCode in its reply is 500 or more): try again later"};
    if (found.status_false || found.error || (found.root_keys == 1 && found.has(slot::client_secret)))
        return {errc::credentials_rejected, "the endpoint refused the credentials (HTTP {}, but its reply reports an "
                                            "error): check client id and secret"};
    if (found.response_code_bad)
        return {errc::malformed_token, "the endpoint reports a failure (HTTP {}, but the responseCode in its reply is "
                                       "not 0): see the server's message"};
    return {};
}

inline verdict judge_token(const facts& found, const token_limits& limits) noexcept
{
    if (found.token.empty())
        return {errc::malformed_token,
                "the reply (HTTP {}) has no token: data.access_token is not a string with characters in it"};
    if (found.token.size() > limits.token_bytes)
        return {errc::response_too_large, "the token in the reply (HTTP {}) is longer than limits.max_token_bytes"};
    if (!is_header_safe_token(found.token))
        return {errc::malformed_token, "the token in the reply (HTTP {}) has characters that a header must not carry"};
    if (found.token_type_bad)
        return {errc::malformed_token, "the token in the reply (HTTP {}) is not of type Bearer"};
    if (found.lifetime_given && !found.lifetime)
        return {
            errc::malformed_token,
            "the token in the reply (HTTP {}) has no usable lifetime: expires_in must be a positive number of seconds"};
    if (!found.lifetime_given && limits.assumed_lifetime <= std::chrono::milliseconds{0})
        return {errc::malformed_token,
                "the token in the reply (HTTP {}) has no lifetime, and lifetime.assumed_lifetime is 0"};
    return {};
}

inline std::string make_message(std::string_view sentence, int status)
{
    std::string text(sentence);
    if (const std::size_t at = text.find("{}"); at != std::string::npos)
        text.replace(at, 2, std::to_string(status));
    return text;
}

} // namespace faceki::wire
