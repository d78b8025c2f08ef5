// The judgement of one row.
#include "tool/contract.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

namespace faceki_test {
namespace {

using faceki::testing::mock_endpoint;
using namespace std::chrono_literals;

ended_process call(const contract_row& row, bool json, std::size_t& requests)
{
    const temporary_folder files;
    mock_endpoint endpoint(row.endpoint);
    for (const auto& scripted : row.script)
        endpoint.script(scripted);
    process_setup setup = token_from(endpoint, files);
    if (json)
        setup.arguments.insert(setup.arguments.end(), {"--format", "json"});
    if (row.change)
        row.change(setup, endpoint);
    ended_process result = run(setup);
    requests = endpoint.requests();
    return result;
}

/// What both forms share.
void check_common(const contract_row& row, const ended_process& result, std::size_t requests)
{
    BOOST_TEST(result.status == row.exit_code);
    BOOST_TEST(result.out == "");
    BOOST_TEST(requests == static_cast<std::size_t>(row.requests));
    check_no_secret(result.err);
    if (row.at_least > 0ms) {
        BOOST_TEST(result.took.count() >= row.at_least.count());
        BOOST_TEST(result.took.count() < (row.at_least + 2s).count());
    }
}

} // namespace

void check_failure(const contract_row& row)
{
    BOOST_TEST_CONTEXT(row.name)
    {
        std::size_t requests = 0;
        const ended_process as_json = call(row, true, requests);
        BOOST_TEST_INFO_SCOPE(as_json.err);
        check_common(row, as_json, requests);
        const error_line error = parse_error(as_json.err);
        BOOST_TEST(error.code == row.code);
        BOOST_TEST(error.conditions == row.conditions, boost::test_tools::per_element());
        BOOST_TEST(error.message.find(row.message) != std::string::npos);
        BOOST_TEST(error.http_status.value_or(0) == row.http_status.value_or(0));
        BOOST_TEST(error.http_status.has_value() == row.http_status.has_value());
        const bool transient = std::count(row.conditions.begin(), row.conditions.end(), "transient") != 0;
        BOOST_TEST(error.retryable == transient);
        BOOST_TEST(error.requests_sent == row.requests);

        const std::vector<std::string> lines = lines_of(as_json.err);
        BOOST_TEST(lines.front() == "faceki: " + error.message);
        for (std::size_t n = 0; n + 1 < lines.size(); ++n)
            BOOST_TEST(lines[n].starts_with("faceki: "));
        BOOST_TEST((as_json.err.find("may succeed later") != std::string::npos) == transient);

        const ended_process bare = call(row, false, requests);
        check_common(row, bare, requests);
        const std::vector<std::string> bare_lines = lines_of(bare.err);
        BOOST_TEST(bare_lines.size() + 1 == lines.size()); // the same words, without the JSON
        for (const std::string& line : bare_lines)
            BOOST_TEST(line.starts_with("faceki: "));
    }
}

void set_option(process_setup& setup, const std::string& option, const std::string& value)
{
    auto& words = setup.arguments;
    if (const auto found = std::find(words.begin(), words.end(), option); found != words.end())
        words.erase(found, found + 2);
    if (!value.empty())
        words.insert(words.end(), {option, value});
}

} // namespace faceki_test
