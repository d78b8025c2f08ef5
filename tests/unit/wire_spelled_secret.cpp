// Secrets that a server spelled differently: the whole of its words is withheld then, and only then.
#include "wire/server_message.hpp"

#include "wire_reply_rows.hpp"

using namespace wire_test;

namespace {

const std::string withheld(wire::withheld);

/// server_message of a 401 with `message`, given as the inside of a JSON string.
std::string words(const std::string& message, const std::string& secret, const std::string& id = "client-id-0123")
{
    return read(401, R"({"message":")" + message + "\"}", {}, {id, secret}).server_message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(spelled_secret)

BOOST_AUTO_TEST_CASE(each_way_to_spell_it_is_undone)
{
    const std::string secret = R"(a"b\c/d+e f%g&h<i>j'k~0123é😀)";
    const std::pair<const char*, const char*> rows[] = {
        {"percent", "a%22b%5Cc%2Fd%2Be%20f%25g%26h"},
        {"percent, in lower case", "j%27k~0123%c3%a9%f0%9f%98%80"},
        {"percent, every byte of a piece", "%66%25%67%26%68%3C%69%3E%6A%27%6B%7E"},
        {"percent twice", "c%252Fd%252Be%2520f%2525g%2526h%253C"},
        {"form", "d%2Be+f%25g%26h%3Ci%3E"},
        // JSON in JSON, as an echo of our body, is redacted like the plain text.
        {"JSON in JSON in JSON", R"(a\\\\\\\"b\\\\\\\\c/d+e f)"},
        {"JSON with \\/", R"(b\\\\c\\/d+e f%g&)"},
        {"JSON in ASCII", R"(k~0123\\u00e9\\ud83d\\ude00)"},
        {"\\uXXXX", R"(\\u0065\\u0020\\u0066%g\\u0026\\u0068\\u003C\\u0069>\\u006A\\u0027k)"},
        {"\\xNN", R"(\\x66\\x25\\x67\\x26\\x68\\x3C\\x69\\x3e\\x6A\\x27\\x6b\\x7e)"},
        {"HTML", "f%g&amp;h&lt;i&gt;j&#39;k"},
        {"HTML numbers", "e f&#37;g&#38;&#104;&#60;&#x69;&#62;&#X6a;&apos;k"},
        {"HTML, more than ASCII", "k~0123&#233;&#x1F600;"},
        {"hex", "66256726683c693e6a276b7e"},
        {"hex, upper case", "A 66256726683C693E6A276B7E"},
        {"hex with blanks", "x 66 25 67 26 68 3c 69 3e 6a 27 6b 7e"},
        {"hex with colons", "66:25:67:26:68:3c:69:3e:6a:27:6b:7e"},
        {"hex as in C", "0x66, 0x25, 0x67, 0x26, 0x68, 0x3c, 0x69, 0x3e, 0x6a, 0x27, 0x6b, 0x7e"},
        {"base64", "Basic ZiVnJmg8aT5qJ2t+"},
        {"base64url", "ZiVnJmg8aT5qJ2t-"},
        {"base64, shifted by one", "eGYlZyZoPGk+aidrfg=="},
        {"base64, shifted by two", "eHhmJWcmaDxpPmona34="},
        {"base64 in lines", R"(ZiVnJmg8\r\naT5qJ2t+)"},
        {"base64 in percent", "ZiVnJmg8aT5qJ2t%2B"},
        {"base64 of JSON", "eyJhXCJiXFxjL2QrZSBmIn0="},
        {"base64 of percent", "YyUyRmQlMkJlJTIwZiUyNWc="},
        {"hex of percent", "6325324664253242652532306625323567"},
        {"reversed", "~k'j>i<h&g%f"},
    };
    for (const auto& [name, spelled] : rows) {
        BOOST_TEST_CONTEXT(name)
        {
            BOOST_TEST(words(std::string("of ") + spelled + " it", secret) == withheld);
            BOOST_TEST(words(std::string("of ") + spelled + " it", "another secret of 30 bytes ...") != withheld);
        }
    }
}

BOOST_AUTO_TEST_CASE(both_alphabets_of_base64_are_known)
{
    const std::string secret = "k?>x~?>y>?w~>z?~q>?v~>"; // the last two letters of the alphabet stand close together
    BOOST_TEST(words("az8+eH4/Pnk+P3d+Pno/fnE+P3Z+Pg==", secret) == withheld);
    BOOST_TEST(words("az8-eH4_Pnk-P3d-Pno_fnE-P3Z-Pg", secret) == withheld);
}

BOOST_AUTO_TEST_CASE(a_secret_that_looks_escaped_itself)
{
    const std::string id = R"(id"41%41\u0042&amp;)";
    BOOST_TEST(words("bad " + std::string(R"(id\"41%41\\\\u0042&amp;)"), "another secret", id) == withheld);
    BOOST_TEST(words("bad id%2241%2541%5C%5Cu0042%26amp%3B", "another secret", id) == withheld);
}

