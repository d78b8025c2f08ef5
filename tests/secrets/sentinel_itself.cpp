// The sentinel first: what it must find, what it must not, and that its spellings are those of the world.
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

#include "secrets/encodings.hpp"
#include "secrets/scene.hpp"
#include "secrets/sentinel.hpp"

using namespace faceki_test;

namespace {

/// Words and numbers as logs hold them, and runs of letters as tokens do; nothing of it is a secret.
std::string noise(std::mt19937& random, std::size_t size)
{
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789+/-_=%&\\\":;,.{}[]";
    std::string text;
    while (text.size() < size)
        text += letters[random() % letters.size()];
    return text;
}

bool is_ascii(std::string_view text)
{
    for (const char c : text)
        if (static_cast<unsigned char>(c) > 0x7F)
            return false;
    return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sentinel_itself)

BOOST_AUTO_TEST_CASE(spellings_are_those_of_the_world)
{
    const std::string text = "a\"\\/+ %<\xC3\xA9\xF0\x9F\x98\x80~";
    const struct {
        const char* name;
        std::string expected;
    } rows[] = {
        {"plain", text},
        {"JSON", "a\\\"\\\\/+ %<\xC3\xA9\xF0\x9F\x98\x80~"},
        {"JSON in JSON", "a\\\\\\\"\\\\\\\\/+ %<\xC3\xA9\xF0\x9F\x98\x80~"},
        {"JSON with \\/", "a\\\"\\\\\\/+ %<\xC3\xA9\xF0\x9F\x98\x80~"},
        {"JSON in ASCII", R"(a\"\\/+ %<\u00e9\ud83d\ude00~)"},
        {"JSON in ASCII, upper", R"(a\"\\/+ %<\u00E9\uD83D\uDE00~)"},
        {"\\uXXXX", R"(\u0061\u0022\u005c\u002f\u002b\u0020\u0025\u003c\u00e9\ud83d\ude00\u007e)"},
        {"\\uXXXX, upper", R"(\u0061\u0022\u005C\u002F\u002B\u0020\u0025\u003C\u00E9\uD83D\uDE00\u007E)"},
        {"percent", "a%22%5C%2F%2B%20%25%3C%C3%A9%F0%9F%98%80~"},
        {"percent, lower", "a%22%5c%2f%2b%20%25%3c%c3%a9%f0%9f%98%80~"},
        {"percent, all", "%61%22%5C%2F%2B%20%25%3C%C3%A9%F0%9F%98%80%7E"},
        {"percent, all, lower", "%61%22%5c%2f%2b%20%25%3c%c3%a9%f0%9f%98%80%7e"},
        {"percent twice", "a%2522%255C%252F%252B%2520%2525%253C%25C3%25A9%25F0%259F%2598%2580~"},
        {"form", "a%22%5C%2F%2B+%25%3C%C3%A9%F0%9F%98%80%7E"},
        {"hex", "61225c2f2b20253cc3a9f09f98807e"},
        {"hex, upper", "61225C2F2B20253CC3A9F09F98807E"},
        {"hex with blanks", "61 22 5c 2f 2b 20 25 3c c3 a9 f0 9f 98 80 7e"},
        {"hex with colons", "61:22:5C:2F:2B:20:25:3C:C3:A9:F0:9F:98:80:7E"},
        {"hex with dashes", "61-22-5c-2f-2b-20-25-3c-c3-a9-f0-9f-98-80-7e"},
        {"hex as in C", "0x61, 0x22, 0x5c, 0x2f, 0x2b, 0x20, 0x25, 0x3c, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80, 0x7e"},
        {"\\xNN", R"(\x61\x22\x5c\x2f\x2b\x20\x25\x3c\xc3\xa9\xf0\x9f\x98\x80\x7e)"},
        {"HTML", "a&quot;\\/+ %&lt;\xC3\xA9\xF0\x9F\x98\x80~"},
        {"HTML numbers", "&#97;&#34;&#92;&#47;&#43;&#32;&#37;&#60;&#233;&#128512;&#126;"},
        {"base64", "YSJcLysgJTzDqfCfmIB+"},
        {"base64url", "YSJcLysgJTzDqfCfmIB-"},
    };
    BOOST_TEST(std::size(rows) == encodings().size() + 1); // all but "reversed", which is no text here
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.name) BOOST_TEST(encoded(row.name, text) == row.expected);
    BOOST_TEST(encoded("reversed", "abc") == "cba");
    // RFC 4648 section 10
    for (const auto& [plain, expected] : {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="},
                                          std::pair{"foo", "Zm9v"}, std::pair{"foob", "Zm9vYg=="}})
        BOOST_TEST(base64(plain) == expected);
}

