// The endpoint's base URL, strictly parsed; and the pieces of it that the proxy's rules need too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faceki::wire {

/// A base URL, taken apart and normalised.
struct url {
    bool tls = true;
    std::string host;        ///< lower case; an IPv6 address without its brackets, in its canonical form (RFC 5952)
    bool is_address = false; ///< host is an IPv4 or IPv6 address: no SNI, checked against IP SANs
    std::uint16_t port = 443;
    std::string path; ///< "" or "/a/b": never a trailing slash

    bool operator==(const url&) const = default;

    /// What belongs into the Host field: brackets around IPv6, the port only where it is not the scheme's own.
    std::string authority() const;
};

/// Either a URL or what is wrong with the text.
struct url_result {
    std::optional<url> value;
    std::string problem; ///< to follow the field's name ("must start with https://"); never quotes the text
};

/// Parses `https://host[:port][/path]`, at most 4096 bytes.
///
/// Refused, each with its own sentence: another scheme (http passes only for a loopback address or `localhost`, and
/// only with `allow_http_on_loopback`), userinfo, query, fragment, an empty or impossible host, a zone id, ports
/// outside 1..65535, backslashes, spaces, control characters and bytes above 0x7E, dot segments. In the path,
/// %-encodings of slashes, backslashes and control characters are refused, and dot segments in any spelling: whoever
/// decodes them later would see another path than the one that was configured.
/// Source: RFC 3986; ASCII only, an internationalised name is given in its xn-- form.
url_result parse_base_url(std::string_view text, bool allow_http_on_loopback);

/// True for `localhost`, 127.0.0.0/8 and ::1 (host as stored in url::host).
bool is_loopback(const url&);

/// `host`, `host:port`, `[v6]` or `[v6]:port`, normalised.
struct host_port {
    std::string host;
    bool is_address = false;
    std::optional<std::uint16_t> port;
    std::string_view problem; ///< not empty = the text is neither of these; to follow the field's name
};

/// Names: labels of 1..63 letters, digits, `-` and `_`, no `-` at a label's ends, 253 in all, no trailing dot
/// (certificates and Host never have it). A last label that is a number (also 0x…) must belong to a dotted quad:
/// getaddrinfo would read "127.1" as an address, and the checks that know addresses would not.
host_port parse_host_port(std::string_view text);

} // namespace faceki::wire
