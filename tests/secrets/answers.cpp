// Answers that hold secrets: in no log line, no error text, no field of diagnostics.
#include <boost/test/unit_test.hpp>

#include "secrets/encodings.hpp"
#include "secrets/hostile.hpp"

using namespace faceki_test;
using faceki::errc;
using faceki::testing::mock_endpoint;

namespace {

constexpr const char* message_patterns[] = {
    R"({"message":"@"})",
    R"({"error":{"message":"@"}})",
    R"({"data":{"error":{"message":"@"}}})",
    R"({"errors":[{"message":"@"}]})",
    R"({"error":"@"})",
};

void check_replies(const secret_set& set, const std::vector<hostile_reply>& rows, faceki::credentials_in place)
{
    mock_endpoint endpoint(any_client());
    for (const hostile_reply& row : rows) {
        BOOST_TEST_CONTEXT(set.name << ": " << row.name)
        {
            witness heard;
            faceki::client_config config = config_of(set, endpoint, heard);
            config.send_credentials = place;
            const std::size_t before = endpoint.requests();
            endpoint.script(row.reply);
            check_one_call(set, config, heard, row.code);
            BOOST_TEST(endpoint.requests() == before + 1);
            BOOST_TEST(heard.lines() >= 8U); // the exchange, and how the flight ended
        }
    }
    BOOST_TEST_MESSAGE(rows.size() << " answers for " << set.name);
}

/// One answer of 401 says `words` in the place of @; returns what the client shows of it.
std::string shown(const secret_set& set, mock_endpoint& endpoint, std::string_view pattern, std::string_view words)
{
    endpoint.script(reply(401, filled(pattern, json_inside(words))));
    witness heard;
    return check_one_call(set, config_of(set, endpoint, heard), heard, errc::credentials_rejected)
        .diagnostics()
        .server_message;
}

/// The pattern with a token where the client looks for it.
std::string with_token(std::string_view pattern, const std::string& token)
{
    constexpr std::string_view data = R"("data":{)";
    const std::string member = R"("access_token":")" + json_inside(token) + '"';
    std::string text(pattern);
    if (const std::size_t at = text.find(data); at != std::string::npos)
        return text.insert(at + data.size(), member + ',');
    return text.insert(1, std::string(data) + member + "},");
}

} // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(every_status_and_every_unusable_2xx)
{
    for (const secret_set& set : secret_sets())
        check_replies(set, hostile_replies(set), faceki::credentials_in::body);
    check_replies(secret_sets()[0], hostile_replies(secret_sets()[0]), faceki::credentials_in::body_and_headers);
}

BOOST_AUTO_TEST_CASE(broken_answers_that_hold_the_request)
{
    using faceki::credentials_in;
    for (const secret_set& set : secret_sets())
        check_replies(set, broken_replies(set, request_of(set, credentials_in::body)), credentials_in::body);
    const secret_set& set = secret_sets()[0]; // header fields carry no other letters
    for (const credentials_in place : {credentials_in::headers, credentials_in::body_and_headers}) {
        const std::string request = request_of(set, place);
        BOOST_TEST(request.find(set.client_secret) != std::string::npos);
        check_replies(set, broken_replies(set, request), place);
    }
}

BOOST_AUTO_TEST_CASE(every_spelling_in_every_field_that_is_shown)
{
    std::size_t calls = 0;
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        for (const std::string pattern : message_patterns) {
            BOOST_TEST(shown(set, endpoint, pattern, "an ordinary word") == "an ordinary word"); // it is shown at all
            const struct {
                const char* name;
                const std::string& value;
                std::string pattern;
            } values[] = {{"secret", set.client_secret, pattern},
                          {"id", set.client_id, pattern},
                          {"token", set.token, with_token(pattern, set.token)}};
            for (const auto& [name, value, around] : values) {
                for (const auto& [way, spelled] : spellings_of(value)) {
                    BOOST_TEST_CONTEXT(set.name << ": " << name << " as " << way << " in " << around)
                    {
                        const std::string left = shown(set, endpoint, around, "the value " + spelled + " is bad");
                        if (way != "reversed") // which may be no UTF-8, and then all of the answer counts for nothing
                            BOOST_TEST(left != "");
                        ++calls;
                    }
                }
            }
        }
    }
    BOOST_TEST_MESSAGE(calls << " calls");
}

BOOST_AUTO_TEST_CASE(tokens_the_client_cannot_know)
{
    // In an answer that has no data.access_token, or about an earlier token: long words are taken for tokens.
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        for (const auto& [way, spelled] : spellings_of(set.token)) {
            // Short pieces between blanks look like nothing: only a client that knows the token could tell.
            if (way == "hex with blanks" || way == "hex as in C" || way.starts_with("base64 in lines"))
                continue;
            BOOST_TEST_CONTEXT(set.name << ": token as " << way)
            shown(set, endpoint, message_patterns[0], "a token was issued already: " + spelled + '.');
        }
    }
}

BOOST_AUTO_TEST_CASE(where_the_shown_text_ends)
{
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        for (const char* const way : {"plain", "JSON in JSON", "percent", "hex with colons", "base64", "\\uXXXX"}) {
            for (std::size_t before = 190; before < 256; before += 5) {
                std::string words;
                while (words.size() < before)
                    words += "word ";
                words.resize(before);
                BOOST_TEST_CONTEXT(set.name << ": secret as " << way << " behind " << before << " bytes")
                shown(set, endpoint, message_patterns[0], words + encoded(way, set.client_secret));
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
