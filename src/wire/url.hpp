// The endpoint's base URL, strictly parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faceki::wire {

/// A base URL, taken apart and normalised.
struct url {
    bool tls = true;
    std::string host;           ///< lower case; an IPv6 address without its brackets
    bool is_address = false;    ///< host is an IPv4 or IPv6 address: no SNI, checked against IP SANs
    std::uint16_t port = 443;
    std::string path;           ///< "" or "/a/b": never a trailing slash

    bool operator==(const url&) const = default;

    /// What belongs into the Host field: brackets around IPv6, the port only where it is not the scheme's own.
    std::string authority() const;
};

/// Either a URL or a sentence that says what is wrong with the text.
struct url_result {
    std::optional<url> value;
    std::string problem;
};

/// Parses `https://host[:port][/path]`.
///
/// Refused, each with its own sentence: another scheme (http passes only for a loopback address or `localhost`, and only with
/// `allow_http_on_loopback`), userinfo, query, fragment, an empty or impossible host, a zone id, ports outside 1..65535,
/// backslashes, spaces, control characters and bytes above 0x7E, dot segments.
/// Source: RFC 3986; ASCII only, an internationalised name is given in its xn-- form.
url_result parse_base_url(std::string_view text, bool allow_http_on_loopback);

/// True for `localhost`, 127.0.0.0/8 and ::1 (host as stored in url::host).
bool is_loopback(const url&);

} // namespace faceki::wire
