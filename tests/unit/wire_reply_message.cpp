// The server's words: where they are found, and what must not be left in them.
#include <algorithm>

#include "wire_reply_rows.hpp"

using namespace wire_test;
using namespace std::string_literals;

namespace {

const std::string id = "client-id-0123";
const std::string secret = "S3cretABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// server_message of a 401 with `message`, given as the inside of a JSON string.
std::string words(std::string_view message, const wire::redactions& secrets = {id, secret})
{
    return read(401, R"({"message":")" + std::string(message) + "\"}", {}, secrets).server_message;
}

/// Ordinary words.
std::string filler(std::size_t size)
{
    std::string text;
    while (text.size() < size)
        text += "xxxxxxx ";
    text.resize(size);
    return text;
}

std::size_t longest_common_piece(std::string_view text, std::string_view hidden)
{
    for (std::size_t size = hidden.size(); size > 0; --size)
        for (std::size_t at = 0; at + size <= hidden.size(); ++at)
            if (text.find(hidden.substr(at, size)) != std::string_view::npos)
                return size;
    return 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reply_message)

BOOST_AUTO_TEST_CASE(found_in_order)
{
    struct row {
        std::string_view rule;
        std::string body;
        std::string_view expected;
    };
    const row rows[] = {
        {"message", R"({"message":"a"})", "a"},
        {"error.message", R"({"error":{"message":"b"}})", "b"},
        {"data.error.message", R"({"data":{"error":{"message":"c"}}})", "c"},
        {"errors[0].message", R"({"errors":[{"message":"d"},{"message":"x"}]})", "d"},
        {"error", R"({"error":"e"})", "e"},
        {"message first", R"({"error":{"message":"b"},"message":"a"})", "a"},
        {"error.message before data.error.message", R"({"data":{"error":{"message":"c"}},"error":{"message":"b"}})",
         "b"},
        {"data.error.message before errors", R"({"errors":[{"message":"d"}],"data":{"error":{"message":"c"}}})", "c"},
        {"errors before error", R"({"error":"e","errors":[{"message":"d"}]})", "d"},
        {"an empty one is passed over", R"({"message":"","error":"e"})", "e"},
        {"one that is no text is passed over", R"({"message":{"x":1},"error":"e"})", "e"},
        {"only the first of errors", R"({"errors":[{},{"message":"x"}]})", ""},
        {"errors of texts", R"({"errors":["x"]})", ""},
        {"deeper down", R"({"x":{"message":"y"},"data":{"message":"z"}})", ""},
        {"none", R"({"code":1})", ""},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.rule) BOOST_TEST(read(401, r.body).server_message == r.expected);
}

BOOST_AUTO_TEST_CASE(control_characters_are_escaped)
{
    BOOST_TEST(words(R"(a\r\nb\tc)") == R"(a\x0d\x0ab\x09c)");
    BOOST_TEST(words(R"(\u0000\u001b[31m\u007f)") == R"(\x00\x1b[31m\x7f)");
    BOOST_TEST(words("\xC2\x80 \xC2\x9B \xC2\xA0") == "\\xc2\\x80 \\xc2\\x9b \xC2\xA0"); // C1 moves terminals too
    BOOST_TEST(words(R"(\"quoted\" \\ \u00e4\ud83d\ude00)") == "\"quoted\" \\ \xC3\xA4\xF0\x9F\x98\x80");
}

