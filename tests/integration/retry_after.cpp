// Retry-After over real TLS: in both forms, in every format of a date, and beside answers that are not whole.
#include <array>
#include <ctime>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"
#include "support/mock_replies.hpp"

using faceki::testing::mock_reply;
using faceki_test::raw_reply;
using faceki_test::reply;

BOOST_AUTO_TEST_SUITE(retry_after)

BOOST_AUTO_TEST_CASE(retry_after_is_read_in_both_forms)
{
    using namespace std::chrono_literals;
    using limits = std::pair<std::chrono::seconds, std::chrono::seconds>; // the date's wait depends on the clock
    constexpr std::chrono::seconds ten_years = 24h * 365 * 10;
    const auto in_an_hour = [](const char* format) {
        const std::time_t when = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + 1h);
        std::tm parts{};
        gmtime_r(&when, &parts);
        std::array<char, 64> text{};
        return std::string("Retry-After: ")
            .append(text.data(), std::strftime(text.data(), text.size(), format, &parts));
    };
    struct row {
        std::vector<std::string> fields;
        std::optional<limits> expected;
    };
    const row rows[] = {
        {{}, {}},
        {{"Retry-After: 0"}, limits{0s, 0s}},
        {{"retry-after: 120"}, limits{120s, 120s}},
        {{"Retry-After: 99999999999999999999999"}, limits{ten_years, ten_years}},
        {{in_an_hour("%a, %d %b %Y %H:%M:%S GMT")}, limits{3500s, 3600s}},
        {{in_an_hour("%A, %d-%b-%y %H:%M:%S GMT")}, limits{3500s, 3600s}},
        {{in_an_hour("%a %b %e %H:%M:%S %Y")}, limits{3500s, 3600s}},
        {{"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"}, limits{0s, 0s}},
        {{"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"}, limits{ten_years, ten_years}},
        {{"Retry-After: 5", "X-Other: 1", "Retry-After: 9", "Retry-After: 7"}, limits{9s, 9s}},
        {{"Retry-After: soon", "Retry-After: 4"}, limits{4s, 4s}},
        {{"Retry-After: -5"}, {}},
        {{"Retry-After: 1.5"}, {}},
        {{"Retry-After: Thu, 30 Feb 2040 00:00:00 GMT"}, {}},
    };
    faceki::testing::mock_endpoint endpoint;
    faceki::client_config config = faceki_test::config_for(endpoint);
    const auto check = [&](const mock_reply& answer, const std::optional<limits>& expected) {
        endpoint.script(answer);
        const auto called = faceki_test::call_once(config);
        const auto& found = called.result.diagnostics().retry_after;
        BOOST_TEST(!called.result);
        BOOST_REQUIRE(found.has_value() == expected.has_value());
        if (expected)
            BOOST_TEST((*found >= expected->first && *found <= expected->second), found->count() << " s");
    };
    for (const int status : {503, 429})
        for (const row& r : rows)
            BOOST_TEST_CONTEXT(status << " with " << (r.fields.empty() ? "nothing" : r.fields.front()))
            {
                check(reply(status, "{}", r.fields), r.expected);
            }
    for (const int status : {301, 401, 404})
        BOOST_TEST_CONTEXT(status)
        {
            check(reply(status, "{}", {"Retry-After: 7"}), limits{7s, 7s});
        }
    // Behind a head that says it, a body that breaks off changes nothing; under 2xx it says nothing.
    for (const char* const rest :
         {"Content-Length: 400\r\n\r\n{", "Content-Length: 1048577\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nx\r\n"})
        BOOST_TEST_CONTEXT(rest)
        {
            mock_reply answer = raw_reply(std::string("HTTP/1.1 503 \r\nRetry-After: 7\r\n") + rest);
            answer.close_notify = true;
            check(answer, limits{7s, 7s});
        }
    check(reply(200, "{}", {"Retry-After: 7"}), {});
    mock_reply stalled = raw_reply("HTTP/1.1 503 \r\nRetry-After: 7\r\nContent-Length: 40\r\n\r\n{");
    stalled.stall_after = stalled.raw.size();
    config.limits.attempt_timeout = 300ms;
    check(stalled, limits{7s, 7s});
}

BOOST_AUTO_TEST_SUITE_END()
