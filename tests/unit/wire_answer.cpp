// What whoever reads a token reply says of it: head by head, and of what is no whole reply.
#include <string>

#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "wire/answer.hpp"

using namespace std::chrono_literals;
namespace wire = faceki::wire;
using faceki::errc;

namespace {

constexpr std::optional<std::chrono::seconds> nothing;

/// Sun, 06 Nov 1994 08:49:37 GMT
const std::chrono::system_clock::time_point example =
    std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s;

struct outcome {
    std::error_code code;
    wire::token_reply reply;
    faceki::diagnostics details;
};

/// The stream ends behind `bytes`.
outcome read(const std::string& bytes)
{
    wire::http_response response;
    response.feed(bytes);
    response.end_of_stream(true);
    outcome out;
    if (response.head_received())
        wire::note_head(response, example, out.details);
    out.code = wire::read_answer(response, {{}, {"id", "secret"}, "it rained"}, out.reply, out.details);
    return out;
}

std::string with_body(const std::string& status, const std::string& body)
{
    return "HTTP/1.1 " + status + " \r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

BOOST_AUTO_TEST_SUITE(wire_answer)

BOOST_AUTO_TEST_CASE(the_head_of_any_answer_but_2xx_is_looked_at)
{
    const auto noted = [](const std::string& status, const std::string& fields) {
        wire::http_response response;
        response.feed("HTTP/1.1 " + status + " \r\n" + fields + "Content-Length: 2\r\n\r\n{");
        BOOST_REQUIRE(response.head_received());
        faceki::diagnostics details;
        wire::note_head(response, example - 10s, details);
        BOOST_TEST((details.kind == faceki::failure_kind::answered));
        BOOST_TEST(std::to_string(details.http_status) == status);
        return details.retry_after;
    };
    for (const char* const status : {"300", "301", "400", "401", "404", "408", "429", "500", "503", "599"})
        BOOST_TEST(noted(status, "Retry-After: 7\r\n") == 7s);
    for (const char* const status : {"200", "201", "204", "299"})
        BOOST_TEST(noted(status, "Retry-After: 7\r\n") == nothing);
    BOOST_TEST(noted("503", "") == nothing);
    BOOST_TEST(noted("503", "Retry-After: soon\r\n") == nothing);
    BOOST_TEST(noted("503", "retry-AFTER:7\r\n") == 7s);
    BOOST_TEST(noted("503", "Retry-After: \t 7 \r\n") == 7s);
    BOOST_TEST(noted("503", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == 10s);
    // The longest of several: to wait for longer than asked harms less.
    BOOST_TEST(noted("503", "Retry-After: 5\r\nRetry-After: 9\r\nRetry-After: 7\r\n") == 9s);
    BOOST_TEST(noted("503", "Retry-After: 9\r\nX: y\r\nRetry-After: 5\r\n") == 9s);
    BOOST_TEST(noted("503", "Retry-After: soon\r\nRetry-After: 0\r\n") == 0s);
    BOOST_TEST(noted("503", "Retry-After: 8\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == 10s);
    BOOST_TEST(noted("503", "Retry-After-2: 5\r\nX-Retry-After: 6\r\n") == nothing);

    // An interim answer's field says nothing about the final one.
    wire::http_response response;
    response.feed("HTTP/1.1 103 \r\nRetry-After: 7\r\n\r\nHTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n");
    faceki::diagnostics details;
    wire::note_head(response, example, details);
    BOOST_TEST(details.retry_after == nothing);
    BOOST_TEST(details.http_status == 503);
}

BOOST_AUTO_TEST_CASE(a_token)
{
    const outcome found = read(with_body("200", R"({"data":{"access_token":"t","expires_in":60}})"));
    BOOST_TEST(!found.code);
    BOOST_TEST(found.reply.token == "t");
    BOOST_TEST(found.reply.expires_in == 60s);
    BOOST_TEST(found.details.message == "");
    BOOST_TEST(found.details.http_status == 200);
}

BOOST_AUTO_TEST_CASE(a_refusal_fills_all_that_is_known)
{
    const outcome found =
        read(with_body("401", R"({"responseCode":7,"status":false,"statusCode":422,"message":"no such id"})"));
    BOOST_TEST(found.code == errc::credentials_rejected);
    BOOST_TEST(found.reply.token == "");
    BOOST_TEST(found.details.http_status == 401);
    BOOST_TEST((found.details.response_code == 7));
    BOOST_TEST((found.details.status_code == 422));
    BOOST_TEST(found.details.message.find("refused the credentials (HTTP 401)") != std::string::npos);
    BOOST_TEST(found.details.server_message == "no such [redacted]");
}

BOOST_AUTO_TEST_CASE(what_is_not_whole)
{
    struct row {
        std::string bytes;
        errc code;
        int http_status;
        std::string message;
    };
    const std::string lost = "the connection was lost ";
    const row rows[] = {
        {"", errc::connection_lost, 0, lost + "before an answer came: it rained"},
        {"HTTP/1.1 503 \r\nContent-Le", errc::connection_lost, 0, lost + "before an answer came: it rained"},
        {"HTTP/1.1 503 \r\nContent-Length: 9\r\n\r\n{", errc::connection_lost, 503,
         lost + "in the middle of the answer: it rained"},
        {"hello", errc::malformed_http, 0, "the answer is not valid HTTP/1.1"},
        {"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", errc::malformed_http, 200,
         "the answer is not valid HTTP/1.1"},
        {"HTTP/1.1 200 \r\nContent-Length: 1048577\r\n\r\n", errc::response_too_large, 200,
         "the answer is larger than limits.max_header_bytes, max_header_fields, max_interim_responses or "
         "max_body_bytes allow"},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.bytes)
        {
            const outcome found = read(r.bytes);
            BOOST_TEST(found.code == r.code);
            BOOST_TEST(found.details.http_status == r.http_status);
            BOOST_TEST(found.details.message == r.message);
            BOOST_TEST(found.details.server_message == "");
        }
}

BOOST_AUTO_TEST_SUITE_END()