BOOST_AUTO_TEST_CASE(at_most_256_bytes_cut_between_characters)
{
    BOOST_TEST(words(filler(256)) == filler(256));
    BOOST_TEST(words(filler(257)) == filler(256));
    BOOST_TEST(words(filler(100'000)) == filler(256));
    std::string euros;
    for (int i = 0; i < 100; ++i)
        euros += "\xE2\x82\xAC";
    BOOST_TEST(words(euros) == euros.substr(0, 255)); // 85 characters of three bytes
    BOOST_TEST(words(filler(255) + "\xC3\xA4") == filler(255));
    BOOST_TEST(words(filler(253) + "\\n") == filler(253)); // no half escape
    BOOST_TEST(words(filler(252) + "\\n") == filler(252) + "\\x0a");
    BOOST_TEST(words(filler(247) + secret) == filler(247)); // no half mark
    BOOST_TEST(words(filler(246) + secret) == filler(246) + "[redacted]");
}

BOOST_AUTO_TEST_CASE(a_word_that_is_too_long_may_be_a_token)
{
    const std::string request_id = "123e4567-e89b-12d3-a456-426614174000";
    BOOST_TEST(words("request " + request_id + " failed") == "request " + request_id + " failed");
    BOOST_TEST(words("a " + std::string(63, 'x') + " b") == "a " + std::string(63, 'x') + " b");
    BOOST_TEST(words("a " + std::string(64, 'x') + " b") == "a [redacted] b");
    BOOST_TEST(words(std::string(100'000, 'x')) == "[redacted]");
    BOOST_TEST(words(filler(248) + std::string(64, 'x')) == filler(248)); // also where only its start would show
    BOOST_TEST(words("https://example.test/?X-Signature=" + std::string(40, 'f')) == "[redacted]");
    BOOST_TEST(words(secret + std::string(63, 'x') + " b") == "[redacted] b");
    std::string euros;
    for (int i = 0; i < 64; ++i)
        euros += "\xE2\x82\xAC"; // not every script has blanks between its words
    BOOST_TEST(words(euros) == euros);
}

BOOST_AUTO_TEST_CASE(credentials_are_removed)
{
    BOOST_TEST(words("bad pair " + id + " / " + secret + '.') == "bad pair [redacted] / [redacted].");
    BOOST_TEST(words(secret.substr(0, 20) + secret.substr(0, 20)) == "[redacted][redacted]");
    BOOST_TEST(words("x" + secret.substr(3, 12) + "y") == "x[redacted]y");
    BOOST_TEST(words("x" + secret.substr(3, 11) + "y") == "x" + secret.substr(3, 11) + "y");
    BOOST_TEST(words("x" + secret.substr(0, 20) + "y" + secret.substr(20)) == "x[redacted]y[redacted]");
    BOOST_TEST(words("x" + id.substr(1)) == "x" + id.substr(1)); // of an id only the whole counts
    BOOST_TEST(words("ends with " + secret.substr(0, 15)) == "ends with [redacted]");
}

BOOST_AUTO_TEST_CASE(the_longest_run_is_removed_where_pieces_repeat)
{
    const std::string repeating = "ABCDEFGHIJKL-ABCDEFGHIJKLMNOP";
    BOOST_TEST(words("<ABCDEFGHIJKLMNOP>", {id, repeating}) == "<[redacted]>");
    // Blanks, so that it is no word that is too long.
    std::string same;
    for (int i = 0; i < 2500; ++i)
        same += "a ";
    std::string longer = same + same;
    longer.resize(9000);
    BOOST_TEST(words("<" + longer + "b>", {id, same}) == "<[redacted][redacted]b>");
}

BOOST_AUTO_TEST_CASE(a_short_secret_is_removed_whole)
{
    BOOST_TEST(words("the key abc is wrong", {"me", "abc"}) == "the key [redacted] is wrong");
    BOOST_TEST(words("me and you", {"me", "abc"}) == "[redacted] and you");
    BOOST_TEST(words("nothing to hide", {"", ""}) == "nothing to hide");
}

BOOST_AUTO_TEST_CASE(escaped_forms_are_removed_too)
{
    const std::string odd = "a\"b\\c\nd";
    BOOST_TEST(words(R"(got a\"b\\c\nd)", {"id", odd}) == "got [redacted]");
    // The server echoes our request body as a text: JSON inside JSON.
    BOOST_TEST(words(R"(got a\\\"b\\\\c\\nd!)", {"i", odd}) == "got [redacted]!");
    BOOST_TEST(words(R"(got a\\\"b\\\\c\\nd!)", {odd, "s"}) == "got [redacted]!");
    // The reply spells the secret with escapes it did not need.
    BOOST_TEST(words(R"(got \u0053\u0033cret\u0041BCDEFGHIJ!)") == "got [redacted]!");
}

BOOST_AUTO_TEST_CASE(a_piece_that_ends_inside_a_character_takes_all_of_it)
{
    const std::string euro = "\xE2\x82\xAC";
    const std::string hidden = "0123456789\xE2\x82"; // as if cut in the middle of a character
    BOOST_TEST(words("x0123456789" + euro + "y", {"id", hidden}) == "x[redacted]y");
    const std::string tail = "\x82\xAC"
                             "0123456789";
    BOOST_TEST(words("x" + euro + "0123456789y", {"id", tail}) == "x[redacted]y");
}

BOOST_AUTO_TEST_CASE(the_token_is_removed_from_words_that_come_with_it)
{
    const std::string token = "eyJhbGciOiJSUzI1NiJ9.payload.signature";
    const std::string begin = R"({"status":false,"data":{"access_token":")" + token + R"("},"message":")";
    BOOST_TEST(read(200, begin + "issued " + token + "\"}").server_message == "issued [redacted]");
    BOOST_TEST(read(200, begin + "issued " + token.substr(5, 14) + "…\"}").server_message == "issued [redacted]…");
    BOOST_TEST(read(403, begin + "issued " + token + "\"}").server_message == "issued [redacted]");
}

BOOST_AUTO_TEST_CASE(no_piece_of_twelve_bytes_survives_anywhere)
{
    for (std::size_t at = 0; at < secret.size(); ++at) {
        for (std::size_t size = 1; at + size <= secret.size(); ++size) {
            const std::string left =
                words("x" + secret.substr(at, size) + secret.substr(0, size) + " -" + secret.substr(at));
            BOOST_TEST_INFO(at << ", " << size << ": " << left);
            BOOST_TEST(longest_common_piece(left, secret) < 12U);
        }
    }
}

BOOST_AUTO_TEST_CASE(our_own_sentence_never_holds_server_bytes)
{
    for (const int status : {200, 302, 401, 404, 429, 503}) {
        const wire::token_reply reply =
            read(status, R"({"status":false,"message":"sentinel","error":"sentinel","statusCode":77})");
        BOOST_TEST(reply.server_message == "sentinel");
        BOOST_TEST((reply.message.find("sentinel") == std::string::npos));
        BOOST_TEST((reply.message.find("77") == std::string::npos));
    }
}

BOOST_AUTO_TEST_SUITE_END()
