// A token on stdout, in each form.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <ctime>
#include <regex>

#include "tool/api_call.hpp"
#include "tool/contract.hpp"
#include "tool/tool.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;

namespace {

long seconds_of(const std::string& iso)
{
    std::tm parts{};
    const char* const end = ::strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    BOOST_REQUIRE(end != nullptr);
    BOOST_REQUIRE(*end == '\0');
    return ::timegm(&parts);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE(bare_is_the_token_and_a_line_end)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    for (const bool named : {false, true}) {
        process_setup setup = token_from(endpoint, files);
        if (named)
            set_option(setup, "--format", "bare");
        const ended_process result = run(setup);
        BOOST_TEST(result.status == 0);
        BOOST_TEST(result.err == "");
        const auto lines = lines_of(result.out);
        BOOST_REQUIRE(lines.size() == 1U);
        BOOST_TEST(std::regex_match(lines[0], std::regex("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+")));
        BOOST_TEST(api_status(endpoint.url(), endpoint.ca_pem(), "Bearer " + lines[0]) == 200);
    }
    BOOST_TEST(endpoint.requests() == 2U);
    BOOST_TEST(endpoint.recorded().back().shape_problem == "");
}

BOOST_AUTO_TEST_CASE(header_is_a_field_the_api_takes)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    const ended_process result = run(token_from(endpoint, files, {"--format", "header"}));
    BOOST_TEST(result.status == 0);
    BOOST_TEST(result.err == "");
    const auto lines = lines_of(result.out);
    BOOST_REQUIRE(lines.size() == 1U);
    const std::string name = "Authorization: ";
    BOOST_REQUIRE(lines[0].starts_with(name + "Bearer "));
    BOOST_TEST(api_status(endpoint.url(), endpoint.ca_pem(), lines[0].substr(name.size())) == 200);
    BOOST_TEST(api_status(endpoint.url(), endpoint.ca_pem(), lines[0].substr(name.size()) + "x") == 401);
    BOOST_TEST(endpoint.presented() == 2U);
    BOOST_TEST(endpoint.dead() == 1U);
}

BOOST_AUTO_TEST_CASE(json_says_what_is_known)
{
    faceki::testing::mock_options options = strict_endpoint();
    options.lifetime = 90'700ms;
    mock_endpoint endpoint(options);
    const temporary_folder files;
    const auto now = [] { return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()); };
    const long before = now();
    const ended_process result = run(token_from(endpoint, files, {"--format=json"}));
    const long after = now();
    BOOST_TEST(result.status == 0);
    BOOST_TEST(result.err == "");
    const token_line line = parse_token(result.out);
    BOOST_TEST(line.token_type == "Bearer");
    BOOST_TEST(line.expires_in == 90); // 90.7 s, floored
    BOOST_TEST(line.requests_sent == 1);
    // Floored too: not before 90 s after the call began, not after the token's certain end.
    BOOST_TEST(line.expires_at_epoch >= before + 90);
    BOOST_TEST(line.expires_at_epoch <= after + 91);
    BOOST_TEST(seconds_of(line.expires_at) == line.expires_at_epoch);
    BOOST_TEST(api_status(endpoint.url(), endpoint.ca_pem(), "Bearer " + line.access_token) == 200);
}

BOOST_AUTO_TEST_CASE(an_exchange_that_took_long_shortens_the_time_to_use_it)
{
    // The endpoint may have counted from the start of a slow exchange: expires_at does, expires_in does not.
    faceki::testing::mock_options options = strict_endpoint();
    options.lifetime = 1000s;
    options.latency = 1300ms;
    mock_endpoint endpoint(options);
    const temporary_folder files;
    const ended_process result = run(token_from(endpoint, files, {"--format", "json"}));
    const auto received = std::chrono::system_clock::now().time_since_epoch();
    const token_line line = parse_token(result.out);
    BOOST_TEST(line.expires_in == 1000);
    // One second of the exchange is charged (lifetime.max_uncertainty), and the rest is floored.
    const auto latest = std::chrono::floor<std::chrono::seconds>(received + 1000s - 1s).count();
    BOOST_TEST(line.expires_at_epoch <= latest);
    BOOST_TEST(line.expires_at_epoch >= latest - 1);
}

BOOST_AUTO_TEST_CASE(characters_that_json_escapes_come_through)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    const std::string body =
        R"({"responseCode":0,"data":{"access_token":"a\"b\\c/d","expires_in":60,"token_type":"Bearer"}})";
    endpoint.script(reply(200, body));
    endpoint.script(reply(200, body));
    const ended_process bare = run(token_from(endpoint, files));
    BOOST_TEST(bare.out == "a\"b\\c/d\n");
    BOOST_TEST(parse_token(run(token_from(endpoint, files, {"--format", "json"})).out).access_token == "a\"b\\c/d");
}

BOOST_AUTO_TEST_CASE(plain_http_on_loopback_when_asked_for_by_name)
{
    faceki::testing::mock_options options = strict_endpoint();
    options.plain_http = true;
    options.base_path = "/tenant";
    mock_endpoint endpoint(options);
    const ended_process result = run(tool({"token", "--base-url", endpoint.url(), "--allow-http-on-loopback"}));
    BOOST_TEST(result.status == 0);
    BOOST_TEST(endpoint.requests() == 1U);
    BOOST_TEST(endpoint.recorded().at(0).shape_problem == "");
}

BOOST_AUTO_TEST_CASE(an_answer_that_may_pass_is_asked_again_twice_unless_told_otherwise)
{
    const temporary_folder files;
    for (const auto& [attempts, refused, status, sent] :
         {std::tuple{"", 2, 0, 3U}, {"", 3, 10, 3U}, {"2", 1, 0, 2U}, {"2", 2, 10, 2U}}) {
        BOOST_TEST_CONTEXT(refused << " times 503, --attempts " << attempts)
        {
            mock_endpoint endpoint(strict_endpoint());
            for (int n = 0; n < refused; ++n)
                endpoint.script(reply(503));
            process_setup setup = token_from(endpoint, files);
            set_option(setup, "--attempts", attempts);
            const ended_process result = run(setup);
            BOOST_TEST_INFO_SCOPE(result.err);
            BOOST_TEST(result.status == status);
            BOOST_TEST(endpoint.requests() == sent);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_help_documents_the_contract_and_costs_nothing)
{
    process_setup setup = tool({"token", "--help"});
    setup.environment.clear();
    const ended_process help = run(setup);
    BOOST_TEST(help.status == 0);
    BOOST_TEST(help.err == "");
    for (const char* word : {"FACEKI_CLIENT_ID",
                             "FACEKI_CLIENT_SECRET",
                             "--client-secret-file",
                             "--base-url",
                             "--ca-file",
                             "--timeout",
                             "--log-level",
                             "--attempts",
                             "--allow-http-on-loopback",
                             "--format",
                             "HTTPS_PROXY",
                             "access_token",
                             "token_type",
                             "expires_in",
                             "expires_at",
                             "expires_at_epoch",
                             "requests_sent",
                             "conditions",
                             "http_status",
                             "retryable"})
        BOOST_TEST(help.out.find(word) != std::string::npos, word);
    for (const int code : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130})
        BOOST_TEST(std::regex_search(help.out, std::regex("\n +" + std::to_string(code) + "  ")), code);
    const ended_process version = run(tool({"--version"}));
    BOOST_TEST(version.status == 0);
    BOOST_TEST(version.out == "faceki " FACEKI_VERSION "\n");
    BOOST_TEST(run(tool({"--help"})).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
