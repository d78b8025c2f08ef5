// Where the client secret may come from, and where it must never be seen.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <sys/stat.h>

#include "tool/contract.hpp"
#include "tool/tool.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;

namespace {

/// Takes any credentials, so that what was sent can be looked at.
faceki::testing::mock_options lenient_endpoint()
{
    faceki::testing::mock_options options;
    options.client_id.clear();
    return options;
}

process_setup from_file(const mock_endpoint& endpoint, const temporary_folder& files, const std::string& path)
{
    process_setup setup = token_from(endpoint, files, {"--format", "json", "--client-secret-file", path});
    setup.environment.erase("FACEKI_CLIENT_SECRET");
    return setup;
}

std::string sent_body(const mock_endpoint& endpoint)
{
    const auto seen = endpoint.recorded();
    return seen.empty() ? std::string() : seen.back().body;
}

std::string body_with(const std::string& secret)
{
    return R"({"clientId":")" + client_id + R"(","clientSecret":")" + secret + "\"}";
}

void check_refused(const ended_process& result, const std::string& why)
{
    BOOST_TEST(result.status == 3);
    const error_line error = parse_error(result.err);
    BOOST_TEST(error.code == "invalid_config");
    BOOST_TEST(error.message.find(why) != std::string::npos, error.message);
    BOOST_TEST(error.message.find("--client-secret-file") != std::string::npos);
    BOOST_TEST(error.requests_sent == 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(one_line_end_of_a_file_is_cut)
{
    mock_endpoint endpoint(lenient_endpoint());
    const temporary_folder files;
    const std::string longest(64 * 1024, 's');
    const struct {
        std::string content;
        std::string sent;
    } rows[] = {
        {"from-a-file", "from-a-file"},
        {"from-a-file\n", "from-a-file"},
        {"from-a-file\r\n", "from-a-file"},
        {"from-a-file\n\n", "from-a-file\\n"},
        {"from-a-file\r", "from-a-file\\r"},
        {" a \n b \r\n", " a \\n b "},
        {longest, longest},
        {longest + "\r\n", longest},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.content.substr(0, 20) << " " << row.content.size())
        {
            const ended_process file = run(from_file(endpoint, files, files.write("secret", row.content)));
            BOOST_TEST(file.status == 0, file.err);
            BOOST_TEST((sent_body(endpoint) == body_with(row.sent)));

            process child(from_file(endpoint, files, "-"));
            child.write_in(row.content);
            const ended_process in = child.wait();
            BOOST_TEST(in.status == 0, in.err);
            BOOST_TEST((sent_body(endpoint) == body_with(row.sent)));
        }
    }
    BOOST_TEST(endpoint.requests() == 2 * std::size(rows));
}

BOOST_AUTO_TEST_CASE(a_file_wins_over_the_variable)
{
    mock_endpoint endpoint(lenient_endpoint());
    const temporary_folder files;
    process_setup setup = from_file(endpoint, files, files.write("secret", "from-a-file\n"));
    setup.environment["FACEKI_CLIENT_SECRET"] = client_secret;
    BOOST_TEST(run(setup).status == 0);
    BOOST_TEST(sent_body(endpoint) == body_with("from-a-file"));
}

BOOST_AUTO_TEST_CASE(a_file_that_gives_no_secret_is_refused_without_a_request)
{
    mock_endpoint endpoint(lenient_endpoint());
    const temporary_folder files;
    const auto file = [&](const std::string& content) {
        return run(from_file(endpoint, files, files.write("secret", content)));
    };
    check_refused(run(from_file(endpoint, files, files.path("missing"))), "No such file");
    check_refused(run(from_file(endpoint, files, "/")), "Is a directory");
    check_refused(file(""), "is empty");
    check_refused(file("\n"), "is empty");
    check_refused(file("\r\n"), "is empty");
    check_refused(run(from_file(endpoint, files, "-")), "is empty");
    check_refused(file(std::string(64 * 1024 + 1, 's')), "64 KiB");
    check_refused(file(std::string(64 * 1024 + 1, 's') + "\n"), "64 KiB");
    check_refused(run(from_file(endpoint, files, "/dev/zero")), "64 KiB");
    process endless(from_file(endpoint, files, "-"));
    endless.write_in(std::string(1024 * 1024, 's'));
    check_refused(endless.wait(), "64 KiB");
    // Somebody gave the secret in place of the file.
    const ended_process mistaken = run(from_file(endpoint, files, client_secret));
    check_refused(mistaken, "No such file");
    check_no_secret(mistaken.err);
    BOOST_TEST(run(from_file(endpoint, files, files.write("secret", "\xC3"))).status == 3);
    BOOST_TEST(endpoint.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(a_named_pipe_is_waited_for)
{
    mock_endpoint endpoint(lenient_endpoint());
    const temporary_folder files;
    const std::string path = files.path("pipe");
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    process child(from_file(endpoint, files, path));
    files.write("pipe", "through-a-pipe\n"); // opens when the tool has
    BOOST_TEST(child.wait().status == 0);
    BOOST_TEST(sent_body(endpoint) == body_with("through-a-pipe"));
}

BOOST_AUTO_TEST_CASE(waiting_for_the_secret_ends_by_signal_and_by_timeout)
{
    mock_endpoint endpoint(lenient_endpoint());
    const temporary_folder files;
    const std::string path = files.path("pipe");
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    process_setup setup = from_file(endpoint, files, path);
    set_option(setup, "--timeout", "300ms");
    const ended_process late = run(setup);
    BOOST_TEST(late.status == 7);
    BOOST_TEST(parse_error(late.err).code == "timed_out");
    BOOST_TEST(late.took.count() >= 300);
    BOOST_TEST(late.took.count() < 2300);

    for (const int number : {SIGINT, SIGTERM}) {
        process_setup waiting = from_file(endpoint, files, path);
        waiting.environment["FACEKI_CLIENT_SECRET"] = client_secret;
        process child(waiting);
        // It overwrites the variable's memory right before it looks at the file.
        const auto at_the_file = [&child] {
            const std::string environment = child.proc_file("environ");
            return environment.find(client_id) != std::string::npos &&
                   environment.find(client_secret) == std::string::npos;
        };
        BOOST_REQUIRE(endpoint.wait_until(at_the_file));
        child.send_signal(number);
        const ended_process result = child.wait();
        BOOST_TEST(result.status == 130);
        const error_line error = parse_error(result.err);
        BOOST_TEST(error.code == "operation_aborted");
        BOOST_TEST(error.requests_sent == 0);
    }
    BOOST_TEST(endpoint.accepted() == 0U);
}

BOOST_AUTO_TEST_CASE(the_secret_is_in_no_file_the_system_shows_of_the_process)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    faceki::testing::mock_reply stalled;
    stalled.stall_after = 0;
    for (const bool by_file : {false, true}) {
        endpoint.script(stalled);
        process_setup setup =
            by_file ? from_file(endpoint, files, files.write("secret", client_secret)) : token_from(endpoint, files);
        const std::size_t before = endpoint.requests();
        process child(setup);
        BOOST_REQUIRE(endpoint.wait_until([&] { return endpoint.requests() > before; }));
        const std::string arguments = child.proc_file("cmdline");
        BOOST_TEST(arguments.find("--base-url") != std::string::npos); // it is the tool's own
        check_no_secret(arguments);
        const std::string environment = child.proc_file("environ");
        BOOST_TEST(environment.find("FACEKI_CLIENT_ID=") != std::string::npos);
        BOOST_TEST(environment.find(client_secret) == std::string::npos); // overwritten where the system keeps it
        child.send_signal(SIGTERM);
        BOOST_TEST(child.wait().status == 130);
    }
}

BOOST_AUTO_TEST_SUITE_END()
