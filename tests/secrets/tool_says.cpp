// `faceki token` at trace level: neither stream, no argument and no JSON error holds a secret, whatever happens to it.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <functional>
#include <optional>

#include "secrets/encodings.hpp"
#include "secrets/hostile.hpp"
#include "tool/servers.hpp"
#include "tool/tool.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

namespace {

using change = std::function<void(process_setup&)>;

/// One way for the tool to end.
struct tool_row {
    std::string name;
    int exit_code = 0;
    std::string code; ///< of the JSON error
    std::vector<mock_reply> script;
    change how;            ///< changes the call
    int signal_number = 0; ///< sent as soon as the request has come
    bool has_log = true;   ///< false: it fails before there is a client
    mock_options endpoint = any_client();
};

void check_text(const secret_set& set, const std::string& where, const std::string& text)
{
    const std::string found = guard_of(set).find(text);
    BOOST_TEST(found == "", found << " in " << where << ": " << text);
}

/// As others can read them while it runs.
void check_arguments(const secret_set& set, const process& child)
{
    const std::string arguments = child.proc_file("cmdline");
    BOOST_TEST(arguments.find("--base-url") != std::string::npos);
    check_text(set, "cmdline", arguments);
    // The tool takes the secret out of its environment: the id may stand there.
    const std::string environment = child.proc_file("environ");
    BOOST_TEST(environment.find(set.client_id) != std::string::npos);
    BOOST_TEST(environment.find(set.client_secret) == std::string::npos);
}

void check_tool(const secret_set& set, const tool_row& row, const std::string& format)
{
    mock_endpoint endpoint(row.endpoint);
    for (const mock_reply& reply : row.script)
        endpoint.script(reply);
    const temporary_folder files;
    process_setup setup = token_from(endpoint, files, {"--format", format, "--log-level", "trace"});
    setup.environment = {{"FACEKI_CLIENT_ID", set.client_id}, {"FACEKI_CLIENT_SECRET", set.client_secret}};
    if (row.how)
        row.how(setup);

    process child(setup);
    if (row.signal_number != 0) {
        BOOST_TEST(endpoint.wait_until([&] { return endpoint.requests() == 1; }));
        check_arguments(set, child);
        child.send_signal(row.signal_number);
    }
    const ended_process result = child.wait();

    BOOST_TEST_INFO_SCOPE(result.err);
    BOOST_TEST(result.status == row.exit_code);
    check_text(set, "stderr", result.err);
    const bool has_log = result.err.find("faceki: trace: net: ") != std::string::npos;
    BOOST_TEST(has_log == row.has_log);
    if (row.exit_code == 0) {
        BOOST_TEST(result.out.find(format == "json" ? json_inside(set.token) : set.token) != std::string::npos);
        secret_set but_the_token = set;
        but_the_token.name += ", on stdout";
        but_the_token.token = "a token that is never issued";
        check_text(but_the_token, "stdout", result.out);
    } else {
        BOOST_TEST(result.out == "");
        BOOST_TEST(result.err != "");
        if (format == "json")
            BOOST_TEST(parse_error(result.err).code == row.code);
    }
}

void check_tool(const secret_set& set, const tool_row& row)
{
    for (const char* const format : {"bare", "json"})
        BOOST_TEST_CONTEXT(set.name << ": " << row.name << ", " << format)
        {
            check_tool(set, row, format);
        }
}

void set_base_url(process_setup& setup, const std::string& url)
{
    const auto name = std::find(setup.arguments.begin(), setup.arguments.end(), "--base-url");
    *std::next(name) = url;
}

mock_reply token_reply(const secret_set& set)
{
    return reply(200, R"({"data":{"access_token":")" + json_inside(set.token) + R"(","expires_in":3600}})");
}

mock_reply slow(mock_reply reply)
{
    reply.delay = 20s;
    return reply;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tool_says)

BOOST_AUTO_TEST_CASE(a_token_goes_to_stdout_only)
{
    for (const secret_set& set : secret_sets())
        check_tool(set, {"a token", 0, "", {token_reply(set)}, {}});
}

BOOST_AUTO_TEST_CASE(answers_that_echo_the_secret)
{
    for (const secret_set& set : secret_sets()) {
        const std::string secret = json_inside(set.client_secret);
        const std::string all = R"({"status":false,"message":")" + secret + ' ' + base64(set.client_secret) + ' ' +
                                json_inside(set.token) + "\"}";
        check_tool(set, {"402", 4, "credentials_rejected", {reply(402, R"({"clientSecret":")" + secret + "\"}")}, {}});
        check_tool(set, {"401", 4, "credentials_rejected", {reply(401, all)}, {}});
        check_tool(set,
                   {"401, plain", 4, "credentials_rejected", {reply(401, R"({"message":")" + secret + "\"}")}, {}});
        check_tool(set, {"429", 5, "rate_limited", {reply(429, all)}, {}});
        check_tool(set, {"500", 10, "server_error", {reply(500, all)}, {}});
        check_tool(set, {"302", 8, "unexpected_status", {reply(302, all)}, {}});
        check_tool(set, {"200", 4, "credentials_rejected", {reply(200, all)}, {}});
        check_tool(set, {"no JSON", 8, "malformed_token", {reply(200, all + all)}, {}});
        check_tool(set, {"no HTTP", 8, "malformed_http", {raw_reply(set.client_secret + "\r\n\r\n")}, {}});
        mock_reply cut = token_reply(set);
        cut.cut_after = 200;
        check_tool(set, {"lost", 6, "connection_lost", {cut}, {}});
    }
}

