// The token itself, its type and its lifetime.
#include "wire/decimal_seconds.hpp"
#include "wire_reply_rows.hpp"

using namespace wire_test;
using namespace std::string_literals;

namespace {

std::string token(std::string_view json)
{
    return R"({"data":{"access_token":)" + std::string(json) + "}}";
}

std::string type(std::string_view json)
{
    return R"({"data":{"access_token":"t","token_type":)" + std::string(json) + "}}";
}

std::string lifetime(std::string_view json)
{
    return R"({"data":{"access_token":"t","expires_in":)" + std::string(json) + "}}";
}

constexpr milliseconds ten_years = std::chrono::hours{24 * 365 * 10};

} // namespace

BOOST_AUTO_TEST_SUITE(reply_token)

BOOST_AUTO_TEST_CASE(where_the_token_must_stand_and_what_it_may_be)
{
    const reply_row rows[] = {
        {"one character", 200, token(R"("x")"), "token"},
        {"every visible character", 200, token(R"("!#$%&'()*+,-./0129:;<=>?@AZ[\\]^_`az{|}~\"")"), "token"},
        {"an escaped slash", 200, token(R"("a\/b")"), "token"},
        {"a base64 token with padding", 200, token(R"("YWJj+/==")"), "token"},
        {"missing", 200, R"({"data":{}})", "malformed_token"},
        {"empty", 200, token(R"("")"), "malformed_token"},
        {"null", 200, token("null"), "malformed_token"},
        {"a number", 200, token("12345"), "malformed_token"},
        {"an object", 200, token(R"({"value":"t"})"), "malformed_token"},
        {"an array", 200, token(R"(["t"])"), "malformed_token"},
        {"at the top", 200, R"({"access_token":"t","expires_in":60})", "malformed_token"},
        {"in result", 200, R"({"result":{"access_token":"t"}})", "malformed_token"},
        {"data missing", 200, R"({"responseCode":0})", "malformed_token"},
        {"data null", 200, R"({"data":null})", "malformed_token"},
        {"data a string", 200, R"({"data":"access_token"})", "malformed_token"},
        {"data an array", 200, R"({"data":[{"access_token":"t"}]})", "malformed_token"},
        {"a space", 200, token(R"("a b")"), "malformed_token"},
        {"a space in front", 200, token(R"(" a")"), "malformed_token"},
        {"CR LF, escaped", 200, token(R"("a\r\nX: y")"), "malformed_token"},
        {"LF at the end", 200, token(R"("a\n")"), "malformed_token"},
        {"NUL", 200, token(R"("a\u0000b")"), "malformed_token"},
        {"a tab", 200, token(R"("a\tb")"), "malformed_token"},
        {"DEL", 200, token("\"a\x7F\""), "malformed_token"},
        {"UTF-8", 200, token("\"\xC3\xA4\""), "malformed_token"},
        {"UTF-8, escaped", 200, token(R"("\u00e4")"), "malformed_token"},
        {"a space escaped as \\u0020", 200, token(R"("a\u0020b")"), "malformed_token"},
    };
    check_all(rows);
    BOOST_TEST(read(200, rows[1].body).token == "!#$%&'()*+,-./0129:;<=>?@AZ[\\]^_`az{|}~\"");
}

BOOST_AUTO_TEST_CASE(a_bad_character_is_seen_wherever_it_stands)
{
    for (const std::size_t size : {1U, 15U, 16U, 17U, 31U, 32U, 33U, 47U, 850U}) {
        const std::string good(size, 'x');
        BOOST_TEST(wire::is_header_safe_token(good));
        for (std::size_t at = 0; at < size; ++at) {
            for (const char bad : {' ', '\x1F', '\0', '\x7F', '\x80', '\xFF', '\n'}) {
                std::string text = good;
                text[at] = bad;
                BOOST_TEST_INFO(size << " bytes, bad one at " << at);
                BOOST_TEST(!wire::is_header_safe_token(text));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(each_byte_is_safe_or_not)
{
    BOOST_TEST(!wire::is_header_safe_token(""));
    for (int byte = 0; byte < 256; ++byte) {
        BOOST_TEST_INFO(byte);
        BOOST_TEST(wire::is_header_safe_token(std::string(1, static_cast<char>(byte))) ==
                   (byte >= 0x21 && byte <= 0x7E));
        BOOST_TEST(wire::is_header_safe_token(std::string(20, static_cast<char>(byte))) ==
                   (byte >= 0x21 && byte <= 0x7E));
    }
}

BOOST_AUTO_TEST_CASE(the_longest_token)
{
    const auto quoted = [](std::size_t size) { return '"' + std::string(size, 'x') + '"'; };
    BOOST_TEST(read(200, token(quoted(16384))).token.size() == 16384U);
    BOOST_TEST(outcome_of(read(200, token(quoted(16385)))) == "response_too_large");
    BOOST_TEST(outcome_of(read(200, token(quoted(3)), {.token_bytes = 3})) == "token");
    BOOST_TEST(outcome_of(read(200, token(quoted(4)), {.token_bytes = 3})) == "response_too_large");
    // The limit is about the token, not about the way it is written.
    BOOST_TEST(outcome_of(read(200, token(R"("\u0061\u0062\u0063")"), {.token_bytes = 3})) == "token");
}

BOOST_AUTO_TEST_CASE(token_types)
{
    const reply_row rows[] = {
        {"missing", 200, token(R"("t")"), "token"},
        {"null", 200, type("null"), "token"},
        {"Bearer", 200, type(R"("Bearer")"), "token"},
        {"in small letters", 200, type(R"("bearer")"), "token"},
        {"in capitals", 200, type(R"("BEARER")"), "token"},
        {"escaped", 200, type(R"("\u0042earer")"), "token"},
        {"empty", 200, type(R"("")"), "malformed_token"},
        {"longer", 200, type(R"("Bearers")"), "malformed_token"},
        {"shorter", 200, type(R"("Beare")"), "malformed_token"},
        {"with a blank", 200, type(R"("Bearer ")"), "malformed_token"},
        {"another", 200, type(R"("DPoP")"), "malformed_token"},
        {"letters 32 below or above the right ones", 200, type(R"("\"EARER")"), "malformed_token"},
        {"a number", 200, type("1"), "malformed_token"},
        {"true", 200, type("true"), "malformed_token"},
        {"an array", 200, type(R"(["Bearer"])"), "malformed_token"},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(lifetimes_that_are_taken)
{
    struct row {
        std::string_view rule;
        std::string json;
        milliseconds expected;
    };
    const row rows[] = {
        {"an integer", "3600", milliseconds{3'600'000}},
        {"a fraction", "3600.5", milliseconds{3'600'500}},
        {"a fraction is floored", "1.9999", milliseconds{1'999}},
        {"one millisecond", "0.001", milliseconds{1}},
        {"just above one millisecond", "0.0019", milliseconds{1}},
        {"just below two seconds, at a double's limit", "1.99999999999999999999999999", milliseconds{1'999}},
        {"an exponent", "36e2", milliseconds{3'600'000}},
        {"a fraction with an exponent", "3.6E+3", milliseconds{3'600'000}},
        {"a negative exponent", "36000e-1", milliseconds{3'600'000}},
        {"a negative exponent, floored", "12345e-7", milliseconds{1}},
        {"digits moved by an exponent", "0.00036e7", milliseconds{3'600'000}},
        {"an exponent of zero", "5e0", milliseconds{5'000}},
        {"ten years", "315360000", ten_years},
        {"ten years and a millisecond", "315360000.001", ten_years},
        {"just below ten years", "315359999.999", ten_years - milliseconds{1}},
        {"2^63 milliseconds", "9223372036854775.808", ten_years},
        {"2^64", "18446744073709551616", ten_years},
        {"a number of 400 digits", std::string(400, '9'), ten_years},
        {"1e300", "1e300", ten_years},
        {"1e999999999999999999999", "1e999999999999999999999", ten_years},
        {"many digits, taken back by the exponent", "3600" + std::string(300, '0') + "e-300", milliseconds{3'600'000}},
        {"a text", R"("3600")", milliseconds{3'600'000}},
        {"a text with a fraction", R"("3600.5")", milliseconds{3'600'500}},
        {"a text with a leading zero", R"("060")", milliseconds{60'000}},
        {"a text, escaped", R"("\u0036\u0030")", milliseconds{60'000}},
        {"a text of 400 digits", '"' + std::string(400, '9') + '"', ten_years},
        {"null", "null", milliseconds{3'600'000}},
    };
    for (const row& r : rows) {
        BOOST_TEST_CONTEXT(r.rule << ": " << r.json)
        {
            const wire::token_reply reply = read(200, lifetime(r.json));
            BOOST_TEST(outcome_of(reply) == "token");
            BOOST_TEST((reply.expires_in == r.expected));
            BOOST_TEST_INFO(reply.expires_in.count());
        }
    }
}

BOOST_AUTO_TEST_CASE(lifetimes_that_are_refused)
{
    for (const std::string& json : {"0"s,
                                    "-0"s,
                                    "0.0"s,
                                    "0e5"s,
                                    "0e999999999"s,
                                    "-1"s,
                                    "-3600"s,
                                    "-1e300"s,
                                    "0.0009"s,
                                    "0.000999999999999999999"s,
                                    "9e-4"s,
                                    "1e-300"s,
                                    "1e-999999999999999999999"s,
                                    "true"s,
                                    "false"s,
                                    "[]"s,
                                    "[3600]"s,
                                    "{}"s,
                                    R"("")"s,
                                    R"("0")"s,
                                    R"("0.0009")"s,
                                    R"("-1")"s,
                                    R"("+1")"s,
                                    R"(" 3600")"s,
                                    R"("3600 ")"s,
                                    R"("3600s")"s,
                                    R"("1e3")"s,
                                    R"("1.")"s,
                                    R"(".5")"s,
                                    R"("1.2.3")"s,
                                    R"("0x10")"s,
                                    R"("3,600")"s,
                                    R"("1 hour")"s,
                                    R"("\u0660")"s,
                                    R"("null")"s,
                                    R"("3600\u0000")"s,
                                    R"("Infinity")"s})
        BOOST_TEST_CONTEXT(json)
        {
            const wire::token_reply reply = read(200, lifetime(json));
            BOOST_TEST(outcome_of(reply) == "malformed_token");
            check_shape(reply);
        }
}

// Evaluated by the compiler, which would refuse a loop as long as the exponent says.
static_assert(!wire::to_milliseconds(wire::split_decimal("0e999999999"), ten_years));
static_assert(!wire::to_milliseconds(wire::split_decimal("1e-999999999"), ten_years));
static_assert(wire::to_milliseconds(wire::split_decimal("1e999999999"), ten_years) == ten_years);

BOOST_AUTO_TEST_CASE(no_lifetime_gives_the_assumed_one)
{
    const std::string body = token(R"("t")");
    BOOST_TEST((read(200, body).expires_in == milliseconds{3'600'000}));
    BOOST_TEST((read(200, body, {.assumed_lifetime = milliseconds{7}}).expires_in == milliseconds{7}));
    BOOST_TEST((read(200, body, {.assumed_lifetime = milliseconds::max()}).expires_in == ten_years));
    for (const milliseconds refused : {milliseconds{0}, milliseconds{-1}}) {
        BOOST_TEST(outcome_of(read(200, body, {.assumed_lifetime = refused})) == "malformed_token");
        BOOST_TEST(outcome_of(read(200, lifetime("null"), {.assumed_lifetime = refused})) == "malformed_token");
        BOOST_TEST(outcome_of(read(200, lifetime("1"), {.assumed_lifetime = refused})) == "token");
    }
    // Only data.expires_in counts.
    BOOST_TEST((read(200, R"({"expires_in":5,"data":{"access_token":"t"}})").expires_in == milliseconds{3'600'000}));
}

BOOST_AUTO_TEST_SUITE_END()
