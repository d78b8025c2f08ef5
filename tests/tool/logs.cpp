// --log-level: how much goes to stderr, and what never does.
#include <boost/test/unit_test.hpp>

#include "tool/contract.hpp"
#include "tool/tool.hpp"

using namespace faceki_test;
using faceki::testing::mock_endpoint;

namespace {

/// Levels named by the log lines of `err`; what is no log line is left out.
std::vector<std::string> levels_of(const std::string& err)
{
    std::vector<std::string> levels;
    for (const std::string& line : lines_of(err))
        for (const std::string level : {"error", "info", "trace"})
            if (line.starts_with("faceki: " + level + ": "))
                levels.push_back(level);
    return levels;
}

std::size_t count(const std::vector<std::string>& levels, const std::string& level)
{
    return static_cast<std::size_t>(std::count(levels.begin(), levels.end(), level));
}

} // namespace

BOOST_AUTO_TEST_SUITE(logs)

BOOST_AUTO_TEST_CASE(each_level_includes_those_before_it)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    const auto levels_at = [&](const std::string& level) {
        endpoint.script(reply(503));
        process_setup setup = token_from(endpoint, files);
        if (!level.empty())
            set_option(setup, "--log-level", level);
        const ended_process result = run(setup);
        BOOST_TEST(result.status == 10);
        check_no_secret(result.err);
        return levels_of(result.err);
    };
    BOOST_TEST(levels_at("").empty());
    BOOST_TEST(levels_at("off").empty());
    const auto error = levels_at("error");
    BOOST_TEST(count(error, "error") == 1U);
    BOOST_TEST(error.size() == 1U);
    const auto info = levels_at("info");
    BOOST_TEST(count(info, "error") == 1U);
    BOOST_TEST(count(info, "info") >= 1U);
    BOOST_TEST(count(info, "trace") == 0U);
    const auto trace = levels_at("trace");
    BOOST_TEST(count(trace, "error") == 1U);
    BOOST_TEST(count(trace, "info") == count(info, "info"));
    BOOST_TEST(count(trace, "trace") >= 3U);
}

BOOST_AUTO_TEST_CASE(no_line_holds_a_token_or_a_credential)
{
    mock_endpoint endpoint(strict_endpoint());
    const temporary_folder files;
    const ended_process good = run(token_from(endpoint, files, {"--log-level", "trace"}));
    BOOST_TEST(good.status == 0);
    BOOST_TEST(count(levels_of(good.err), "trace") >= 3U);
    check_no_secret(good.err, lines_of(good.out).at(0));
    check_no_secret(good.err, "eyJ");

    endpoint.script(reply(402, R"({"clientSecret":")" + client_secret + "\"}"));
    const ended_process echo = run(token_from(endpoint, files, {"--log-level", "trace", "--format", "json"}));
    BOOST_TEST(echo.status == 4);
    check_no_secret(echo.err);
    BOOST_TEST(parse_error(echo.err).code == "credentials_rejected"); // the JSON line is still the last one
}

BOOST_AUTO_TEST_SUITE_END()
