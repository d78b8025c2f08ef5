// SIGINT and SIGTERM while the tool waits.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tool/contract.hpp"
#include "tool/tool.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;

namespace {

using clock_type = std::chrono::steady_clock;

faceki::testing::mock_options slow_endpoint()
{
    faceki::testing::mock_options options = strict_endpoint();
    options.latency = 20s;
    return options;
}

/// What a process that gets `number` while its request is answered says. It has to end within a second.
ended_process interrupted(const process_setup& setup, const mock_endpoint& endpoint, int number)
{
    const std::size_t before = endpoint.requests();
    process child(setup);
    BOOST_REQUIRE(endpoint.wait_until([&] { return endpoint.requests() > before; }));
    const auto sent = clock_type::now();
    child.send_signal(number);
    ended_process result = child.wait();
    BOOST_TEST((clock_type::now() - sent < 1s));
    BOOST_TEST(result.status == 130);
    BOOST_TEST(result.out == "");
    check_no_secret(result.err);
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(interrupts)

BOOST_AUTO_TEST_CASE(either_signal_is_130_and_cancels_the_request)
{
    mock_endpoint endpoint(slow_endpoint());
    const temporary_folder files;
    for (const auto& [number, name] : {std::pair{SIGINT, "SIGINT"}, std::pair{SIGTERM, "SIGTERM"}}) {
        const ended_process json = interrupted(token_from(endpoint, files, {"--format", "json"}), endpoint, number);
        const error_line error = parse_error(json.err);
        BOOST_TEST(error.code == "operation_aborted");
        BOOST_TEST(error.conditions.empty());
        BOOST_TEST(error.message == std::string("interrupted by ") + name +
                                        ": a token request had been sent, it may be billed all the same");
        BOOST_TEST(!error.http_status.has_value());
        BOOST_TEST(!error.retryable);
        BOOST_TEST(error.requests_sent == 1);
        BOOST_TEST(lines_of(json.err).size() == 2U);

        const ended_process bare = interrupted(token_from(endpoint, files), endpoint, number);
        BOOST_TEST(bare.err == "faceki: " + error.message + '\n');
    }
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.open_connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_background_job_that_a_shell_made_deaf_to_sigint_hears_it)
{
    mock_endpoint endpoint(slow_endpoint());
    const temporary_folder files;
    process_setup setup = token_from(endpoint, files);
    setup.interrupts_ignored = true;
    interrupted(setup, endpoint, SIGINT);
}

BOOST_AUTO_TEST_CASE(before_a_request_was_sent_nothing_is_billed)
{
    faceki::testing::mock_options options = strict_endpoint();
    options.stall_handshake = true;
    mock_endpoint endpoint(options);
    const temporary_folder files;
    process child(token_from(endpoint, files, {"--format", "json"}));
    BOOST_REQUIRE(endpoint.wait_until([&] { return endpoint.accepted() == 1; }));
    child.send_signal(SIGTERM);
    const ended_process result = child.wait();
    BOOST_TEST(result.status == 130);
    const error_line error = parse_error(result.err);
    BOOST_TEST(error.message == "interrupted by SIGTERM");
    BOOST_TEST(error.requests_sent == 0);
}

BOOST_AUTO_TEST_CASE(both_signals_many_times_are_one_interruption)
{
    mock_endpoint endpoint(slow_endpoint());
    const temporary_folder files;
    process child(token_from(endpoint, files, {"--format", "json"}));
    BOOST_REQUIRE(endpoint.wait_until([&] { return endpoint.requests() == 1; }));
    ::kill(child.id(), SIGSTOP); // so that all of them are there when it looks
    for (const int number : {SIGINT, SIGTERM, SIGINT, SIGTERM})
        child.send_signal(number);
    ::kill(child.id(), SIGCONT);
    const ended_process result = child.wait();
    BOOST_TEST(result.status == 130);
    BOOST_TEST(parse_error(result.err).code == "operation_aborted");
}

#ifdef FACEKI_NAME_SERVICE
BOOST_AUTO_TEST_CASE(a_lookup_that_hangs_holds_up_no_end)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    process_setup setup = token_from(endpoint, files, {"--log-level", "info"});
    set_option(setup, "--base-url", "https://slow.example.test");
    setup.environment["LD_PRELOAD"] = FACEKI_NAME_SERVICE;
    process child(setup);
    BOOST_REQUIRE(child.read_error_lines(1).find("flight 1 started") != std::string::npos);
    const auto sent = clock_type::now();
    child.send_signal(SIGINT);
    BOOST_TEST(child.wait().status == 130);
    BOOST_TEST((clock_type::now() - sent < 1s));
}
#endif

BOOST_AUTO_TEST_SUITE_END()