BOOST_AUTO_TEST_CASE(no_answer)
{
    for (const secret_set& set : secret_sets()) {
        mock_options old = any_client();
        old.max_tls_version = "TLSv1.1";
        check_tool(set, {"TLS", 6, "tls_failed", {}, {}, 0, true, old});
        const silent_port nobody;
        check_tool(set, {"refused", 6, "connect_failed", {}, [&](process_setup& setup) {
                             set_base_url(setup, "https://127.0.0.1:" + std::to_string(nobody.number()));
                         }});
        check_tool(set, {"timeout", 7, "timed_out", {slow(token_reply(set))}, [](process_setup& setup) {
                             setup.arguments.insert(setup.arguments.end(), {"--timeout", "300ms"});
                         }});
        check_tool(set, {"SIGINT", 130, "operation_aborted", {slow(token_reply(set))}, {}, SIGINT});
        check_tool(set, {"SIGTERM", 130, "operation_aborted", {slow(token_reply(set))}, {}, SIGTERM});
    }
}

BOOST_AUTO_TEST_CASE(proxies_of_the_environment)
{
    for (const secret_set& set : secret_sets()) {
        const std::string user = "office:" + encoded("percent", set.proxy_password) + '@';
        const std::string basic = base64("office:" + set.proxy_password);
        const auto behind = [](const std::string& proxy) {
            return [proxy](process_setup& setup) {
                set_base_url(setup, "https://api.example.test");
                setup.environment["HTTPS_PROXY"] = proxy;
            };
        };
        std::optional<one_answer> proxy;
        check_tool(set, {"407", 6, "proxy_refused", {}, [&](process_setup& setup) {
                             proxy.emplace(filled("HTTP/1.1 407 @\r\nX: @\r\n\r\n@", basic));
                             behind("http://" + user + proxy->url().substr(7))(setup);
                         }});
        const silent_port nobody;
        check_tool(set, {"no proxy",
                         6,
                         "connect_failed",
                         {},
                         behind("http://" + user + "127.0.0.1:" + std::to_string(nobody.number()))});
        check_tool(set, {"SOCKS", 3, "invalid_config", {}, behind("socks5://" + user + "proxy:1"), 0, false});
        check_tool(
            set,
            {"unescaped", 3, "invalid_config", {}, behind("http://u:12/" + set.proxy_password + "@proxy:1"), 0, false});
    }
}

BOOST_AUTO_TEST_CASE(credentials_that_cannot_be_used)
{
    for (const secret_set& set : secret_sets()) {
        const temporary_folder files;
        const auto from_file = [](std::string path) {
            return [path = std::move(path)](process_setup& setup) {
                setup.arguments.insert(setup.arguments.end(), {"--client-secret-file", path});
            };
        };
        const auto check = [&](const std::string& name, change how) {
            check_tool(set, {name, 3, "invalid_config", {}, std::move(how), 0, false});
        };
        check("no id", [](process_setup& setup) { setup.environment.erase("FACEKI_CLIENT_ID"); });
        check("no secret", [](process_setup& setup) { setup.environment.erase("FACEKI_CLIENT_SECRET"); });
        check("a secret that is no UTF-8",
              [&](process_setup& setup) { setup.environment["FACEKI_CLIENT_SECRET"] = set.client_secret + "\xFF"; });
        check("an id that is no UTF-8",
              [&](process_setup& setup) { setup.environment["FACEKI_CLIENT_ID"] = set.client_secret + "\xFF"; });
        check("a file that is no UTF-8", from_file(files.write("bad", set.client_secret + "\xFF")));
        check("a file that is too long", from_file(files.write("long", std::string(70'000, 'x') + set.client_secret)));
        check("a file that is not there", from_file(files.path("none")));
        check("a folder", from_file(files.path("")));
        check_tool(set, {"a good file", 0, "", {token_reply(set)}, [&](process_setup& setup) {
                             setup.environment.erase("FACEKI_CLIENT_SECRET");
                             from_file(files.write("good", set.client_secret + "\n"))(setup);
                         }});
    }
}

BOOST_AUTO_TEST_CASE(a_command_line_that_holds_a_secret_by_mistake)
{
    for (const secret_set& set : secret_sets()) {
        const std::string& secret = set.client_secret;
        const std::vector<std::vector<std::string>> rows = {
            {"--client-secret", secret}, {"--client-secret=" + secret}, {secret},        {"-s" + secret},
            {"--format", secret},        {"--log-level", secret},       {"--" + secret}, {"--timeout", secret},
        };
        for (const std::vector<std::string>& words : rows) {
            const change add = [&words](process_setup& setup) {
                setup.arguments.insert(setup.arguments.end(), words.begin(), words.end());
            };
            check_tool(set, {words.front(), 2, "invalid_config", {}, add, 0, false});
        }
        const change as_file = [&secret](process_setup& setup) {
            setup.arguments.insert(setup.arguments.end(), {"--client-secret-file", secret});
        };
        check_tool(set, {"as file", 3, "invalid_config", {}, as_file, 0, false});
        const change as_url = [&secret](process_setup& setup) {
            set_base_url(setup, "https://user:" + secret + "@127.0.0.1");
        };
        check_tool(set, {"as URL", 3, "invalid_config", {}, as_url, 0, false});
    }
}

BOOST_AUTO_TEST_SUITE_END()
