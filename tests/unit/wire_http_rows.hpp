// One row = one stream of bytes and all that must come of it; each is fed whole, byte by byte and at random cuts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "wire/http_response.hpp"

namespace faceki::wire {

inline std::ostream& operator<<(std::ostream& out, http_error error)
{
    constexpr std::string_view names[] = {"none", "malformed", "too_large", "truncated"};
    return out << names[static_cast<std::size_t>(error)];
}

} // namespace faceki::wire

namespace wire_test {

namespace wire = faceki::wire;

enum class then { nothing, orderly_end, abrupt_end };

struct http_row {
    std::string_view rule;
    std::string bytes;
    then end = then::nothing;
    // What must come of it:
    wire::http_error error = wire::http_error::none;
    bool complete = true;
    bool head = true;
    int status = 200;
    std::string body = {};
    bool reusable = true;
    std::size_t behind = 0; ///< bytes at the end that are not the response's
    wire::answer_to method = wire::answer_to::post;
    wire::http_limits limits = {};
};

/// Rows that end in a failure: status and head as given, the rest follows.
inline http_row failing(std::string_view rule, std::string bytes, wire::http_error error, int status = 0,
                        std::size_t behind = 0)
{
    http_row row{.rule = rule, .bytes = std::move(bytes)};
    row.error = error;
    row.complete = false;
    row.head = status != 0;
    row.status = status;
    row.reusable = false;
    row.behind = behind;
    return row;
}

inline void check_pieces(const http_row& row, const std::vector<std::size_t>& sizes)
{
    wire::http_response response(row.limits, row.method);
    std::size_t taken = 0;
    std::size_t begin = 0;
    for (const std::size_t size : sizes) {
        // A block of its own for each piece: a read past its end, or a view kept into it, is then seen by the address
        // sanitizer.
        const std::vector<char> piece(row.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                      row.bytes.begin() + static_cast<std::ptrdiff_t>(begin + size));
        taken += response.feed({piece.data(), piece.size()});
        begin += size;
    }
    if (row.end != then::nothing)
        response.end_of_stream(row.end == then::orderly_end);

    BOOST_TEST(response.error() == row.error);
    BOOST_TEST(response.complete() == row.complete);
    BOOST_TEST(response.head_received() == row.head);
    BOOST_TEST(response.status() == row.status);
    if (response.complete())
        BOOST_TEST(std::string_view(response.body_data(), response.body_size()) == row.body);
    if (response.failed())
        BOOST_TEST(response.body_size() == 0U);
    BOOST_TEST(response.body_capacity() >= response.body_size() + wire::http_response::body_padding);
    BOOST_TEST(response.reusable() == row.reusable);
    BOOST_TEST(taken == row.bytes.size() - row.behind);
}

inline void check(const http_row& row)
{
    BOOST_TEST_CONTEXT(row.rule << ", whole") check_pieces(row, {row.bytes.size()});
    BOOST_TEST_CONTEXT(row.rule << ", byte by byte") check_pieces(row, std::vector<std::size_t>(row.bytes.size(), 1));
    std::mt19937 random(4711);
    for (int round = 0; round < 40; ++round) {
        std::vector<std::size_t> sizes;
        const std::size_t longest = round % 2 == 0 ? 7 : row.bytes.size() + 1;
        for (std::size_t left = row.bytes.size(); left > 0; left -= sizes.back())
            sizes.push_back(std::min(left, std::uniform_int_distribution<std::size_t>(0, longest)(random)));
        BOOST_TEST_CONTEXT(row.rule << ", random cuts, round " << round) check_pieces(row, sizes);
    }
}

inline void check_all(std::span<const http_row> rows)
{
    for (const http_row& row : rows)
        check(row);
}

} // namespace wire_test
