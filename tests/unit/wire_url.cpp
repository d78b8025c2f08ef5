// Base URLs: what is taken, how it is normalised, and that each kind of mistake gets its own sentence.
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "wire/url.hpp"

namespace wire = faceki::wire;

namespace {

std::string label(char c, std::size_t length)
{
    return std::string(length, c);
}

struct good_row {
    std::string_view rule;
    std::string text;
    std::string host;
    bool is_address;
    std::uint16_t port;
    std::string path;
    std::string authority;
};

struct bad_row {
    std::string_view rule;
    std::string text;
    std::string_view in_problem;
    bool allow_http = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(url)

BOOST_AUTO_TEST_CASE(taken_and_normalised)
{
    const std::string longest_name =
        label('a', 63) + '.' + label('b', 63) + '.' + label('c', 63) + '.' + label('d', 61); // 253
    const good_row rows[] = {
        {"the default endpoint", "https://sdk.faceki.com", "sdk.faceki.com", false, 443, "", "sdk.faceki.com"},
        {"a trailing slash is dropped", "https://sdk.faceki.com/", "sdk.faceki.com", false, 443, "", "sdk.faceki.com"},
        {"all trailing slashes are dropped", "https://h///", "h", false, 443, "", "h"},
        {"a path stays", "https://h/a/b", "h", false, 443, "/a/b", "h"},
        {"a path loses its trailing slashes", "https://h/a/b//", "h", false, 443, "/a/b", "h"},
        {"an inner empty segment stays", "https://h/a//b", "h", false, 443, "/a//b", "h"},
        {"the path's case stays", "https://h/A/b", "h", false, 443, "/A/b", "h"},
        {"the host's case does not count", "https://SDK.Faceki.COM", "sdk.faceki.com", false, 443, "",
         "sdk.faceki.com"},
        {"the scheme's case does not count", "HttpS://h", "h", false, 443, "", "h"},
        {"a port", "https://h:8443", "h", false, 8443, "", "h:8443"},
        {"the scheme's own port is not repeated in Host", "https://h:443/x", "h", false, 443, "/x", "h"},
        {"port 80 is foreign to https", "https://h:80", "h", false, 80, "", "h:80"},
        {"the lowest port", "https://h:1", "h", false, 1, "", "h:1"},
        {"the highest port", "https://h:65535", "h", false, 65535, "", "h:65535"},
        {"hyphen, digit and underscore in a name", "https://a-1_b.2c", "a-1_b.2c", false, 443, "", "a-1_b.2c"},
        {"a label of digits that is not the last", "https://1.example", "1.example", false, 443, "", "1.example"},
        {"a last label that begins with digits", "https://a.1x", "a.1x", false, 443, "", "a.1x"},
        {"an xn-- name", "https://xn--bcher-kva.example", "xn--bcher-kva.example", false, 443, "",
         "xn--bcher-kva.example"},
        {"a label of 63 bytes", "https://" + label('a', 63), label('a', 63), false, 443, "", label('a', 63)},
        {"a name of 253 bytes", "https://" + longest_name, longest_name, false, 443, "", longest_name},
        {"IPv4", "https://127.0.0.1:8443/x", "127.0.0.1", true, 8443, "/x", "127.0.0.1:8443"},
        {"IPv4, all octets at their end", "https://255.255.255.255", "255.255.255.255", true, 443, "",
         "255.255.255.255"},
        {"IPv6", "https://[::1]", "::1", true, 443, "", "[::1]"},
        {"IPv6 with port", "https://[::1]:8443", "::1", true, 8443, "", "[::1]:8443"},
        {"IPv6 becomes canonical", "https://[2001:DB8:0:0:0:0:0:00Af]", "2001:db8::af", true, 443, "",
         "[2001:db8::af]"},
        {"IPv6 with IPv4 inside", "https://[::ffff:127.0.0.1]", "::ffff:127.0.0.1", true, 443, "",
         "[::ffff:127.0.0.1]"},
        {"every character a path may hold", "https://h/-._~!$&'()*+,;=:@", "h", false, 443, "/-._~!$&'()*+,;=:@", "h"},
        {"%-encodings stay as they are", "https://h/a%20b%C3%A4%3f", "h", false, 443, "/a%20b%C3%A4%3f", "h"},
        {"dots that are no dot segment", "https://h/.a/b../...", "h", false, 443, "/.a/b../...", "h"},
        {"an @ in the path is no userinfo", "https://h/@x", "h", false, 443, "/@x", "h"},
        {"a colon in the path is no port", "https://h/a:b", "h", false, 443, "/a:b", "h"},
    };
    for (const good_row& row : rows) {
        BOOST_TEST_CONTEXT(row.rule << ": " << row.text)
        {
            const wire::url_result result = wire::parse_base_url(row.text, false);
            BOOST_TEST(result.problem == "");
            BOOST_TEST_REQUIRE(result.value.has_value());
            BOOST_TEST(result.value->tls);
            BOOST_TEST(result.value->host == row.host);
            BOOST_TEST(result.value->is_address == row.is_address);
            BOOST_TEST(result.value->port == row.port);
            BOOST_TEST(result.value->path == row.path);
            BOOST_TEST(result.value->authority() == row.authority);
        }
    }
}

BOOST_AUTO_TEST_CASE(refused_with_a_sentence)
{
    const std::string too_long_name =
        label('a', 63) + '.' + label('b', 63) + '.' + label('c', 63) + '.' + label('d', 62); // 254
    const bad_row rows[] = {
        {"nothing", "", "is empty"},
        {"no scheme", "sdk.faceki.com", "must start with https://"},
        {"another scheme", "ftp://h", "must start with https://"},
        {"one slash", "https:/h", "must start with https://"},
        {"no slashes", "https:h", "must start with https://"},
        {"a scheme that only begins like https", "httpsx://h", "must start with https://"},
        {"http, not allowed", "http://127.0.0.1", "plain http"},
        {"http to a name, although allowed", "http://sdk.faceki.com", "only to a loopback", true},
        {"http to another address, although allowed", "http://128.0.0.1", "only to a loopback", true},
        {"http to a name that only begins like a loopback address", "http://127.0.0.1.example", "only to a loopback",
         true},
        {"user name", "https://user@h", "user name or password"},
        {"user name and password", "https://user:pass@h:1", "user name or password"},
        {"empty userinfo", "https://@h", "user name or password"},
        {"query", "https://h/a?b=c", "query"},
        {"empty query", "https://h?", "query"},
        {"fragment", "https://h/a#b", "fragment"},
        {"empty fragment", "https://h#", "fragment"},
        {"no host", "https://", "has no host"},
        {"no host before a path", "https:///a", "has no host"},
        {"no host before a port", "https://:443", "has no host"},
        {"dot at the end of the host", "https://h.example./a", "dot at the end"},
        {"only a dot", "https://.", "dot at the end"},
        {"an empty first label", "https://.h", "empty label"},
        {"an empty inner label", "https://a..b", "empty label"},
        {"a label of 64 bytes", "https://" + label('a', 64) + ".b", "63 bytes"},
        {"a name of 254 bytes", "https://" + too_long_name, "253 bytes"},
        {"hyphen first", "https://-a.b", "'-' at the end of a label"},
        {"hyphen last", "https://a-.b", "'-' at the end of a label"},
        {"a character no name has", "https://a!b", "other characters"},
        {"an encoded host", "https://a%2eb", "other characters"},
        {"an IPv4 octet of 256", "https://256.0.0.1", "neither a name nor"},
        {"three octets", "https://127.0.1", "neither a name nor"},
        {"five octets", "https://1.2.3.4.5", "neither a name nor"},
        {"an IPv4 octet with a leading zero", "https://127.0.0.01", "neither a name nor"},
        {"a number as a host", "https://2130706433", "neither a name nor"},
        {"a hexadecimal number as a host", "https://0x7F000001", "neither a name nor"},
        {"a number as the last label", "https://example.7", "neither a name nor"},
        {"0x as the last label", "https://127.0x", "neither a name nor"},
        {"IPv6 without brackets", "https://::1", "in brackets"},
        {"IPv6 bracket not closed", "https://[::1", "without its ']'"},
        {"IPv6 that is none", "https://[::g]", "no IPv6 address"},
        {"IPv4 in brackets", "https://[127.0.0.1]", "no IPv6 address"},
        {"empty brackets", "https://[]", "no IPv6 address"},
        {"a future address form", "https://[v1.x]", "no IPv6 address"},
        {"a zone id", "https://[fe80::1%25eth0]", "zone id"},
        {"text behind the brackets", "https://[::1]x", "behind its IPv6 address"},
        {"port 0", "https://h:0", "port between"},
        {"port 65536", "https://h:65536", "port between"},
        {"a port that wraps round 16 bits", "https://h:131515", "port between"},
        {"a port far beyond", "https://h:99999999999999999999", "port between"},
        {"an empty port", "https://h:", "port between"},
        {"an empty port before a path", "https://[::1]:/x", "port between"},
        {"a leading zero in the port", "https://h:0443", "port between"},
        {"a sign in the port", "https://h:+443", "port between"},
        {"a port that is no number", "https://h:https", "port between"},
        {"backslash", "https://h\\a", "backslash"},
        {"space", "https://h/a b", "spaces or control"},
        {"space in front", " https://h", "spaces or control"},
        {"tab", "https://h/\t", "spaces or control"},
        {"CR LF", "https://h/\r\nX: y", "spaces or control"},
        {"NUL", std::string("https://h\0.b", 12), "spaces or control"},
        {"DEL", "https://h/\x7F", "spaces or control"},
        {"bytes outside ASCII",
         "https://b\xC3\xBC"
         "cher.example",
         "xn--"},
        {"a dot segment", "https://h/a/./b", "'.' or '..' segments"},
        {"two dots", "https://h/a/../b", "'.' or '..' segments"},
        {"two dots at the end", "https://h/a/..", "'.' or '..' segments"},
        {"a dot before trailing slashes", "https://h/./", "'.' or '..' segments"},
        {"two dots, encoded", "https://h/%2e%2E/b", "'.' or '..' segments"},
        {"two dots, half encoded", "https://h/.%2e", "'.' or '..' segments"},
        {"an encoded slash", "https://h/a%2Fb", "encoded slash"},
        {"an encoded backslash", "https://h/a%5cb", "encoded slash"},
        {"an encoded NUL", "https://h/a%00", "encoded control"},
        {"an encoded LF", "https://h/a%0Ab", "encoded control"},
        {"an encoded DEL", "https://h/a%7fb", "encoded control"},
        {"a lone %", "https://h/a%", "not followed by two hexadecimal"},
        {"a % with one digit", "https://h/a%4", "not followed by two hexadecimal"},
        {"a % with a letter that is no digit", "https://h/a%4g", "not followed by two hexadecimal"},
        {"a character that a path must encode", "https://h/a\"b", "must be %-encoded"},
        {"braces in the path", "https://h/{id}", "must be %-encoded"},
        {"4097 bytes", "https://h/" + std::string(4087, 'a'), "4096 bytes"},
    };
    for (const bad_row& row : rows) {
        BOOST_TEST_CONTEXT(row.rule << ": " << row.text)
        {
            const wire::url_result result = wire::parse_base_url(row.text, row.allow_http);
            BOOST_TEST(!result.value.has_value());
            BOOST_TEST_INFO(result.problem);
            BOOST_TEST((result.problem.find(row.in_problem) != std::string::npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(http_passes_to_loopback_only_and_only_if_allowed)
{
    for (const std::string host :
         {"localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "[::1]", "[0:0:0:0:0:0:0:1]"}) {
        BOOST_TEST_CONTEXT(host)
        {
            const wire::url_result allowed = wire::parse_base_url("http://" + host + ":81/x", true);
            BOOST_TEST_REQUIRE(allowed.value.has_value());
            BOOST_TEST(!allowed.value->tls);
            BOOST_TEST(wire::is_loopback(*allowed.value));
            BOOST_TEST(!wire::parse_base_url("http://" + host + ":81/x", false).value.has_value());
        }
    }
    const wire::url_result plain = wire::parse_base_url("HTTP://localhost", true);
    BOOST_TEST_REQUIRE(plain.value.has_value());
    BOOST_TEST(plain.value->port == 80);
    BOOST_TEST(plain.value->authority() == "localhost");
}

BOOST_AUTO_TEST_CASE(the_port_of_the_other_scheme_is_written_into_host)
{
    BOOST_TEST(wire::parse_base_url("http://localhost:443", true).value.value().authority() == "localhost:443");
}

BOOST_AUTO_TEST_CASE(loopback_is_an_address_range_and_one_name)
{
    const auto is_loopback = [](const std::string& host) {
        return wire::is_loopback(wire::parse_base_url("https://" + host, false).value.value());
    };
    BOOST_TEST(is_loopback("127.1.2.3"));
    BOOST_TEST(!is_loopback("126.0.0.1"));
    BOOST_TEST(!is_loopback("[::2]"));
    BOOST_TEST(!is_loopback("localhost.example"));
    BOOST_TEST(!is_loopback("127.example"));
}

BOOST_AUTO_TEST_CASE(a_problem_never_quotes_the_text)
{
    for (const std::string text : {"https://user:hunter2@h", "hunter2://x", "https://h/?hunter2", "https://hunter2..b"})
        BOOST_TEST((wire::parse_base_url(text, false).problem.find("hunter2") == std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
