// Which proxy is taken, whom NO_PROXY exempts, and the bytes of CONNECT.
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "wire/proxy.hpp"

namespace wire = faceki::wire;

namespace {

wire::url endpoint(std::string_view text)
{
    return wire::parse_base_url(text, true).value.value();
}

wire::url sdk()
{
    return endpoint("https://sdk.faceki.com");
}

struct good_row {
    std::string_view rule;
    std::string text;
    std::string host;
    std::uint16_t port;
    std::string credentials = {};
};

struct bad_row {
    std::string_view rule;
    std::string text;
    std::string_view in_problem;
};

} // namespace

BOOST_AUTO_TEST_SUITE(proxy)

BOOST_AUTO_TEST_CASE(forms_that_are_taken)
{
    const good_row rows[] = {
        {"host and port with scheme", "http://proxy.example:8080", "proxy.example", 8080},
        {"the default port", "http://proxy.example", "proxy.example", 3128},
        {"one trailing slash", "http://proxy.example:8080/", "proxy.example", 8080},
        {"scheme and host in capitals", "HTTP://PROXY.Example:8080", "proxy.example", 8080},
        {"without a scheme", "proxy.example:8080", "proxy.example", 8080},
        {"without a scheme, with a slash", "proxy:1/", "proxy", 1},
        {"an IPv4 address", "http://10.0.0.1:8080", "10.0.0.1", 8080},
        {"an IPv6 address", "http://[2001:DB8::1]:8080", "2001:db8::1", 8080},
        {"an IPv6 address without a scheme", "[::1]:8080", "::1", 8080},
        {"user and password", "http://user:pass@proxy:8080", "proxy", 8080, "user:pass"},
        {"user and password without a scheme", "user:pass@proxy:8080", "proxy", 8080, "user:pass"},
        {"user alone gets an empty password", "http://user@proxy:8080", "proxy", 8080, "user:"},
        {"an empty password", "http://user:@proxy:8080", "proxy", 8080, "user:"},
        {"an empty user", "http://:pass@proxy:8080", "proxy", 8080, ":pass"},
        {"an empty userinfo is none", "http://@proxy:8080", "proxy", 8080, ""},
        {"%-encodings are decoded", "http://us%65r:p%40%3a%2Fss@proxy:8080", "proxy", 8080, "user:p@:/ss"},
        {"a plus stays a plus", "http://user:a+b@proxy:8080", "proxy", 8080, "user:a+b"},
        {"a colon in the password", "http://user:a:b@proxy:8080", "proxy", 8080, "user:a:b"},
        {"a careless @ in the password", "http://user:p@ss@proxy:8080", "proxy", 8080, "user:p@ss"},
        {"UTF-8 in the password", "http://user:p%C3%A4@proxy:8080", "proxy", 8080, "user:p\xC3\xA4"},
        {"blanks around", "  http://proxy:8080\t", "proxy", 8080},
    };
    for (const good_row& row : rows) {
        BOOST_TEST_CONTEXT(row.rule << ": " << row.text)
        {
            const wire::proxy expected{.host = row.host, .port = row.port, .basic_credentials = row.credentials};
            const wire::proxy_result set = wire::choose_proxy(sdk(), row.text, {});
            BOOST_TEST(set.problem == "");
            BOOST_TEST((set.value == expected));
            const wire::proxy_result inherited =
                wire::choose_proxy(sdk(), "", {.https_proxy = row.text, .no_proxy = {}});
            BOOST_TEST(inherited.problem == "");
            BOOST_TEST((inherited.value == expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(forms_that_are_refused)
{
    const bad_row rows[] = {
        {"TLS to the proxy", "https://proxy:8080", "TLS to the proxy"},
        {"SOCKS", "socks5://proxy:1080", "no other kind"},
        {"no scheme, no port", "proxy", "must name the proxy's port"},
        {"no host", "http://:8080", "has no host"},
        {"no host behind userinfo", "http://user:hunter2@", "has no host"},
        {"port 0", "http://proxy:0", "port between"},
        {"port 65536", "http://user:hunter2@proxy:65536", "port between"},
        {"an empty port", "http://proxy:", "port between"},
        {"a path", "http://proxy:8080/hunter2", "path, query or fragment"},
        {"two slashes", "http://proxy:8080//", "path, query or fragment"},
        {"a query", "http://proxy:8080?hunter2", "path, query or fragment"},
        {"a fragment", "http://proxy:8080#hunter2", "path, query or fragment"},
        {"CR LF in the password", "http://user:hunter2%0d%0aX:y@proxy:8080", "control character"},
        {"LF in the user", "http://us%0Aer:hunter2@proxy:8080", "control character"},
        {"NUL in the password", "http://user:hunter2%00@proxy:8080", "control character"},
        {"CR LF, not encoded", "http://user:hunter2\r\n@proxy:8080", "control character"},
        {"DEL in the password", "http://user:hunter2%7f@proxy:8080", "control character"},
        {"a broken %", "http://user:hunter2%4@proxy:8080", "broken %-encoding"},
        {"a % without digits", "http://user:hunter2%zz@proxy:8080", "broken %-encoding"},
        {"a colon in the user, encoded", "http://us%3aer:hunter2@proxy:8080", "colon"},
        {"a slash in the password, not encoded", "http://user:hunter2/@proxy:8080", "before its '@'"},
        {"a host no name can be", "http://user:hunter2@pro xy:8080", "other characters"},
        {"IPv6 without brackets", "http://::1:8080", "in brackets"},
        {"a zone id", "http://[fe80::1%25eth0]:8080", "zone id"},
    };
    for (const bad_row& row : rows) {
        BOOST_TEST_CONTEXT(row.rule << ": " << row.text)
        {
            for (const bool is_setting : {true, false}) {
                const wire::proxy_result result =
                    is_setting ? wire::choose_proxy(sdk(), row.text, {})
                               : wire::choose_proxy(sdk(), "", {.https_proxy = row.text, .no_proxy = {}});
                BOOST_TEST(!result.value.has_value());
                BOOST_TEST_INFO(result.problem);
                BOOST_TEST((result.problem.find(row.in_problem) != std::string::npos));
                BOOST_TEST((result.problem.find("hunter2") == std::string::npos));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(who_decides)
{
    const wire::proxy_environment environment{.https_proxy = "http://inherited:1", .no_proxy = ""};
    const wire::proxy_environment exempt{.https_proxy = "http://inherited:1", .no_proxy = "*"};
    const auto host = [](const wire::proxy_result& result) { return result.value ? result.value->host : "direct"; };

    BOOST_TEST(host(wire::choose_proxy(sdk(), "", environment)) == "inherited");
    BOOST_TEST(host(wire::choose_proxy(sdk(), "http://set:2", environment)) == "set");
    BOOST_TEST(host(wire::choose_proxy(sdk(), "none", environment)) == "direct");
    BOOST_TEST(host(wire::choose_proxy(sdk(), "", {})) == "direct");
    BOOST_TEST(host(wire::choose_proxy(sdk(), "", {.https_proxy = "  ", .no_proxy = {}})) == "direct");
    BOOST_TEST(host(wire::choose_proxy(sdk(), "", exempt)) == "direct");
    BOOST_TEST(host(wire::choose_proxy(sdk(), "http://set:2", exempt)) == "set");
    for (const std::string_view loopback :
         {"https://localhost", "https://127.0.0.9:8443", "https://[::1]", "http://localhost"}) {
        BOOST_TEST_CONTEXT(loopback)
        {
            BOOST_TEST(host(wire::choose_proxy(endpoint(loopback), "", environment)) == "direct");
            BOOST_TEST(host(wire::choose_proxy(endpoint(loopback), "http://set:2", environment)) == "direct");
        }
    }
    // A mistake in our own setting shows at once, one in the environment only where it matters.
    BOOST_TEST(wire::choose_proxy(endpoint("https://localhost"), "socks5://x:1", {}).problem != "");
    BOOST_TEST(wire::choose_proxy(endpoint("https://localhost"), "", {.https_proxy = "socks5://x:1", .no_proxy = {}})
                   .problem == "");
    BOOST_TEST(wire::choose_proxy(sdk(), "", {.https_proxy = "socks5://x:1", .no_proxy = "faceki.com"}).problem == "");
}

BOOST_AUTO_TEST_CASE(no_proxy_rules)
{
    struct row {
        std::string_view rule;
        std::string_view endpoint;
        std::string no_proxy;
        bool is_exempt;
    };
    const row rows[] = {
        {"nothing", "https://sdk.faceki.com", "", false},
        {"a star", "https://sdk.faceki.com", "*", true},
        {"a star among others", "https://sdk.faceki.com", "a, * ,b", true},
        {"the name itself", "https://sdk.faceki.com", "sdk.faceki.com", true},
        {"in capitals", "https://sdk.faceki.com", "SDK.FACEKI.COM", true},
        {"a suffix without a dot", "https://sdk.faceki.com", "faceki.com", true},
        {"a suffix with a dot", "https://sdk.faceki.com", ".faceki.com", true},
        {"a suffix with star and dot", "https://sdk.faceki.com", "*.faceki.com", true},
        {"a leading dot matches the name itself", "https://sdk.faceki.com", ".sdk.faceki.com", true},
        {"a trailing dot", "https://sdk.faceki.com", "faceki.com.", true},
        {"a suffix not on a label's border", "https://sdk.faceki.com", "aceki.com", false},
        {"a longer name", "https://sdk.faceki.com", "x.sdk.faceki.com", false},
        {"a prefix", "https://sdk.faceki.com", "sdk.faceki", false},
        {"another name", "https://sdk.faceki.com", "example.com", false},
        {"the second entry", "https://sdk.faceki.com", "example.com,faceki.com", true},
        {"blanks and empty entries", "https://sdk.faceki.com", " , ,\tfaceki.com ,", true},
        {"only commas", "https://sdk.faceki.com", ",,,", false},
        {"the port agrees", "https://sdk.faceki.com", "faceki.com:443", true},
        {"the port differs", "https://sdk.faceki.com", "faceki.com:8443", false},
        {"a broken port matches nothing", "https://sdk.faceki.com", "faceki.com:x", false},
        {"an IPv4 address", "https://10.1.2.3", "10.1.2.3", true},
        {"an IPv4 address with its port", "https://10.1.2.3:8443", "10.1.2.3:8443", true},
        {"an address has no suffixes", "https://10.1.2.3", "2.3", false},
        {"an address has no labels", "https://10.1.2.3", ".1.2.3", false},
        {"another IPv4 address", "https://10.1.2.3", "10.1.2.4", false},
        {"ranges are not known", "https://10.1.2.3", "10.0.0.0/8", false},
        {"a suffix that begins with digits", "https://a.10x", "10x", true},
        {"IPv6 bare", "https://[2001:db8::1]", "2001:DB8:0::1", true},
        {"IPv6 in brackets", "https://[2001:db8::1]", "[2001:db8::1]", true},
        {"IPv6 in brackets with port", "https://[2001:db8::1]", "[2001:db8::1]:443", true},
        {"IPv6 in brackets with another port", "https://[2001:db8::1]", "[2001:db8::1]:444", false},
        {"another IPv6 address", "https://[2001:db8::1]", "2001:db8::2", false},
    };
    for (const row& r : rows) {
        BOOST_TEST_CONTEXT(r.rule << ": " << r.no_proxy)
        {
            const wire::proxy_environment environment{.https_proxy = "http://p:1", .no_proxy = r.no_proxy};
            BOOST_TEST(wire::choose_proxy(endpoint(r.endpoint), "", environment).value.has_value() == !r.is_exempt);
        }
    }
}

BOOST_AUTO_TEST_CASE(connect_bytes)
{
    BOOST_TEST(wire::make_connect_request(sdk(), {.host = "p", .port = 1, .basic_credentials = {}}, "faceki-cpp") ==
               "CONNECT sdk.faceki.com:443 HTTP/1.1\r\nHost: sdk.faceki.com:443\r\nUser-Agent: faceki-cpp\r\n\r\n");
    BOOST_TEST(wire::make_connect_request(endpoint("https://[::1]:8443/a"), {}, "") ==
               "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(connect_credentials_in_base64)
{
    // RFC 7617's own example, RFC 4648's three paddings, and the two letters that base64url lacks.
    const std::string_view pairs[][2] = {
        {"Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        {":a", "OmE="},
        {":ab", "OmFi"},
        {":abc", "OmFiYw=="},
        {":\xFB\xFF\xBF", "Ovv/vw=="},
        {"?>:~", "Pz46fg=="},
        {"\xFB\xEF\xBE", "++++"},
    };
    for (const auto& [credentials, encoded] : pairs) {
        const std::string request = wire::make_connect_request(
            sdk(), {.host = "p", .port = 1, .basic_credentials = std::string(credentials)}, "u");
        BOOST_TEST(request == "CONNECT sdk.faceki.com:443 HTTP/1.1\r\nHost: sdk.faceki.com:443\r\nUser-Agent: u\r\n"
                              "Proxy-Authorization: Basic " +
                                  std::string(encoded) + "\r\n\r\n");
        BOOST_TEST(request.capacity() == request.size());
    }
}

BOOST_AUTO_TEST_SUITE_END()
