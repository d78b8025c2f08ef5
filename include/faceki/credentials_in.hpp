// Where the token request carries the credentials: a header of its own, so that pure code can know it without Asio.
#pragma once

#include <cstdint>

namespace faceki {

/// Where the token request carries client id and secret. The vendor's page documents both forms.
///
/// A header field cannot carry everything JSON can: with `headers` and `body_and_headers`, credentials with a control
/// character, bytes outside ASCII or blanks at an end are refused with errc::invalid_config, by the constructor and by
/// set_credentials(). `limits::max_credential_bytes` (64 KiB each) bounds them here as in the body; but many servers
/// and gateways refuse a request head above 8 or 16 KiB, with 400, 413 or 431.
enum class credentials_in : std::uint8_t {
    body,            ///< the JSON body's `clientId` and `clientSecret`
    headers,         ///< fields of these names; the body is an empty JSON object, `{}`
    body_and_headers ///< both
};

} // namespace faceki
