// A stdout that does not take the token: said aloud, never exit code 0, never a token in the wrong place.
#include <boost/test/unit_test.hpp>

#include "tool/tool.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;

namespace {

void check_error(const ended_process& result, const std::string& message, int requests)
{
    BOOST_TEST_INFO_SCOPE(result.err);
    BOOST_TEST(result.status == 3);
    const error_line error = parse_error(result.err);
    BOOST_TEST(error.code == "invalid_config");
    BOOST_TEST(error.message.starts_with("stdout cannot be written to"));
    BOOST_TEST(error.message.find(message) != std::string::npos);
    BOOST_TEST(!error.http_status.has_value());
    BOOST_TEST(error.requests_sent == requests);
    check_no_secret(result.err, "eyJ"); // what every token starts with
}

} // namespace

BOOST_AUTO_TEST_SUITE(streams)

BOOST_AUTO_TEST_CASE(what_is_broken_before_the_request_costs_none)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    process_setup setup = token_from(endpoint, files, {"--format", "json"});
    setup.out = stream_kind::closed;
    check_error(run(setup), "no token was requested", 0);
    setup.out = stream_kind::dead_pipe;
    check_error(run(setup), "no token was requested", 0);
    BOOST_TEST(endpoint.accepted() == 0U);
}

BOOST_AUTO_TEST_CASE(a_token_that_was_paid_for_and_cannot_be_printed_is_told)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    process_setup setup = token_from(endpoint, files, {"--format", "json"});
    setup.out = stream_kind::full;
    check_error(run(setup), "may be billed", 1);
    BOOST_TEST(endpoint.requests() == 1U);

    endpoint.set_latency(300ms);
    setup.out = stream_kind::piped;
    process child(setup);
    BOOST_REQUIRE(endpoint.wait_until([&] { return endpoint.requests() == 2; }));
    child.close_out(); // its reader leaves during the wait
    check_error(child.wait(), "may be billed", 1);
}

BOOST_AUTO_TEST_CASE(help_and_version_need_a_stdout_too)
{
    for (const char* option : {"--help", "--version"}) {
        process_setup setup = tool({option});
        setup.out = stream_kind::full;
        BOOST_TEST(run(setup).status == 3);
    }
}

BOOST_AUTO_TEST_SUITE_END()
