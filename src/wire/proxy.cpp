// Proxy settings as curl and Go read them, where these two agree; strict where they differ.
#include "wire/proxy.hpp"

#include <algorithm>
#include <array>

#include "crypto/secret.hpp"
#include "wire/ascii.hpp"

namespace faceki::wire {
namespace {

/// Appends the decoded `text`. False on a broken % and on control characters: RFC 7617 has none, and CR LF must never
/// reach a header.
bool append_percent_decoded(std::string& out, std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return false;
        out += c;
    }
    return true;
}

/// "user:password" from the userinfo of a URL; what is wrong with it otherwise.
std::string_view read_credentials(std::string_view userinfo, std::string& credentials)
{
    if (userinfo.empty())
        return {};
    const std::size_t colon = std::min(userinfo.find(':'), userinfo.size());
    credentials.reserve(userinfo.size() + 1); // decoding only shortens: no copy is left behind
    constexpr std::string_view broken = "has a user name or password with a broken %-encoding or a control character";
    if (!append_percent_decoded(credentials, userinfo.substr(0, colon)))
        return broken;
    // Behind base64 the first colon ends the user name (RFC 7617): one inside it would move characters into the
    // password.
    if (credentials.find(':') != std::string::npos)
        return "has a user name with a colon, which cannot be sent";
    credentials += ':';
    if (colon < userinfo.size() && !append_percent_decoded(credentials, userinfo.substr(colon + 1)))
        return broken;
    return {};
}

/// Fills `result`; returns what is wrong with `text`.
std::string_view read_proxy(std::string_view text, proxy& result)
{
    bool has_scheme = false;
    if (const std::size_t end = text.find("://"); end != std::string_view::npos) {
        const std::string_view scheme = text.substr(0, end);
        if (equal_ignoring_case(scheme, "https"))
            return "must be an http:// proxy: TLS to the proxy itself is not supported";
        if (!equal_ignoring_case(scheme, "http"))
            return "must be an http:// proxy: no other kind is supported";
        text.remove_prefix(end + 3);
        has_scheme = true;
    }
    // The last @, as curl does it: a host cannot hold one, a careless password can.
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        const std::string_view userinfo = text.substr(0, at);
        if (userinfo.find_first_of("/?#") != std::string_view::npos)
            return "has a '/', '?' or '#' before its '@': %-encode it";
        if (const std::string_view problem = read_credentials(userinfo, result.basic_credentials); !problem.empty())
            return problem;
        text.remove_prefix(at + 1);
    }
    if (text.ends_with('/'))
        text.remove_suffix(1);
    if (text.find_first_of("/?#") != std::string_view::npos)
        return "must not have a path, query or fragment";

    host_port where = parse_host_port(text);
    if (!where.problem.empty())
        return where.problem;
    if (!where.port && !has_scheme)
        return "must name the proxy's port: http://host:port";
    result.host = std::move(where.host);
    if (where.port)
        result.port = *where.port;
    return {};
}

proxy_result parse_proxy(std::string_view text)
{
    proxy_result result; // filled in place: moving a short std::string leaves its characters behind
    proxy& value = result.value.emplace();
    if (const std::string_view problem = read_proxy(text, value); !problem.empty()) {
        crypto::wipe(value.basic_credentials);
        result.value.reset();
        result.problem = problem;
    }
    return result;
}

bool matches(const url& endpoint, std::string_view entry)
{
    entry = trimmed(entry);
    if (entry == "*")
        return true;
    if (entry.starts_with("*."))
        entry.remove_prefix(1);
    if (entry.starts_with('.'))
        entry.remove_prefix(1);
    if (entry.ends_with('.'))
        entry.remove_suffix(1);
    std::string bracketed; // of an IPv6 address, which may stand here bare
    if (!entry.starts_with('[') && std::count(entry.begin(), entry.end(), ':') > 1) {
        bracketed.append("[").append(entry).append("]");
        entry = bracketed;
    }
    const host_port rule = parse_host_port(entry);
    if (!rule.problem.empty() || (rule.port && *rule.port != endpoint.port))
        return false;
    if (endpoint.host == rule.host)
        return true;
    // No guard for addresses: they end in a number, and no name that parse_host_port() lets through does.
    const std::string_view host = endpoint.host;
    return host.size() > rule.host.size() && host.ends_with(rule.host) &&
           host[host.size() - rule.host.size() - 1] == '.';
}

bool is_exempt(const url& endpoint, std::string_view no_proxy)
{
    while (!no_proxy.empty()) {
        const std::size_t comma = std::min(no_proxy.find(','), no_proxy.size());
        if (matches(endpoint, no_proxy.substr(0, comma)))
            return true;
        no_proxy.remove_prefix(std::min(comma + 1, no_proxy.size()));
    }
    return false;
}

void append_base64(std::string& out, std::string_view bytes)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::string_view group = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= group.size() ? alphabet[bits >> (18 - 6 * k) & 0x3F] : '=';
    }
}

} // namespace

proxy_result choose_proxy(const url& endpoint, std::string_view setting, const proxy_environment& environment)
{
    setting = trimmed(setting);
    if (setting == "none")
        return {};
    if (!setting.empty()) {
        proxy_result chosen = parse_proxy(setting);
        if (chosen.value && is_loopback(endpoint)) {
            crypto::wipe(chosen.value->basic_credentials);
            return {};
        }
        return chosen;
    }
    const std::string_view from_environment = trimmed(environment.https_proxy);
    if (from_environment.empty() || is_loopback(endpoint) || is_exempt(endpoint, environment.no_proxy))
        return {};
    return parse_proxy(from_environment);
}

std::string make_connect_request(const url& endpoint, const proxy& via, std::string_view user_agent)
{
    const bool is_v6 = endpoint.host.find(':') != std::string::npos;
    // The authority form always has the port, and Host repeats it as it is (RFC 9112 sections 3.2.3 and 3.2).
    const std::string target =
        (is_v6 ? '[' + endpoint.host + ']' : endpoint.host) + ':' + std::to_string(endpoint.port);
    const bool has_credentials = !via.basic_credentials.empty();
    const std::array<std::string_view, 7> pieces = {
        "CONNECT ",
        target,
        " HTTP/1.1\r\nHost: ",
        target,
        user_agent.empty() ? "" : "\r\nUser-Agent: ",
        user_agent,
        has_credentials ? "\r\nProxy-Authorization: Basic " : "",
    };
    constexpr std::string_view end = "\r\n\r\n";
    std::size_t size = (via.basic_credentials.size() + 2) / 3 * 4 + end.size();
    for (const std::string_view piece : pieces)
        size += piece.size();

    std::string request;
    request.reserve(size);
    for (const std::string_view piece : pieces)
        request += piece;
    append_base64(request, via.basic_credentials);
    request += end;
    return request;
}

} // namespace faceki::wire
