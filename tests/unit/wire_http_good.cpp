// Responses that are taken: where each ends, what its body is, and whether the connection may be used again.
#include "wire_http_rows.hpp"

using namespace wire_test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(http_good)

BOOST_AUTO_TEST_CASE(a_body_with_a_length)
{
    const http_row rows[] = {
        {.rule = "as usual", .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", .body = "hello"},
        {.rule = "empty", .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
        {.rule = "any bytes",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\0\r\n\xFF"s,
         .body = "\0\r\n\xFF"s},
        {.rule = "names in any case", .bytes = "HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh: 2\r\n\r\nhi", .body = "hi"},
        {.rule = "no blank behind the colon", .bytes = "HTTP/1.1 200 OK\r\nContent-Length:2\r\n\r\nhi", .body = "hi"},
        {.rule = "blanks and tabs around the value",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: \t2 \t\r\n\r\nhi",
         .body = "hi"},
        {.rule = "the same length twice",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
         .body = "hi"},
        {.rule = "the same length as a list",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi",
         .body = "hi"},
        {.rule = "an empty reason", .bytes = "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi", .body = "hi"},
        {.rule = "bytes above 0x7E in reason and value",
         .bytes = "HTTP/1.1 200 \xC3\xA4\r\nX: \xE9\r\nContent-Length: 2\r\n\r\nhi",
         .body = "hi"},
        {.rule = "an empty value", .bytes = "HTTP/1.1 200 OK\r\nX:\r\nContent-Length: 2\r\n\r\nhi", .body = "hi"},
        {.rule = "identity is no encoding",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\nContent-Length: 2\r\n\r\nhi",
         .body = "hi"},
        {.rule = "an error status is a response too",
         .bytes = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nhi",
         .status = 503,
         .body = "hi"},
        {.rule = "599, the last status", .bytes = "HTTP/1.1 599 X\r\nContent-Length: 0\r\n\r\n", .status = 599},
        {.rule = "a response behind it is surplus",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n",
         .body = "hi",
         .reusable = false,
         .behind = 19},
        {.rule = "one byte behind it is surplus",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!",
         .body = "hi",
         .reusable = false,
         .behind = 1},
        {.rule = "a body longer than the first buffer",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + std::string(10000, 'x'),
         .body = std::string(10000, 'x')},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(a_chunked_body)
{
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const http_row rows[] = {
        {.rule = "two chunks", .bytes = head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", .body = "abcde"},
        {.rule = "no chunk but the last", .bytes = head + "0\r\n\r\n"},
        {.rule = "CR LF inside a chunk", .bytes = head + "4\r\n\r\n\r\n\r\n0\r\n\r\n", .body = "\r\n\r\n"},
        {.rule = "a size in hexadecimal",
         .bytes = head + "1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n",
         .body = std::string(26, 'x')},
        {.rule = "a size in capitals",
         .bytes = head + "1A\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n",
         .body = std::string(26, 'x')},
        {.rule = "a body that outgrows its buffer twice",
         .bytes = head + "bb8\r\n" + std::string(3000, 'a') + "\r\nbb8\r\n" + std::string(3000, 'b') + "\r\n1388\r\n" +
                  std::string(5000, 'c') + "\r\n0\r\n\r\n",
         .body = std::string(3000, 'a') + std::string(3000, 'b') + std::string(5000, 'c')},
        {.rule = "leading zeros", .bytes = head + "0003\r\nabc\r\n000\r\n\r\n", .body = "abc"},
        {.rule = "a size that begins with 0", .bytes = head + "0a\r\n0123456789\r\n0\r\n\r\n", .body = "0123456789"},
        {.rule = "extensions", .bytes = head + "3;a=b;c=\"d;e\"\r\nabc\r\n0;z\r\n\r\n", .body = "abc"},
        {.rule = "coding in capitals",
         .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n",
         .body = "a"},
        {.rule = "trailers", .bytes = head + "3\r\nabc\r\n0\r\nDigest: x\r\nY: z\r\n\r\n", .body = "abc"},
        {.rule = "a response behind it is surplus",
         .bytes = head + "1\r\na\r\n0\r\n\r\nHTTP",
         .body = "a",
         .reusable = false,
         .behind = 4},
        {.rule = "Connection: close in a trailer",
         .bytes = head + "1\r\na\r\n0\r\nConnection: close\r\n\r\n",
         .body = "a",
         .reusable = false},
        {.rule = "a trailer named Content-Length",
         .bytes = head + "1\r\na\r\n0\r\nContent-Length: 1\r\n\r\n",
         .body = "a",
         .reusable = false},
        {.rule = "a trailer named Transfer-Encoding",
         .bytes = head + "1\r\na\r\n0\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n",
         .body = "a",
         .reusable = false},
        {.rule = "a trailer without a colon",
         .bytes = head + "1\r\na\r\n0\r\nnonsense\r\n\r\n",
         .body = "a",
         .reusable = false},
        {.rule = "a control character in a trailer",
         .bytes = head + "1\r\na\r\n0\r\nX: \0\r\n\r\n"s,
         .body = "a",
         .reusable = false},
        {.rule = "LF alone in a trailer",
         .bytes = head + "1\r\na\r\n0\r\nX: y\n\r\n\r\n",
         .body = "a",
         .reusable = false},
        {.rule = "CR alone in a trailer",
         .bytes = head + "1\r\na\r\n0\r\nX: y\rz\r\n\r\n",
         .body = "a",
         .reusable = false},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(a_body_that_the_stream_ends)
{
    const http_row rows[] = {
        {.rule = "ended in order",
         .bytes = "HTTP/1.1 200 OK\r\n\r\nhello",
         .end = then::orderly_end,
         .body = "hello",
         .reusable = false},
        {.rule = "empty, ended in order",
         .bytes = "HTTP/1.1 200 OK\r\n\r\n",
         .end = then::orderly_end,
         .reusable = false},
        {.rule = "HTTP/1.0",
         .bytes = "HTTP/1.0 200 OK\r\n\r\nhello",
         .end = then::orderly_end,
         .body = "hello",
         .reusable = false},
        {.rule = "not ended yet", .bytes = "HTTP/1.1 200 OK\r\n\r\nhello", .complete = false, .reusable = false},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(reuse_of_the_connection)
{
    const http_row rows[] = {
        {.rule = "Connection: close",
         .bytes = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
         .body = "a",
         .reusable = false},
        {.rule = "close in a list, in capitals",
         .bytes = "HTTP/1.1 200 OK\r\nConnection: foo, CLOSE\r\nContent-Length: 1\r\n\r\na",
         .body = "a",
         .reusable = false},
        {.rule = "Connection: keep-alive",
         .bytes = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
         .body = "a"},
        {.rule = "HTTP/1.0", .bytes = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", .body = "a", .reusable = false},
        {.rule = "HTTP/1.0 with keep-alive",
         .bytes = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
         .body = "a",
         .reusable = false},
        {.rule = "the stream ended behind the response",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
         .end = then::orderly_end,
         .body = "a",
         .reusable = false},
        {.rule = "the stream broke behind the response",
         .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
         .end = then::abrupt_end,
         .body = "a",
         .reusable = false},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(responses_without_a_body)
{
    const http_row rows[] = {
        {.rule = "204", .bytes = "HTTP/1.1 204 No Content\r\n\r\n", .status = 204},
        {.rule = "204 with a length", .bytes = "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", .status = 204},
        {.rule = "304", .bytes = "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", .status = 304},
        {.rule = "a body behind 204 is surplus",
         .bytes = "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
         .status = 204,
         .reusable = false,
         .behind = 5},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(interim_responses_are_skipped)
{
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    const http_row rows[] = {
        {.rule = "100", .bytes = "HTTP/1.1 100 Continue\r\n\r\n" + ok, .body = "hi"},
        {.rule = "103 with fields, twice",
         .bytes = "HTTP/1.1 103 E\r\nLink: x\r\n\r\nHTTP/1.1 103 E\r\nLink: y\r\n\r\n" + ok,
         .body = "hi"},
        {.rule = "199", .bytes = "HTTP/1.1 199 X\r\n\r\n" + ok, .body = "hi"},
        {.rule = "a length in an interim response means nothing",
         .bytes = "HTTP/1.1 102 X\r\nContent-Length: 9\r\n\r\n" + ok,
         .body = "hi"},
        {.rule = "Connection: close of an interim response means nothing",
         .bytes = "HTTP/1.1 102 X\r\nConnection: close\r\n\r\n" + ok,
         .body = "hi"},
        {.rule = "nothing final yet",
         .bytes = "HTTP/1.1 100 Continue\r\n\r\n",
         .complete = false,
         .head = false,
         .status = 0,
         .reusable = false},
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(answers_to_connect)
{
    http_row rows[] = {
        {.rule = "200, then the tunnel's bytes", .bytes = "HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01", .behind = 3},
        {.rule = "HTTP/1.0 200", .bytes = "HTTP/1.0 200 Connection established\r\n\r\n", .reusable = false},
        {.rule = "299", .bytes = "HTTP/1.1 299 X\r\n\r\n", .status = 299},
        {.rule = "a length means nothing", .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", .behind = 5},
        {.rule = "chunked means nothing",
         .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         .behind = 5},
        {.rule = "contradicting lengths mean nothing",
         .bytes = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nContent-Length: x\r\ntransfer-encoding: gzip\r\n\r\nhello",
         .behind = 5},
        {.rule = "a content encoding means nothing", .bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"},
        {.rule = "an interim response first", .bytes = "HTTP/1.1 100 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\nT", .behind = 1},
        {.rule = "407 has a body",
         .bytes = "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno",
         .status = 407,
         .body = "no"},
        {.rule = "bytes behind a 407 are surplus",
         .bytes = "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno!",
         .status = 407,
         .body = "no",
         .reusable = false,
         .behind = 1},
    };
    for (http_row& row : rows)
        row.method = wire::answer_to::connect;
    check_all(rows);
}

BOOST_AUTO_TEST_SUITE_END()
