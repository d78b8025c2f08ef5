// The response object's own promises: fields, the body's memory, and that it takes nothing once it has ended.
#include <cstring>

#include "wire_http_rows.hpp"

using namespace wire_test;

BOOST_AUTO_TEST_SUITE(http_object)

BOOST_AUTO_TEST_CASE(fields_by_name)
{
    wire::http_response response;
    BOOST_TEST(!response.field("Retry-After").has_value());
    response.feed(
        "HTTP/1.1 100 C\r\nRetry-After: 99\r\n\r\nHTTP/1.1 200 OK\r\nRetry-After: \t 7 \t\r\nEmpty:\r\nX-A: first\r\n");
    BOOST_TEST(!response.field("Retry-After").has_value()); // not before the head is whole
    response.feed(
        "x-a: second\r\nDate: a: b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer-Only: x\r\nX-A: third\r\n\r\n");
    BOOST_TEST(response.complete());
    BOOST_TEST(response.field("Retry-After").value() == "7");
    BOOST_TEST(response.field("rETRY-aFTER").value() == "7");
    BOOST_TEST(response.field("X-A").value() == "first");
    BOOST_TEST(response.field("Empty").value() == "");
    BOOST_TEST(response.field("Date").value() == "a: b");
    BOOST_TEST(!response.field("Trailer-Only").has_value());
    BOOST_TEST(!response.field("Retry").has_value());
    BOOST_TEST(!response.field("Retry-After:").has_value());
    BOOST_TEST(!response.field("").has_value());
    BOOST_TEST(!response.field("HTTP/1.1 200 OK").has_value());
}

BOOST_AUTO_TEST_CASE(fields_stay_readable_after_a_limit_was_passed)
{
    wire::http_response response({.body_bytes = 1});
    response.feed("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\n");
    BOOST_TEST(response.error() == wire::http_error::too_large);
    BOOST_TEST(response.status() == 503);
    BOOST_TEST(response.field("Retry-After").value() == "7");
}

BOOST_AUTO_TEST_CASE(the_body_can_be_scribbled_on_with_its_padding)
{
    for (const std::size_t size : {0U, 1U, 4031U, 4032U, 4033U, 70000U}) {
        BOOST_TEST_CONTEXT(size)
        {
            wire::http_response response;
            response.feed("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                          std::string(size, 'x'));
            BOOST_TEST_REQUIRE(response.complete());
            BOOST_TEST(response.body_size() == size);
            BOOST_TEST_REQUIRE(response.body_capacity() >= size + 64);
            std::memset(response.body_data(), 'y', size + 64);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_length_is_not_believed_before_the_bytes_come)
{
    wire::http_response response({.body_bytes = 1U << 30U});
    response.feed("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nx");
    BOOST_TEST(response.body_capacity() < 200'000U);
}

BOOST_AUTO_TEST_CASE(nothing_is_taken_once_it_has_ended)
{
    wire::http_response good;
    good.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    BOOST_TEST(good.reusable());
    BOOST_TEST(good.feed("") == 0U);
    BOOST_TEST(good.reusable());
    BOOST_TEST(good.feed("more") == 0U);
    BOOST_TEST(good.complete());
    BOOST_TEST(good.body_size() == 2U);
    BOOST_TEST(!good.reusable()); // bytes that nobody asked for

    wire::http_response bad;
    bad.feed("hello");
    BOOST_TEST(bad.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == 0U);
    BOOST_TEST(bad.failed());
    bad.end_of_stream(true);
    BOOST_TEST(bad.error() == wire::http_error::malformed);
}

BOOST_AUTO_TEST_CASE(an_end_is_taken_once)
{
    wire::http_response response;
    response.feed("HTTP/1.1 200 OK\r\n\r\nhello");
    response.end_of_stream(true);
    response.end_of_stream(false);
    BOOST_TEST(response.complete());
    BOOST_TEST(response.body_size() == 5U);
}

BOOST_AUTO_TEST_CASE(before_any_byte)
{
    wire::http_response response;
    BOOST_TEST(!response.head_received());
    BOOST_TEST(!response.complete());
    BOOST_TEST(!response.failed());
    BOOST_TEST(!response.reusable());
    BOOST_TEST(response.status() == 0);
    BOOST_TEST(response.body_size() == 0U);
    BOOST_TEST(response.feed("") == 0U);
    BOOST_TEST(!response.failed());
}

BOOST_AUTO_TEST_SUITE_END()
