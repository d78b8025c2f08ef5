// The token request, byte for byte.
#pragma once

#include <string>
#include <string_view>

#include "wire/url.hpp"

namespace faceki::wire {

/// `POST <path>/auth/api/generate-token`, head and body in one piece:
/// JSON body with exactly `clientId` and `clientSecret`; Host, User-Agent, Accept, Content-Type, Content-Length; never Authorization.
/// The result holds the secret: the caller wipes it. It is built in one allocation, so no copy of the secret is left behind.
std::string make_token_request(const url& endpoint, std::string_view client_id, std::string_view client_secret,
                               std::string_view user_agent);

/// Empty when `value` can be sent as a credential; else what is wrong ("is empty", "is not valid UTF-8", …), to follow the field's name.
std::string_view credential_problem(std::string_view value, std::size_t max_bytes) noexcept;

/// Empty when `value` can be a header field's value; else what is wrong.
std::string_view field_value_problem(std::string_view value) noexcept;

} // namespace faceki::wire
