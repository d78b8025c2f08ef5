// The token request, byte for byte, and what may go into it.
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "wire/token_request.hpp"

namespace wire = faceki::wire;

namespace {

wire::url endpoint(std::string_view text)
{
    return wire::parse_base_url(text, false).value.value();
}

std::string body_of(const std::string& request)
{
    return request.substr(request.find("\r\n\r\n") + 4);
}

} // namespace

BOOST_AUTO_TEST_SUITE(token_request)

BOOST_AUTO_TEST_CASE(exact_bytes)
{
    BOOST_TEST(wire::make_token_request(endpoint("https://sdk.faceki.com"), "id", "secret", "faceki-cpp") ==
               "POST /auth/api/generate-token HTTP/1.1\r\n"
               "Host: sdk.faceki.com\r\n"
               "User-Agent: faceki-cpp\r\n"
               "Accept: application/json\r\n"
               "Content-Type: application/json\r\n"
               "Content-Length: 41\r\n"
               "\r\n"
               R"({"clientId":"id","clientSecret":"secret"})"
               "");
}

BOOST_AUTO_TEST_CASE(path_port_and_ipv6_of_the_base_url)
{
    const std::string request = wire::make_token_request(endpoint("https://[::1]:8443/a/b/"), "i", "s", "x");
    BOOST_TEST(request.starts_with("POST /a/b/auth/api/generate-token HTTP/1.1\r\nHost: [::1]:8443\r\n"));
}

BOOST_AUTO_TEST_CASE(an_empty_user_agent_leaves_no_field)
{
    const std::string request = wire::make_token_request(endpoint("https://h"), "i", "s", "");
    BOOST_TEST(request.starts_with("POST /auth/api/generate-token HTTP/1.1\r\nHost: h\r\nAccept: "));
}

BOOST_AUTO_TEST_CASE(never_an_authorization_field)
{
    BOOST_TEST(
        (wire::make_token_request(endpoint("https://h"), "i", "s", "x").find("uthorization") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(json_escapes_what_it_must_and_nothing_else)
{
    struct row {
        std::string_view rule;
        std::string value;
        std::string_view escaped;
    };
    const row rows[] = {
        {"plain", "aZ09", "aZ09"},
        {"quote", "a\"b", R"(a\"b)"},
        {"backslash", "a\\b", R"(a\\b)"},
        {"CR LF", "a\r\nb", R"(a\r\nb)"},
        {"tab, backspace, form feed", "\t\b\f", R"(\t\b\f)"},
        {"NUL", std::string("a\0b", 3), R"(a\u0000b)"},
        {"a control character without a letter", "\x1F\x0B", R"(\u001f\u000b)"},
        {"DEL needs none", "\x7F", "\x7F"},
        {"slash needs none", "a/b", "a/b"},
        {"UTF-8 stays", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
    };
    for (const row& r : rows) {
        BOOST_TEST_CONTEXT(r.rule)
        {
            const std::string escaped(r.escaped);
            const std::string expected = R"({"clientId":")" + escaped + R"(","clientSecret":"x)" + escaped + R"("})";
            const std::string request = wire::make_token_request(endpoint("https://h"), r.value, 'x' + r.value, "u");
            BOOST_TEST(body_of(request) == expected);
            BOOST_TEST(
                (request.find("Content-Length: " + std::to_string(expected.size()) + "\r\n") != std::string::npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_string_never_grew)
{
    // A string that grows doubles its room; one that was sized right has exactly what it needs. Some sizes hide a
    // doubling, not all.
    for (std::size_t size = 1; size < 40; ++size) {
        const std::string secret(100 * size + size % 3, '"');
        const std::string request =
            wire::make_token_request(endpoint("https://h/a"), std::string(size, '\n'), secret, "u");
        BOOST_TEST(request.capacity() == request.size());
    }
}

BOOST_AUTO_TEST_CASE(credentials_that_can_be_sent)
{
    for (const std::string& value :
         {std::string("a"), std::string("\r\n\"\\"), std::string(1, '\0'), std::string(100, 'x'),
          std::string("\xC2\x80 \xDF\xBF"), std::string("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"),
          std::string("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF")})
        BOOST_TEST(wire::credential_problem(value, 100) == "");
}

BOOST_AUTO_TEST_CASE(credentials_that_cannot)
{
    BOOST_TEST(wire::credential_problem("", 100) == "is empty");
    BOOST_TEST(wire::credential_problem(std::string(101, 'x'), 100).starts_with("is longer"));
    struct row {
        std::string_view rule;
        std::string value;
    };
    const row rows[] = {
        {"a lone continuation byte", "a\x80"},
        {"overlong /, two bytes", "\xC0\xAF"},
        {"overlong, C1", "\xC1\xBF"},
        {"overlong, three bytes", "\xE0\x9F\xBF"},
        {"overlong, four bytes", "\xF0\x8F\xBF\xBF"},
        {"high surrogate", "\xED\xA0\x80"},
        {"low surrogate", "\xED\xBF\xBF"},
        {"above U+10FFFF", "\xF4\x90\x80\x80"},
        {"lead byte F5", "\xF5\x80\x80\x80"},
        {"FE", "\xFE"},
        {"FF", "\xFF"},
        {"two bytes, cut", "a\xC3"},
        {"three bytes, cut", "a\xE2\x82"},
        {"four bytes, cut", "a\xF0\x9F\x98"},
        {"third byte is no continuation", "\xE2\x82"
                                          "a"},
        {"fourth byte is no continuation", "\xF0\x9F\x98"
                                           "a"},
        {"Latin-1", "caf\xE9!"},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.rule) BOOST_TEST(wire::credential_problem(r.value, 100) == "is not valid UTF-8");
}

BOOST_AUTO_TEST_CASE(field_values)
{
    for (const std::string_view value : {"", "faceki-cpp/1.0 (x; y)", "a\tb", "~"})
        BOOST_TEST_CONTEXT(value) BOOST_TEST(wire::field_value_problem(value) == "");
    struct row {
        std::string_view rule;
        std::string value;
        std::string_view in_problem;
    };
    const row rows[] = {
        {"CR LF", "a\r\nX: y", "control character"},
        {"LF", "a\nb", "control character"},
        {"NUL", std::string("a\0b", 3), "control character"},
        {"DEL",
         "a\x7F"
         "b",
         "control character"},
        {"leading space", " a", "space or tab"},
        {"trailing tab", "a\t", "space or tab"},
        {"only a space", " ", "space or tab"},
        {"UTF-8", "\xC3\xA4", "outside ASCII"},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.rule)
    BOOST_TEST((wire::field_value_problem(r.value).find(r.in_problem) != std::string_view::npos));
}

BOOST_AUTO_TEST_SUITE_END()
