// The token request with client id and secret in header fields.
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "wire/token_request.hpp"

namespace wire = faceki::wire;
using faceki::credentials_in;

namespace {

const wire::url& sdk()
{
    static const wire::url parsed = wire::parse_base_url("https://sdk.faceki.com", false).value.value();
    return parsed;
}

} // namespace

BOOST_AUTO_TEST_SUITE(token_request_forms)

BOOST_AUTO_TEST_CASE(exact_bytes)
{
    const std::string begin = "POST /auth/api/generate-token HTTP/1.1\r\n"
                              "Host: sdk.faceki.com\r\n"
                              "User-Agent: faceki-cpp\r\n"
                              "Accept: application/json\r\n";
    const std::string fields = "clientId: id\r\n"
                               "clientSecret: secret\r\n";
    const std::string type = "Content-Type: application/json\r\n";
    const std::string full = R"({"clientId":"id","clientSecret":"secret"})";
    const struct {
        credentials_in form;
        std::string bytes;
    } rows[] = {
        {credentials_in::body, begin + type + "Content-Length: 41\r\n\r\n" + full},
        {credentials_in::headers, begin + fields + type + "Content-Length: 2\r\n\r\n{}"},
        {credentials_in::body_and_headers, begin + fields + type + "Content-Length: 41\r\n\r\n" + full},
    };
    for (const auto& row : rows)
        BOOST_TEST(wire::make_token_request(sdk(), "id", "secret", "faceki-cpp", row.form) == row.bytes);
    BOOST_TEST(wire::make_token_request(sdk(), "id", "secret", "faceki-cpp") == rows[0].bytes);
}

BOOST_AUTO_TEST_CASE(a_field_is_not_escaped_and_the_body_is)
{
    const std::string id = R"(a"b\c d)";
    const std::string request = wire::make_token_request(sdk(), id, id, "u", credentials_in::body_and_headers);
    const std::size_t body = request.find("\r\n\r\n") + 4;
    BOOST_TEST(request.find("\r\nclientId: a\"b\\c d\r\nclientSecret: a\"b\\c d\r\n") < body);
    BOOST_TEST(request.substr(body) == R"({"clientId":"a\"b\\c d","clientSecret":"a\"b\\c d"})");
    BOOST_TEST(request.find("Content-Length: " + std::to_string(request.size() - body) + "\r\n") < body);
}

BOOST_AUTO_TEST_CASE(an_empty_user_agent_leaves_no_field)
{
    const std::string request = wire::make_token_request(sdk(), "i", "s", "", credentials_in::headers);
    BOOST_TEST(request ==
               "POST /auth/api/generate-token HTTP/1.1\r\nHost: sdk.faceki.com\r\nAccept: application/json\r\n"
               "clientId: i\r\nclientSecret: s\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
               "{}");
}

BOOST_AUTO_TEST_CASE(the_string_never_grew)
{
    // As in the body's form: the secret must not lie in memory that a string has outgrown.
    for (const credentials_in form : {credentials_in::headers, credentials_in::body_and_headers}) {
        for (std::size_t size = 1; size < 40; ++size) {
            const std::string secret(100 * size + size % 3, '"');
            const std::string request = wire::make_token_request(sdk(), std::string(size, '\\'), secret, "u", form);
            BOOST_TEST(request.capacity() == request.size());
        }
    }
    const std::string longest(64 * 1024, 's');
    const std::string request = wire::make_token_request(sdk(), longest, longest, "u", credentials_in::headers);
    BOOST_TEST(request.capacity() == request.size());
    BOOST_TEST(request.size() > 2 * longest.size());
}

BOOST_AUTO_TEST_CASE(what_a_field_cannot_carry)
{
    const struct {
        std::string_view rule;
        std::string value;
        std::string_view problem;
    } rows[] = {
        {"as seen in the wild", "aZ09aZ09aZ09aZ09aZ09aZ09", ""},
        {"every visible character", R"(!"#$%&'()*+,-./0:;<=>?@A[\]^_`a{|}~)", ""},
        {"a blank inside", "a b", ""},
        {"a field of the attacker's", "a\r\nAuthorization: x", "has a control character"},
        {"the end of the head", "a\r\n\r\n{}", "has a control character"},
        {"CR alone", "a\rb", "has a control character"},
        {"LF alone", "a\nb", "has a control character"},
        {"LF at the end", "a\n", "has a control character"},
        {"NUL", std::string("a\0b", 3), "has a control character"},
        {"unit separator", "a\x1F", "has a control character"},
        {"DEL", "a\x7F", "has a control character"},
        {"lowest byte outside ASCII", "a\x80", "has bytes outside ASCII"},
        {"highest byte", "a\xFF", "has bytes outside ASCII"},
        {"UTF-8", "\xC3\xA9", "has bytes outside ASCII"},
        {"leading blank", " a", "starts or ends with a space or tab"},
        {"trailing tab", "a\t", "starts or ends with a space or tab"},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.rule)
        {
            BOOST_TEST(wire::field_value_problem(row.value) == row.problem);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
