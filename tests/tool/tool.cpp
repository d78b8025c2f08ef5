// Output of the tool, taken apart by a JSON parser that is not the tool's writer.
#include "tool/tool.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <simdjson.h>
#include <system_error>

namespace faceki_test {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

void check_keys(const object& given, std::initializer_list<std::string_view> expected)
{
    std::vector<std::string_view> keys;
    for (const auto& [key, value] : given)
        keys.push_back(key);
    BOOST_TEST(keys == std::vector<std::string_view>(expected), boost::test_tools::per_element());
}

std::string text_of(const element& value)
{
    return std::string(std::string_view(value.get_string()));
}

} // namespace

faceki::testing::mock_options strict_endpoint()
{
    faceki::testing::mock_options options;
    options.client_id = client_id;
    options.client_secret = client_secret;
    return options;
}

temporary_folder::temporary_folder()
{
    std::string name = (std::filesystem::temp_directory_path() / "faceki-tool-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::system_error(errno, std::system_category(), "mkdtemp");
    path_ = name;
}

temporary_folder::~temporary_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(const std::string& name, std::string_view text) const
{
    std::ofstream file(path(name), std::ios::binary);
    file << text;
    file.close();
    if (!file)
        throw std::runtime_error("cannot write " + path(name));
    return path(name);
}

process_setup tool(std::vector<std::string> arguments)
{
    process_setup setup;
    setup.arguments = std::move(arguments);
    setup.arguments.insert(setup.arguments.begin(), FACEKI_TOOL);
    setup.environment = {{"FACEKI_CLIENT_ID", client_id}, {"FACEKI_CLIENT_SECRET", client_secret}};
    return setup;
}

process_setup token_from(const faceki::testing::mock_endpoint& endpoint, const temporary_folder& files,
                         std::initializer_list<std::string> more)
{
    const std::string ca = files.write("ca-" + std::to_string(endpoint.port()) + ".pem", endpoint.ca_pem());
    // One attempt: then a row's one answer is the outcome.
    process_setup setup = tool({"token", "--attempts", "1", "--base-url", endpoint.url(), "--ca-file", ca});
    setup.arguments.insert(setup.arguments.end(), more.begin(), more.end());
    return setup;
}

ended_process run(const process_setup& setup)
{
    process child(setup);
    return child.wait();
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        BOOST_REQUIRE(end != std::string::npos);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

error_line parse_error(const std::string& err)
{
    const std::vector<std::string> lines = lines_of(err);
    BOOST_REQUIRE(!lines.empty());
    simdjson::dom::parser parser;
    const object outer = parser.parse(lines.back()).get_object();
    check_keys(outer, {"error"});
    const object inner = outer["error"].get_object();
    check_keys(inner, {"code", "conditions", "message", "http_status", "retryable", "requests_sent"});
    error_line result;
    result.code = text_of(inner["code"]);
    for (const element condition : inner["conditions"].get_array())
        result.conditions.push_back(text_of(condition));
    result.message = text_of(inner["message"]);
    if (const element status = inner["http_status"]; !status.is_null())
        result.http_status = static_cast<int>(std::int64_t(status.get_int64()));
    result.retryable = bool(inner["retryable"].get_bool());
    result.requests_sent = static_cast<int>(std::int64_t(inner["requests_sent"].get_int64()));
    return result;
}

token_line parse_token(const std::string& out)
{
    BOOST_REQUIRE(lines_of(out).size() == 1U);
    simdjson::dom::parser parser;
    const object given = parser.parse(out).get_object();
    check_keys(given, {"access_token", "token_type", "expires_in", "expires_at", "expires_at_epoch", "requests_sent"});
    const auto number = [&given](const char* key) { return std::int64_t(given[key].get_int64()); };
    token_line result;
    result.access_token = text_of(given["access_token"]);
    result.token_type = text_of(given["token_type"]);
    result.expires_in = static_cast<int>(number("expires_in"));
    result.expires_at = text_of(given["expires_at"]);
    result.expires_at_epoch = number("expires_at_epoch");
    result.requests_sent = static_cast<int>(number("requests_sent"));
    return result;
}

void check_no_secret(const std::string& text, std::string_view token)
{
    BOOST_TEST(text.find(client_id) == std::string::npos);
    BOOST_TEST(text.find(client_secret) == std::string::npos);
    if (!token.empty())
        BOOST_TEST(text.find(token) == std::string::npos);
}

} // namespace faceki_test
