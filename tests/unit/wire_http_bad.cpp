// Responses that are refused: broken framing, passed limits, early ends. Each with the point at which it shows.
#include "wire_http_rows.hpp"

using namespace wire_test;
using namespace std::string_literals;
using enum wire::http_error;

namespace {

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

http_row limited(http_row row, wire::http_limits limits)
{
    row.limits = limits;
    return row;
}

http_row ending(then end, http_row row)
{
    row.end = end;
    return row;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_bad)

BOOST_AUTO_TEST_CASE(no_status_line)
{
    const http_row rows[] = {
        failing("HTTP/0.9", "hello", malformed, 0, 4),
        failing("HTML at once", "<html>", malformed, 0, 5),
        failing("another protocol's greeting", "SSH-2.0-x\r\n", malformed, 0, 10),
        failing("a TLS alert", "\x15\x03\x01\0\x02\x02\x46"s, malformed, 0, 6),
        failing("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", malformed, 0, 23),
        failing("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", malformed, 0, 13),
        failing("HTTP/2", "HTTP/2 200 OK\r\n\r\n", malformed, 0, 11),
        failing("HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", malformed, 0, 11),
        failing("lower case", "http/1.1 200 OK\r\n\r\n", malformed, 0, 18),
        failing("an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", malformed, 0, 20),
        failing("a blank too many", "HTTP/1.1  200 OK\r\n\r\n", malformed),
        failing("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", malformed),
        failing("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", malformed),
        failing("a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n", malformed),
        failing("a status with a sign", "HTTP/1.1 +20 OK\r\n\r\n", malformed),
        failing("no blank behind the status", "HTTP/1.1 200\r\n\r\n", malformed),
        failing("status 000", "HTTP/1.1 000 X\r\n\r\n", malformed),
        failing("status 099", "HTTP/1.1 099 X\r\n\r\n", malformed),
        failing("status 600", "HTTP/1.1 600 X\r\n\r\n", malformed),
        failing("status 999", "HTTP/1.1 999 X\r\n\r\n", malformed),
        failing("101 that nobody asked for", "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", malformed),
        failing("nothing but the start of a request", "GET / HTTP/1.1\r\n", malformed, 0, 15),
        failing("a second head that is none", "HTTP/1.1 100 C\r\n\r\nhello", malformed, 0, 4),
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(broken_fields)
{
    const http_row rows[] = {
        failing("obs-fold", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n", malformed, 0, 24),
        failing("obs-fold by a tab", "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\n\r\n", malformed, 0, 5),
        failing("a blank before the first name", "HTTP/1.1 200 OK\r\n X: a\r\n\r\n", malformed, 0, 8),
        failing("a blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", malformed),
        failing("no colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", malformed),
        failing("no name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n", malformed),
        failing("a name that is no token", "HTTP/1.1 200 OK\r\nX(y): z\r\n\r\n", malformed),
        failing("a name outside ASCII", "HTTP/1.1 200 OK\r\nX\xC3\xA4: z\r\n\r\n", malformed),
        failing("LF alone behind the status line", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", malformed, 0, 19),
        failing("LF alone behind a field", "HTTP/1.1 200 OK\r\nX: y\nZ: z\r\n\r\n", malformed, 0, 8),
        failing("LF alone at the end", "HTTP/1.1 200 OK\r\nX: y\r\n\n", malformed),
        failing("CR alone in a value", "HTTP/1.1 200 OK\r\nX: y\rz\r\n\r\n", malformed, 0, 4),
        failing("CR CR LF", "HTTP/1.1 200 OK\r\r\n\r\n", malformed, 0, 3),
        failing("NUL in a value", "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"s, malformed, 0, 4),
        failing("NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n"s, malformed, 0, 5),
        failing("a control character in a value", "HTTP/1.1 200 OK\r\nX: \x1B\r\n\r\n", malformed, 0, 4),
        failing("DEL in a value", "HTTP/1.1 200 OK\r\nX: \x7F\r\n\r\n", malformed, 0, 4),
        failing("a list in Connection that is none", "HTTP/1.1 200 OK\r\nConnection: close;x\r\n\r\n", malformed),
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(broken_lengths)
{
    const http_row rows[] = {
        failing("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", malformed, 0, 2),
        failing("two lengths in a list", "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab", malformed, 0, 2),
        failing("an empty length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", malformed),
        failing("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", malformed),
        failing("a length with a plus", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", malformed, 0, 1),
        failing("a length with a point", "HTTP/1.1 200 OK\r\nContent-Length: 1.0\r\n\r\na", malformed, 0, 1),
        failing("a hexadecimal length", "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na", malformed, 0, 1),
        failing("a length beyond 64 bits", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\na",
                malformed, 0, 1),
        failing("length, then chunked", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                malformed),
        failing("chunked, then length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                malformed),
        failing("chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                malformed),
        failing("chunked twice in a list", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", malformed),
        failing("gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", malformed),
        failing("gzip, chunked: nobody asked for gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                malformed),
        failing("gzip and chunked in two fields",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", malformed),
        failing("chunked is not the last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", malformed),
        failing("chunked with a parameter", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;x=y\r\n\r\n", malformed),
        failing("almost chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n", malformed),
        failing("quoted chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: \"chunked\"\r\n\r\n", malformed),
        failing("an empty coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n", malformed),
        failing("gzip beside a length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\na",
                malformed, 0, 1),
        failing("chunked under HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", malformed),
        failing("a content encoding nobody asked for",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", malformed, 0, 1),
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(broken_chunks)
{
    const http_row rows[] = {
        failing("no size", chunked + "\r\n", malformed, 200),
        failing("a size that is no number", chunked + "x\r\n", malformed, 200),
        failing("a size with a sign", chunked + "+1\r\n", malformed, 200),
        failing("a size with 0x", chunked + "0x1\r\na\r\n0\r\n\r\n", malformed, 200),
        failing("a size beyond 64 bits", chunked + "10000000000000000\r\n", malformed, 200),
        failing("data longer than its size", chunked + "1\r\nab\r\n0\r\n\r\n", malformed, 200, 7),
        failing("no CR LF behind the data", chunked + "1\r\na0\r\n\r\n", malformed, 200, 4),
        failing("LF alone behind the data", chunked + "1\r\na\n0\r\n\r\n", malformed, 200, 5),
        failing("CR without LF behind the data", chunked + "1\r\na\r0\r\n\r\n", malformed, 200, 4),
        failing("LF alone behind the size", chunked + "1\na\r\n", malformed, 200, 3),
        failing("CR alone behind the size", chunked + "1\ra\r\n", malformed, 200, 2),
        failing("a control character in an extension", chunked + "1;a=\0\r\n"s, malformed, 200, 2),
        failing("an extension without a name", chunked + "1;\r\n", malformed, 200),
        failing("a quotation that the line ends", chunked + "1;a=\"\r\nb\"\r\n", malformed, 200, 4),
        failing("text behind the last size", chunked + "0 x\r\n\r\n", malformed, 200),
    };
    check_all(rows);
}

BOOST_AUTO_TEST_CASE(limits)
{
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"; // 38 bytes
    const wire::http_limits tight{.header_bytes = 38, .header_fields = 2, .interim_responses = 2, .body_bytes = 3};
    const std::string interim = "HTTP/1.1 100 C\r\n\r\n";
    const http_row good[] = {
        limited({.rule = "head and body exactly at their limits", .bytes = head + "abc", .body = "abc"}, tight),
        limited({.rule = "as many fields as allowed", .bytes = "HTTP/1.1 204 N\r\nA: b\r\nC: d\r\n\r\n", .status = 204},
                tight),
        limited(
            {.rule = "as many interim responses as allowed", .bytes = interim + interim + head + "abc", .body = "abc"},
            tight),
        limited(
            {.rule = "chunks exactly at the limit", .bytes = chunked + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", .body = "abc"},
            {.body_bytes = 3}),
        limited({.rule = "an endless body exactly at the limit",
                 .bytes = "HTTP/1.1 200 OK\r\n\r\nabc",
                 .end = then::orderly_end,
                 .body = "abc",
                 .reusable = false},
                tight),
        limited({.rule = "trailers exactly at the limit",
                 .bytes = chunked + "0\r\nX: " + std::string(41, 'x') + "\r\n\r\n"},
                {.header_bytes = 48}),
    };
    check_all(good);

    const http_row bad[] = {
        limited(
            failing("a head one byte too long", "HTTP/1.1 200 OK\r\nContent-Length: 03\r\n\r\nabc", too_large, 0, 3),
            tight),
        limited(failing("a head without an end", "HTTP/1.1 200 " + std::string(1000, 'x'), too_large, 0, 974), tight),
        limited(failing("a head of tiny fields", "HTTP/1.1 200 OK\r\nA:\r\nB:\r\nC:\r\nD:\r\n", too_large, 0, 4),
                tight),
        limited(failing("interim responses without an end", interim + interim + interim + interim, too_large, 0, 18),
                tight),
        limited(failing("an interim head without an end", "HTTP/1.1 100 " + std::string(1000, 'x'), too_large, 0, 974),
                tight),
        limited(
            failing("a length above the limit", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", too_large, 200, 4),
            tight),
        limited(failing("the greatest length", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
                        too_large, 200),
                {}),
        limited(failing("an endless body above the limit", "HTTP/1.1 200 OK\r\n\r\nabcdef", too_large, 200, 2), tight),
        limited(failing("a chunk above the limit", chunked + "4\r\nabcd", too_large, 200, 4), {.body_bytes = 3}),
        limited(failing("a second chunk above the limit", chunked + "2\r\nab\r\n2\r\ncd\r\n", too_large, 200, 4),
                {.body_bytes = 3}),
        limited(failing("the greatest chunk", chunked + "ffffffffffffffff\r\n", too_large, 200), {}),
        limited(failing("a chunk's line without an end", chunked + "1;" + std::string(1000, 'x'), too_large, 200, 953),
                {.header_bytes = 48}),
        limited(failing("trailers one byte too long", chunked + "0\r\nX: " + std::string(42, 'x') + "\r\n\r\n",
                        too_large, 200),
                {.header_bytes = 48}),
        limited(failing("trailers without an end", chunked + "0\r\nX: " + std::string(1000, 'x'), too_large, 200, 954),
                {.header_bytes = 48}),
    };
    check_all(bad);
}

BOOST_AUTO_TEST_CASE(tiny_chunks_with_long_extensions_are_a_flood)
{
    std::string bytes = chunked;
    for (int i = 0; i < 10; ++i)
        bytes += "1;" + std::string(38, 'x') +
                 "\r\na\r\n"; // 24 bytes a line above what a size needs, counting the CR LF in front
    http_row row = failing("extensions", bytes, too_large, 200, 0);
    row.limits.header_bytes = 48;
    row.behind = bytes.size() - chunked.size() - 2 * 45 - 42;
    check(row);
}

BOOST_AUTO_TEST_CASE(early_ends)
{
    const http_row rows[] = {
        ending(then::orderly_end, failing("nothing at all", "", truncated)),
        ending(then::abrupt_end, failing("nothing at all, abruptly", "", truncated)),
        ending(then::orderly_end, failing("inside the status line", "HTTP/1.1 200", truncated)),
        ending(then::orderly_end, failing("inside the fields", "HTTP/1.1 200 OK\r\nX: y\r\n", truncated)),
        ending(then::orderly_end, failing("behind an interim response", "HTTP/1.1 100 C\r\n\r\n", truncated)),
        ending(then::orderly_end,
               failing("before a body with a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", truncated, 200)),
        ending(then::orderly_end, failing("inside a body with a length",
                                          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", truncated, 200)),
        ending(then::abrupt_end,
               failing("a body the stream should end, abruptly", "HTTP/1.1 200 OK\r\n\r\nhello", truncated, 200)),
        ending(then::abrupt_end, failing("an empty one, abruptly", "HTTP/1.1 200 OK\r\n\r\n", truncated, 200)),
        ending(then::orderly_end, failing("before the first chunk", chunked, truncated, 200)),
        ending(then::orderly_end, failing("inside a chunk", chunked + "5\r\nab", truncated, 200)),
        ending(then::orderly_end, failing("behind a chunk", chunked + "2\r\nab\r\n", truncated, 200)),
        ending(then::orderly_end, failing("inside a chunk's line", chunked + "2", truncated, 200)),
        ending(then::orderly_end, failing("behind the last size", chunked + "0\r\n", truncated, 200)),
        ending(then::orderly_end, failing("inside the trailers", chunked + "0\r\nX: y\r\n", truncated, 200)),
        ending(then::orderly_end, failing("a failure stays what it was", "hello", malformed, 0, 4)),
    };
    check_all(rows);
}

BOOST_AUTO_TEST_SUITE_END()
