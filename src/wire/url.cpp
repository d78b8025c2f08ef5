// RFC 3986, as much of it as a base URL needs. Strict on purpose: what is refused here need not be guarded against
// anywhere else.
#include "wire/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "wire/ascii.hpp"

namespace faceki::wire {
namespace {

constexpr std::size_t longest_url = 4096;
constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes `prefix` off the front, whatever its case there.
bool consume_prefix(std::string_view& text, std::string_view prefix) noexcept
{
    if (!starts_with_ignoring_case(text, prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept
{
    if (text.empty() || text.front() == '0' || !std::all_of(text.begin(), text.end(), is_digit))
        return std::nullopt;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{})
        return std::nullopt;
    return port;
}

/// The address in its canonical form; empty if `text` is not one.
template <int Family>
std::string canonical_address(const std::string& text)
{
    std::array<unsigned char, 16> bytes{};
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    if (::inet_pton(Family, text.c_str(), bytes.data()) != 1)
        return {};
    if (::inet_ntop(Family, bytes.data(), canonical.data(), canonical.size()) == nullptr)
        return {};
    return canonical.data();
}

/// True for "7", "0x7f": what inet_aton, and so getaddrinfo, takes for a piece of an IPv4 address.
bool is_number(std::string_view label) noexcept
{
    if (consume_prefix(label, "0x"))
        return std::all_of(label.begin(), label.end(), [](char c) { return hex_value(c) >= 0; });
    return std::all_of(label.begin(), label.end(), is_digit);
}

std::string_view name_problem(std::string_view name) noexcept
{
    if (name.size() > longest_name)
        return "has a host name longer than 253 bytes";
    if (name.back() == '.')
        return "must not have a dot at the end of its host name";
    std::string_view label;
    for (std::size_t begin = 0; begin <= name.size(); begin += label.size() + 1) {
        label = name.substr(begin, name.find('.', begin) - begin);
        if (label.empty())
            return "has a host name with an empty label";
        if (label.size() > longest_label)
            return "has a host name with a label longer than 63 bytes";
        if (label.front() == '-' || label.back() == '-')
            return "has a host name with a '-' at the end of a label";
        for (const char c : label)
            if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_')
                return "has a host name with other characters than letters, digits, '-', '_' and '.'";
    }
    if (is_number(label))
        return "has a host that is neither a name nor a dotted IPv4 address";
    return {};
}

constexpr bool is_path_character(char c) noexcept
{
    return is_letter(c) || is_digit(c) || std::string_view("-._~!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

std::string_view path_problem(std::string_view path)
{
    std::string segment; // decoded
    const auto is_dots = [&segment] { return segment == "." || segment == ".."; };
    for (std::size_t i = 0; i < path.size(); ++i) {
        char c = path[i];
        if (c == '/') {
            if (is_dots())
                return "must not have '.' or '..' segments in its path";
            segment.clear();
            continue;
        }
        if (c == '%') {
            const int high = i + 1 < path.size() ? hex_value(path[i + 1]) : -1;
            const int low = i + 2 < path.size() ? hex_value(path[i + 2]) : -1;
            if (high < 0 || low < 0)
                return "has a '%' in its path that is not followed by two hexadecimal digits";
            const int byte = high * 16 + low;
            if (byte < 0x20 || byte == 0x7F)
                return "must not have an encoded control character in its path";
            if (byte == '/' || byte == '\\')
                return "must not have an encoded slash or backslash in its path";
            c = static_cast<char>(byte);
            i += 2;
        } else if (!is_path_character(c)) {
            return "has a character in its path that must be %-encoded";
        }
        segment += c;
    }
    if (is_dots())
        return "must not have '.' or '..' segments in its path";
    return {};
}

std::string_view character_problem(std::string_view text) noexcept
{
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7F)
            return "must not have spaces or control characters";
        if (byte > 0x7E)
            return "must be ASCII: give an internationalised name in its xn-- form";
        if (c == '\\')
            return "must not have a backslash";
    }
    return {};
}

url_result refused(std::string_view problem)
{
    return {.value = std::nullopt, .problem = std::string(problem)};
}

} // namespace

host_port parse_host_port(std::string_view text)
{
    host_port result;
    const auto no = [](std::string_view problem) {
        host_port refusal;
        refusal.problem = problem;
        return refusal;
    };
    std::string_view rest; // behind the host
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return no("has a '[' without its ']'");
        const std::string address(text.substr(1, end - 1));
        if (address.find('%') != std::string::npos)
            return no("must not have a zone id in its IPv6 address");
        // c_str() ends at a NUL: what stands behind it must not go unseen.
        if (address.find('\0') == std::string::npos)
            result.host = canonical_address<AF_INET6>(address);
        if (result.host.empty())
            return no("has no IPv6 address between its brackets");
        result.is_address = true;
        rest = text.substr(end + 1);
        if (!rest.empty() && rest.front() != ':')
            return no("has something other than a port behind its IPv6 address");
    } else {
        const std::size_t colon = text.find(':');
        if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos)
            return no("must have its IPv6 address in brackets");
        const std::string name(text.substr(0, colon));
        if (name.empty())
            return no("has no host");
        if (name.find('\0') == std::string::npos)
            result.host = canonical_address<AF_INET>(name);
        result.is_address = !result.host.empty();
        if (!result.is_address) {
            if (const std::string_view problem = name_problem(name); !problem.empty())
                return no(problem);
            result.host.resize(name.size());
            std::transform(name.begin(), name.end(), result.host.begin(), to_lower);
        }
        if (colon != std::string_view::npos)
            rest = text.substr(colon);
    }
    if (!rest.empty()) {
        result.port = parse_port(rest.substr(1));
        if (!result.port)
            return no("must have a port between 1 and 65535, without leading zeros");
    }
    return result;
}

url_result parse_base_url(std::string_view text, bool allow_http_on_loopback)
{
    if (text.empty())
        return refused("is empty");
    if (text.size() > longest_url)
        return refused("is longer than 4096 bytes");
    if (const std::string_view problem = character_problem(text); !problem.empty())
        return refused(problem);

    url result;
    if (consume_prefix(text, "http://")) {
        if (!allow_http_on_loopback)
            return refused("must start with https://: plain http would show the secret to everybody on the way");
        result.tls = false;
        result.port = 80;
    } else if (!consume_prefix(text, "https://")) {
        return refused("must start with https://");
    }

    const std::size_t path_begin = std::min(text.find_first_of("/?#"), text.size());
    const std::string_view authority = text.substr(0, path_begin);
    std::string_view path = text.substr(path_begin);
    if (authority.find('@') != std::string_view::npos)
        return refused("must not hold a user name or password: credentials are configured apart");
    if (path.find('#') != std::string_view::npos)
        return refused("must not have a fragment (#)");
    if (path.find('?') != std::string_view::npos)
        return refused("must not have a query (?)");

    host_port where = parse_host_port(authority);
    if (!where.problem.empty())
        return refused(where.problem);
    result.host = std::move(where.host);
    result.is_address = where.is_address;
    if (where.port)
        result.port = *where.port;
    if (!result.tls && !is_loopback(result))
        return refused("may use plain http only to a loopback address or localhost");

    if (const std::string_view problem = path_problem(path); !problem.empty())
        return refused(problem);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    result.path = path;
    return {.value = std::move(result), .problem = {}};
}

std::string url::authority() const
{
    const bool is_v6 = host.find(':') != std::string::npos;
    std::string text = is_v6 ? '[' + host + ']' : host;
    if (port != (tls ? 443 : 80))
        text.append(":").append(std::to_string(port));
    return text;
}

bool is_loopback(const url& endpoint)
{
    if (endpoint.host == "localhost")
        return true;
    return endpoint.is_address && (endpoint.host == "::1" || endpoint.host.starts_with("127."));
}

} // namespace faceki::wire
