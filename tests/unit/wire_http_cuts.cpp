// Damaged responses, many of them: whatever comes out, it must be the same for every way to cut the bytes.
#include <random>

#include "wire_http_rows.hpp"

using namespace wire_test;

namespace {

struct result {
    wire::http_error error;
    bool complete;
    bool head;
    bool reusable;
    int status;
    std::size_t taken;
    std::string body;

    bool operator==(const result&) const = default;
};

result outcome(std::string_view bytes, wire::answer_to method, std::mt19937* cuts)
{
    wire::http_response response({.header_bytes = 120, .header_fields = 4, .interim_responses = 1, .body_bytes = 40},
                                 method);
    std::size_t taken = 0;
    while (!bytes.empty()) {
        const std::size_t size = cuts == nullptr
                                     ? bytes.size()
                                     : std::min(bytes.size(), std::uniform_int_distribution<std::size_t>(1, 9)(*cuts));
        const std::vector<char> piece(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        taken += response.feed({piece.data(), piece.size()});
        bytes.remove_prefix(size);
    }
    const bool reusable = response.reusable();
    response.end_of_stream(true);
    std::string body = response.complete() ? std::string(response.body_data(), response.body_size()) : std::string();
    return {response.error(), response.complete(), response.head_received(), reusable, response.status(), taken,
            std::move(body)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_cuts)

BOOST_AUTO_TEST_CASE(the_result_never_depends_on_the_cut)
{
    const std::string seeds[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0a\r\n0123456789\r\n0\r\nX: "
        "y\r\n\r\n",
        "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabcHTTP/1.1 200 OK\r\n",
        "HTTP/1.0 200 OK\r\nX: y\r\n\r\nuntil the end",
    };
    const std::string_view splices[] = {"\r\n", "\r", "\n", " ", ":",       "0",        "\r\n\r\n",
                                        "f",    ";",  "\"", ",", "chunked", "0\r\n\r\n"};
    std::mt19937 random(20240229);
    const auto below = [&random](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    };
    std::size_t completed = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = seeds[below(std::size(seeds))];
        for (std::size_t damage = below(4); damage > 0; --damage) {
            const std::size_t at = below(bytes.size());
            switch (below(4)) {
            case 0:
                bytes[at] = static_cast<char>(below(256));
                break;
            case 1:
                bytes.erase(at, 1 + below(4));
                break;
            case 2:
                bytes.insert(at, splices[below(std::size(splices))]);
                break;
            default:
                bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(30)));
                break;
            }
            if (bytes.empty())
                bytes = " ";
        }
        const auto method = round % 8 == 0 ? wire::answer_to::connect : wire::answer_to::post;
        const result whole = outcome(bytes, method, nullptr);
        completed += whole.complete ? 1U : 0U;
        for (int cut = 0; cut < 2; ++cut) {
            BOOST_TEST_INFO(bytes);
            BOOST_TEST((outcome(bytes, method, &random) == whole));
        }
    }
    BOOST_TEST(completed > 4'000U); // damage that always broke the response would prove little
    BOOST_TEST(completed < 16'000U);
}

BOOST_AUTO_TEST_SUITE_END()