BOOST_AUTO_TEST_CASE(pieces_count_from_twelve_bytes_on)
{
    const std::string secret = "kV9xT2mWq8RzL4nYb7JcHs3D";
    const std::string odd = "kV9xT2+mWq8RzL4n";
    BOOST_TEST(words("xV9xT2%2BmWq8Rzx", odd) == withheld);
    BOOST_TEST(words("xV9xT2%2BmWq8Rx", odd) == "xV9xT2%2BmWq8Rx");
    // As digits, pieces of eight bytes count.
    BOOST_TEST(words("x%6B%56%39%78%54%32%6D%57", secret) == withheld);
    BOOST_TEST(words("x%6B%56%39%78%54%32%6D", secret) == "x%6B%56%39%78%54%32%6D");
    BOOST_TEST(words("zR8qWm2Tx9Vk", secret) == withheld);
    BOOST_TEST(words("R8qWm2Tx9Vk", secret) == "R8qWm2Tx9Vk");
    BOOST_TEST(words("a1Y5eVQybVlxOFJ6", secret) == "a1Y5eVQybVlxOFJ6"); // kV9yT2mYq8Rz: two letters differ
}

BOOST_AUTO_TEST_CASE(of_an_id_the_whole_counts)
{
    const std::string secret = "kV9xT2mWq8RzL4nYb7JcHs3D";
    BOOST_TEST(words("Y2xpZW50LWlkLTAxMjM=", secret) == withheld);
    BOOST_TEST(words("Y2xpZW50LWlkLTAx", secret) == "Y2xpZW50LWlkLTAx");
    BOOST_TEST(words("636c69656e742d69642d30313233", secret) == withheld);
}

BOOST_AUTO_TEST_CASE(ordinary_words_are_shown)
{
    const std::string secret = "kV9xT2mWq8RzL4nYb7JcHs3D";
    for (const char* const text :
         {"client id is required", "100% of 5 & 6 < 7", "50%25 off", "see https://example.test/a?b=c%20d&e=f",
          R"(C:\\users\\new \\u12 \\ud83d \\x4 \\)", "&#; &#x; &#99999999; &unknown; &", "%", "%4", "0x",
          "deadbeef 0xFF", "dGhlIGNsaWVudCBpcyBiYWQ="})
        BOOST_TEST(words(text, secret).find("withheld") == std::string::npos, text);
    BOOST_TEST(words("50%25 off", secret) == "50%25 off"); // shown as it came
    // Too short to be looked for in other spellings: ordinary words would hold it.
    BOOST_TEST(words("616263 is no number", "abc") == "616263 is no number");
    BOOST_TEST(words("61626364 is no number", "abcd") == withheld);
}

BOOST_AUTO_TEST_CASE(what_is_too_long_to_be_looked_for_is_not_shown)
{
    const std::string token(64 * 1024 + 1, 't');
    const std::string body = R"({"data":{"access_token":")" + token + R"("},"message":"issued"})";
    BOOST_TEST(read(200, body, {}, {"id", "secret"}).server_message == withheld);
}

BOOST_AUTO_TEST_CASE(no_cut_leaves_a_piece)
{
    const std::string secret = "kV9xT2mWq8RzL4nYb7JcHs3DfGp6AaUe";
    const std::string in_base64 = "a1Y5eFQybVdxOFJ6TDRuWWI3SmNIczNEZkdwNkFhVWU=";
    for (std::size_t before = 180; before < 256; ++before) {
        std::string text;
        while (text.size() < before)
            text += "word ";
        text.resize(before);
        const std::string left = words(text + in_base64, secret);
        // Eleven bytes of it are 15 letters at most.
        BOOST_TEST((left == withheld || left.size() - before < 15), before << ": " << left);
    }
}

BOOST_AUTO_TEST_SUITE_END()
