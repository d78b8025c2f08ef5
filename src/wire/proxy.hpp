// Which proxy, if any, stands between us and the endpoint: the environment's rules as a pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/url.hpp"

namespace faceki::wire {

struct proxy {
    std::string host; ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 3128;
    std::string basic_credentials; ///< "user:password", percent-decoded; empty = none. Secret: never printed

    bool operator==(const proxy&) const = default;
};

/// Values of HTTPS_PROXY / https_proxy and NO_PROXY / no_proxy, read once by the caller (lower case wins where both are
/// set).
struct proxy_environment {
    std::string https_proxy;
    std::string no_proxy;
};

struct proxy_result {
    std::optional<proxy> value; ///< empty = connect directly
    std::string problem;        ///< not empty = the text cannot be used; never quotes it, since it may hold a password.
                                ///< To follow the field's name, as in url_result
};

/// Rules: `setting` "none" = never; "" = the environment decides; else it is the proxy's URL itself.
/// A loopback endpoint is never proxied. NO_PROXY: comma separated, `*`, a leading dot or none, suffix match on label
/// borders, optional :port.
///
/// - A proxy is written `http://[user[:password]@]host[:port][/]`, or the same without `http://`; then the port must be
/// there, so that a
///   stray word is not taken for a host. Other schemes are refused: TLS to the proxy and SOCKS are not spoken.
/// - NO_PROXY belongs to the environment: it does not weaken a `setting`, which names the proxy on purpose. A `setting`
/// is checked even
///   if the endpoint is a loopback one; the environment, which serves all programs, only where it is used.
/// - NO_PROXY, in detail: an entry matches the name itself and everything below it, with a leading `.` or `*.` or
/// without. Addresses
///   match as a whole only (there are no CIDR ranges), IPv6 with or without brackets. An entry that is none of this
///   matches nothing.
proxy_result choose_proxy(const url& endpoint, std::string_view setting, const proxy_environment& environment);

/// `CONNECT host:port HTTP/1.1` with Host and, where there are credentials, Proxy-Authorization (RFC 9110
/// section 9.3.6). Holds a secret: the caller wipes it; it is built in one allocation. Precondition and empty user
/// agent: as for make_token_request().
std::string make_connect_request(const url& endpoint, const proxy& via, std::string_view user_agent);

} // namespace faceki::wire
