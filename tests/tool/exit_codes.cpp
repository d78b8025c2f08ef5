// The mapping from error to exit code, over every errc: those that no command can produce today too.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <map>

#include <faceki/detail/asio.hpp>

#include "cli/error_report.hpp"
#include "cli/exit_code.hpp"

using faceki::errc;
using faceki::cli::exit_code_of;

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(every_errc_has_the_documented_one)
{
    const std::map<errc, int> documented = {
        {errc::credentials_rejected, 4},
        {errc::rate_limited, 5},
        {errc::budget_exhausted, 5}, // no command sets a budget yet
        {errc::server_error, 10},
        {errc::unexpected_status, 8},
        {errc::malformed_http, 8},
        {errc::malformed_token, 8},
        {errc::response_too_large, 8},
        {errc::resolve_failed, 6},
        {errc::connect_failed, 6},
        {errc::connection_lost, 6},
        {errc::proxy_refused, 6},
        {errc::tls_failed, 6},
        {errc::timed_out, 7},
        {errc::store_failed, 9},     // no command has a store yet
        {errc::too_many_waiters, 3}, // the tool has one waiter
        {errc::invalid_config, 3},
    };
    int seen = 0;
    for (int value = 1; faceki::name_of(static_cast<errc>(value)) != "unknown"; ++value, ++seen) {
        const auto code = static_cast<errc>(value);
        BOOST_TEST_CONTEXT(faceki::name_of(code))
        {
            BOOST_REQUIRE(documented.count(code) == 1U);
            BOOST_TEST(static_cast<int>(exit_code_of(code)) == documented.at(code));
        }
    }
    BOOST_TEST(static_cast<std::size_t>(seen) == documented.size());
}

BOOST_AUTO_TEST_CASE(what_is_no_errc_has_one_too)
{
    BOOST_TEST(static_cast<int>(exit_code_of({})) == 0);
    BOOST_TEST(static_cast<int>(exit_code_of(asio::error::operation_aborted)) == 130);
    BOOST_TEST(static_cast<int>(exit_code_of(std::make_error_code(std::errc::operation_canceled))) == 130);
    BOOST_TEST(static_cast<int>(exit_code_of(std::make_error_code(std::errc::not_enough_memory))) == 1);
    BOOST_TEST(static_cast<int>(exit_code_of({EMFILE, std::system_category()})) == 1);
    BOOST_TEST(static_cast<int>(exit_code_of({999, faceki::error_category()})) == 1);
}

BOOST_AUTO_TEST_CASE(errors_that_no_command_can_produce_yet_are_told_like_the_others)
{
    const auto line = [](std::error_code code) {
        faceki::cli::failure what;
        what.code = code;
        what.details.message = "why \"so\"\n\x01\xC3\xA9\xFF\xC2\x9B";
        what.requests_sent = 2;
        return faceki::cli::json_line(what);
    };
    const std::string rest = R"(,"message":"why \"so\"\\x0a\\x01é\\xff\\xc2\\x9b","http_status":null,"retryable":)";
    BOOST_TEST(line(errc::budget_exhausted) == R"({"error":{"code":"budget_exhausted","conditions":["transient"])" +
                                                   rest + R"(true,"requests_sent":2}})" + "\n");
    BOOST_TEST(line(errc::store_failed) == R"({"error":{"code":"store_failed","conditions":["transient"])" + rest +
                                               R"(true,"requests_sent":2}})" + "\n");
    BOOST_TEST(line({ENOMEM, std::generic_category()}) == R"({"error":{"code":"not_enough_memory","conditions":[])" +
                                                              rest + R"(false,"requests_sent":2}})" + "\n");
    BOOST_TEST(line({EMFILE, std::system_category()}).starts_with(R"({"error":{"code":"system_error",)"));
    BOOST_TEST(
        line(asio::error::operation_aborted).starts_with(R"({"error":{"code":"operation_aborted","conditions":[],)"));
}

BOOST_AUTO_TEST_SUITE_END()
