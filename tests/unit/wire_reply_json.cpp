// The whole document counts: what stands before, behind and beside the token must be JSON too.
#include "wire_reply_rows.hpp"

using namespace wire_test;
using namespace std::string_literals;

namespace {

std::string with(std::string_view value)
{
    return R"({"data":{"access_token":"t"},"x":)" + std::string(value) + "}";
}

std::string with_key(std::string_view key)
{
    return R"({"data":{"access_token":"t"},")" + std::string(key) + R"(":1})";
}

std::string nested(std::size_t arrays)
{
    return std::string(arrays, '[') + std::string(arrays, ']');
}

} // namespace

BOOST_AUTO_TEST_SUITE(reply_json)

BOOST_AUTO_TEST_CASE(documents_that_are_taken)
{
    const reply_row rows[] = {
        {"blanks around", 200, " \r\n\t" + with("1") + "\n\n ", "token"},
        {"blanks inside", 200, "{ \"data\" : { \"access_token\" : \"t\" , \"expires_in\" : 60 } }", "token"},
        {"a byte order mark is skipped", 200, "\xEF\xBB\xBF" + with("1"), "token"},
        {"every kind of value", 200, with(R"([{},[],"",0,-1.5e-7,true,false,null,{"a":{"b":[1]}}])"), "token"},
        {"a number beyond every type", 200, with("123456789012345678901234567890e999999999999999999999"), "token"},
        {"a long fraction", 200, with("0." + std::string(500, '3')), "token"},
        {"every escape", 200, with(R"("\"\\\/\b\f\n\r\t\u0000\u00e4\ud83d\ude00")"), "token"},
        {"an escaped key", 200, with_key(R"(\u0061\n)"), "token"},
        {"UTF-8 of every length", 200, with("\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\""), "token"},
        {"DEL", 200, with("\"\x7F\""), "token"},
        {"escaped names of keys that are read", 200, R"({"d\u0061ta":{"\u0061ccess_token":"t"}})", "token"},
        {"an escaped token", 200, R"({"data":{"access_token":"\u0074\/x"}})", "token"},
        {"unknown keys may repeat", 200, R"({"x":1,"x":2,"data":{"access_token":"t","x":1,"x":2}})", "token"},
        {"names of keys that are read, where they are not", 200,
         R"({"x":{"data":1,"data":2},"data":{"access_token":"t","status":false,"message":1,"message":2}})", "token"},
        {"keys differ by case", 200, R"({"DATA":1,"data":{"access_token":"t","Access_Token":1}})", "token"},
        {"arrays down to the limit", 200, with(nested(127)), "token"},
    };
    check_all(rows);
    BOOST_TEST(read(200, R"({"data":{"access_token":"\u0074\/x"}})").token == "t/x");
}

BOOST_AUTO_TEST_CASE(documents_that_are_refused)
{
    const reply_row rows[] = {
        {"nothing", 200, "", "malformed_token"},
        {"blanks only", 200, " \n ", "malformed_token"},
        {"a byte order mark only", 200, "\xEF\xBB\xBF", "malformed_token"},
        {"two byte order marks", 200, "\xEF\xBB\xBF\xEF\xBB\xBF" + with("1"), "malformed_token"},
        {"half a byte order mark", 200, "\xEF\xBB" + with("1"), "malformed_token"},
        {"UTF-16", 200, "\xFF\xFE{\0}\0"s, "malformed_token"},
        {"null", 200, "null", "malformed_token"},
        {"true", 200, "true", "malformed_token"},
        {"a number", 200, "1", "malformed_token"},
        {"a string", 200, "\"data\"", "malformed_token"},
        {"an array", 200, "[" + with("1") + "]", "malformed_token"},
        {"an empty object has no token", 200, "{}", "malformed_token"},
        {"no end", 200, R"({"data":{"access_token":"t"})", "malformed_token"},
        {"two ends missing", 200, R"({"data":{"access_token":"t")", "malformed_token"},
        {"a string without an end", 200, R"({"data":{"access_token":"t}})", "malformed_token"},
        {"one end too many", 200, with("1") + "}", "malformed_token"},
        {"text behind the end", 200, with("1") + "x", "malformed_token"},
        {"a second document", 200, with("1") + "{}", "malformed_token"},
        {"a comma behind the end", 200, with("1") + ",", "malformed_token"},
        {"NUL behind the end", 200, with("1") + "\0"s, "malformed_token"},
        {"a comma before the end", 200, R"({"data":{"access_token":"t"},})", "malformed_token"},
        {"a comma at the beginning", 200, R"({,"data":{"access_token":"t"}})", "malformed_token"},
        {"two commas", 200, R"({"data":{"access_token":"t"},,"x":1})", "malformed_token"},
        {"no comma", 200, R"({"data":{"access_token":"t"}"x":1})", "malformed_token"},
        {"no colon", 200, R"({"data"{"access_token":"t"}})", "malformed_token"},
        {"no value", 200, with(""), "malformed_token"},
        {"a key without quotes", 200, R"({data:{"access_token":"t"}})", "malformed_token"},
        {"a key that is a number", 200, R"({1:2,"data":{"access_token":"t"}})", "malformed_token"},
        {"single quotes", 200, "{'data':{'access_token':'t'}}", "malformed_token"},
        {"a comment", 200, "/**/" + with("1"), "malformed_token"},
        {"brackets crossed", 200, with("[{]}"), "malformed_token"},
        {"an array closed as an object", 200, with("[1}"), "malformed_token"},
        {"a comma before an array's end", 200, with("[1,]"), "malformed_token"},
        {"no comma in an array", 200, with("[1 2]"), "malformed_token"},
        {"a colon in an array", 200, with("[1:2]"), "malformed_token"},
        {"a misspelt literal", 200, with("nul"), "malformed_token"},
        {"a literal with a tail", 200, with("truely"), "malformed_token"},
        {"a literal in capitals", 200, with("True"), "malformed_token"},
        {"a string behind a literal", 200, with("true\"x\""), "malformed_token"},
        {"text behind a string", 200, with("\"x\"y"), "malformed_token"},
        {"NaN", 200, with("NaN"), "malformed_token"},
        {"a number with a leading zero", 200, with("01"), "malformed_token"},
        {"a number with a plus", 200, with("+1"), "malformed_token"},
        {"a minus alone", 200, with("-"), "malformed_token"},
        {"a point without digits behind it", 200, with("1."), "malformed_token"},
        {"a point without digits before it", 200, with(".5"), "malformed_token"},
        {"an exponent without digits", 200, with("1e"), "malformed_token"},
        {"an exponent with only a sign", 200, with("1e+"), "malformed_token"},
        {"a hexadecimal number", 200, with("0x1"), "malformed_token"},
        {"a number with a tail", 200, with("1a"), "malformed_token"},
        {"two points", 200, with("1.2.3"), "malformed_token"},
        {"an unknown escape", 200, with(R"("\x")"), "malformed_token"},
        {"a \\u with three digits", 200, with(R"("\u00e")"), "malformed_token"},
        {"a lone high surrogate", 200, with(R"("\ud83d")"), "malformed_token"},
        {"a high surrogate before text", 200, with(R"("\ud83dxxxxxx")"), "malformed_token"},
        {"two high surrogates", 200, with(R"("\ud83d\ud83d")"), "malformed_token"},
        {"a lone low surrogate", 200, with(R"("\ude00")"), "malformed_token"},
        {"surrogates the wrong way round", 200, with(R"("\ude00\ud83d")"), "malformed_token"},
        {"an unknown escape in a key", 200, with_key(R"(\x)"), "malformed_token"},
        {"a lone surrogate in a key", 200, with_key(R"(\udfff)"), "malformed_token"},
        {"LF inside a string", 200, with("\"a\nb\""), "malformed_token"},
        {"NUL inside a string", 200, with("\"a\0b\""s), "malformed_token"},
        {"a tab inside a key", 200, with_key("a\tb"), "malformed_token"},
        {"an overlong /", 200, with("\"\xC0\xAF\""), "malformed_token"},
        {"a surrogate in UTF-8", 200, with("\"\xED\xA0\x80\""), "malformed_token"},
        {"above U+10FFFF", 200, with("\"\xF4\x90\x80\x80\""), "malformed_token"},
        {"Latin-1", 200, with("\"caf\xE9\""), "malformed_token"},
        {"broken UTF-8 outside strings", 200, with("1") + "\x80", "malformed_token"},
        {"arrays beyond the limit", 200, with(nested(128)), "response_too_large"},
        {"arrays far beyond the limit", 200, with(nested(100'000)), "response_too_large"},
        {"objects beyond the limit", 200, with([] {
             std::string text;
             for (int i = 0; i < 200; ++i)
                 text += "{\"a\":";
             return text + "1" + std::string(200, '}');
         }()),
         "response_too_large"},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(two_values_for_one_key_are_refused_where_it_is_read)
{
    const reply_row rows[] = {
        {"data", 200, R"({"data":{"access_token":"t"},"data":{"access_token":"t"}})", "malformed_token"},
        {"data, escaped", 200, R"({"data":{"access_token":"t"},"d\u0061ta":{}})", "malformed_token"},
        {"access_token", 200, R"({"data":{"access_token":"t","access_token":"u"}})", "malformed_token"},
        {"access_token, the same value", 200, R"({"data":{"access_token":"t","access_token":"t"}})", "malformed_token"},
        {"expires_in", 200, R"({"data":{"access_token":"t","expires_in":1,"expires_in":2}})", "malformed_token"},
        {"token_type", 200, R"({"data":{"access_token":"t","token_type":"Bearer","token_type":"Bearer"}})",
         "malformed_token"},
        {"responseCode", 200, R"({"responseCode":0,"data":{"access_token":"t"},"responseCode":0})", "malformed_token"},
        {"status", 200, R"({"status":true,"data":{"access_token":"t"},"status":true})", "malformed_token"},
        {"statusCode", 200, R"({"statusCode":500,"data":{"access_token":"t"},"statusCode":500})", "malformed_token"},
        {"message", 200, R"({"message":"a","data":{"access_token":"t"},"message":"b"})", "malformed_token"},
        {"error, null both times", 200, R"({"error":null,"data":{"access_token":"t"},"error":null})",
         "malformed_token"},
        {"errors", 200, R"({"errors":[],"data":{"access_token":"t"},"errors":[]})", "malformed_token"},
        {"clientSecret", 200, R"({"clientSecret":1,"clientSecret":1})", "malformed_token"},
        {"data.error", 200, R"({"data":{"access_token":"t","error":null,"error":null}})", "malformed_token"},
        {"error.message", 200, R"({"error":{"message":"a","message":"b"}})", "malformed_token"},
        {"outside 2xx it changes nothing", 401, R"({"message":"a","message":"b"})", "credentials_rejected"},
    };
    check_all(rows);
    BOOST_TEST(read(401, R"({"message":"a","message":"b"})").server_message == "a");
}

BOOST_AUTO_TEST_CASE(the_root_is_depth_one)
{
    const wire::token_limits two{.json_depth = 2};
    BOOST_TEST(outcome_of(read(200, R"({"data":{"access_token":"t"}})", two)) == "token");
    BOOST_TEST(outcome_of(read(200, R"({"data":{"access_token":"t","x":[]}})", two)) == "response_too_large");
    BOOST_TEST(outcome_of(read(200, R"({"data":{}})", {.json_depth = 1})) == "response_too_large");
}

BOOST_AUTO_TEST_CASE(documents_larger_than_what_is_kept)
{
    const std::string large = with('"' + std::string(900'000, 'x') + '"');
    BOOST_TEST(outcome_of(read(200, large)) == "token");
    BOOST_TEST(outcome_of(read(200, large.substr(0, large.size() - 1))) == "malformed_token");
    BOOST_TEST(outcome_of(read(200, with("1"))) == "token");
}

BOOST_AUTO_TEST_CASE(a_buffer_without_padding_is_a_mistake_of_the_caller)
{
    std::string body = with("1");
    BOOST_CHECK_THROW(wire::read_token_reply(200, body.data(), body.size(), body.size() + 63, {}, {}),
                      std::invalid_argument);
    BOOST_CHECK_THROW(wire::read_token_reply(200, body.data(), body.size(), 0, {}, {}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