BOOST_AUTO_TEST_CASE(every_spelling_of_every_piece_is_found_in_noise)
{
    std::mt19937 random(7);
    std::size_t hidden = 0;
    for (const secret_set& set : secret_sets()) {
        const sentinel guard(guarded_of(set));
        for (const guarded& each : guarded_of(set)) {
            const std::string& value = each.value;
            for (std::size_t at = 0; at + sentinel::piece_size <= value.size(); ++at) {
                const std::string piece = each.pieces ? value.substr(at, sentinel::piece_size + random() % 3) : value;
                const auto found_in_noise = [&](const std::string& name, const std::string& spelled) {
                    const std::string text = noise(random, random() % 40) + spelled + noise(random, random() % 40);
                    BOOST_TEST(guard.find(text) != "", set.name << ", " << each.name << " as " << name << ": " << text);
                    ++hidden;
                };
                for (const encoding& way : encodings())
                    if (way.on_bytes || is_ascii(piece))
                        found_in_noise(way.name, way.apply(piece));
                for (const std::string before : {"", "#", "#?"}) // what is encoded together with it shifts all letters
                    for (const char* const end : {"+/", "-_"})
                        found_in_noise("base64", base64(before + piece + "!", end));
                if (!each.pieces)
                    break;
            }
        }
    }
    BOOST_TEST_MESSAGE(hidden << " hidden pieces found");
    BOOST_TEST(hidden > 5000U);
}

BOOST_AUTO_TEST_CASE(spellings_that_work_on_characters_are_found_where_pieces_cut_some)
{
    const secret_set& set = secret_sets().at(1);
    BOOST_REQUIRE(!is_ascii(set.client_secret));
    const sentinel guard(guarded_of(set));
    for (std::size_t at = 0; at + sentinel::piece_size + 6 <= set.client_secret.size(); ++at) {
        std::size_t end = at + sentinel::piece_size;
        while (!is_border(set.client_secret, end))
            ++end;
        if (!is_border(set.client_secret, at))
            continue;
        const std::string piece = set.client_secret.substr(at, end - at);
        for (const encoding& way : encodings())
            if (!way.on_bytes)
                BOOST_TEST(guard.find("\x02" + way.apply(piece) + "\x02") != "", way.name << " of " << piece);
    }
}

BOOST_AUTO_TEST_CASE(noise_and_what_is_shorter_than_a_piece_are_not_found)
{
    std::mt19937 random(11);
    for (const secret_set& set : secret_sets()) {
        const sentinel guard(guarded_of(set));
        for (int n = 0; n < 200; ++n)
            BOOST_TEST(guard.find(noise(random, 500)) == "");
        for (const std::string text :
             {"", "flight 1 failed after 12 ms: credentials_rejected: the endpoint refused the credentials (HTTP 402)",
              "net: TLSv1.3, new session, in 1.234 ms", "access_token(redacted, 96 bytes)", "[redacted]",
              R"({"error":{"code":"timed_out","conditions":["transient"],"message":"x","http_status":null}})"})
            BOOST_TEST(guard.find(text) == "");
        for (const guarded& each : guarded_of(set)) {
            for (std::size_t at = 0; at + sentinel::piece_size <= each.value.size(); ++at) {
                const std::string shorter = each.value.substr(at, sentinel::piece_size - 1);
                for (const encoding& way : encodings())
                    if (way.on_bytes)
                        BOOST_TEST(guard.find("\x02" + way.apply(shorter) + "\x02") == "",
                                   way.name << " of " << shorter);
                std::string changed = each.value;
                for (std::size_t n = 5; n < changed.size(); n += sentinel::piece_size - 1)
                    changed[n] ^= 0x55;
                BOOST_TEST(guard.find(changed) == "");
                BOOST_TEST(guard.find(base64(changed)) == "");
            }
        }
    }
    const std::vector<guarded> too_short = {{"short", "0123456789a"}};
    BOOST_CHECK_THROW(sentinel{too_short}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
