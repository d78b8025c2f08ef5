// The JSON the mock endpoint reads: token requests, to be compared with the documented one, and tokens inside scripted
// replies.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "testing/mock_http.hpp"

namespace faceki::testing {

struct token_request_shape {
    std::string
        problem; ///< the first difference to the documented request; empty = none. Holds nothing the client sent
    std::string client_id;
    std::string client_secret;
};

/// Compares a request with the documented one, in either of its forms or both at once. Credentials are filled in as
/// far as they were found.
token_request_shape inspect_token_request(const http_request& request, std::string_view token_target);

struct issued_token {
    std::string value;
    std::chrono::milliseconds lifetime{};
};

/// The token inside a scripted reply body: `access_token` and `expires_in`, in `data` or at the top.
std::optional<issued_token> find_token(const std::string& body);

/// As a JSON string, quotes included.
std::string quoted(std::string_view text);

/// Seconds as a JSON number: 3600, or 1.5 where the lifetime is not whole.
std::string in_seconds(std::chrono::milliseconds lifetime);

} // namespace faceki::testing
