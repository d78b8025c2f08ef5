// The token request, byte for byte.
#pragma once

#include <string>
#include <string_view>

#include <faceki/credentials_in.hpp>

#include "wire/url.hpp"

namespace faceki::wire {

/// `POST <path>/auth/api/generate-token`, head and body in one piece:
/// Host, User-Agent, Accept, Content-Type, Content-Length; never Authorization. `place` says whether `clientId` and
/// `clientSecret` are the JSON body's only keys, or header fields beside the body `{}`, or both. The result holds the
/// secret: the caller wipes it. It is built in one allocation, so no copy of the secret is left behind.
/// Preconditions: credential_problem() found nothing; neither did field_value_problem() in the user agent and, unless
/// `place` is the body, in the credentials. An empty user agent leaves its field out.
std::string make_token_request(const url& endpoint, std::string_view client_id, std::string_view client_secret,
                               std::string_view user_agent, credentials_in place = credentials_in::body);

/// Empty when `value` can be sent as a credential; else what is wrong ("is empty", "is not valid UTF-8", …), to follow
/// the field's name. UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
std::string_view credential_problem(std::string_view value, std::size_t max_bytes) noexcept;

/// Empty when `value` can be a header field's value; else what is wrong, to follow the field's name.
/// Stricter than RFC 9110 section 5.5 in one point: bytes above 0x7E are refused, since peers disagree about what they
/// mean. An empty value is fine.
std::string_view field_value_problem(std::string_view value) noexcept;

} // namespace faceki::wire
