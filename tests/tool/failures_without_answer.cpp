// Contract table, second part: failures before any answer: usage, configuration, network, time.
#include <boost/test/unit_test.hpp>

#include "tool/contract.hpp"
#include "tool/servers.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_reply;

namespace {

using strings = std::vector<std::string>;
using change = std::function<void(process_setup&, const mock_endpoint&)>;

contract_row unanswered(std::string name, int exit_code, std::string code, strings conditions, std::string message,
                        change how)
{
    contract_row row;
    row.name = std::move(name);
    row.exit_code = exit_code;
    row.code = std::move(code);
    row.conditions = std::move(conditions);
    row.message = std::move(message);
    row.change = std::move(how);
    return row;
}

change add(strings words)
{
    return [words = std::move(words)](process_setup& setup, const mock_endpoint&) {
        setup.arguments.insert(setup.arguments.end(), words.begin(), words.end());
    };
}

change option(std::string name, std::string value)
{
    return [name = std::move(name), value = std::move(value)](process_setup& setup, const mock_endpoint&) {
        set_option(setup, name, value);
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(contract_without_answer)

BOOST_AUTO_TEST_CASE(usage_is_2)
{
    const auto check = [](const std::string& name, const std::string& message, change how) {
        check_failure(unanswered(name, 2, "invalid_config", {"permanent"}, message, std::move(how)));
    };
    check("an unknown option", "--colour", add({"--colour"}));
    check("a secret in argv", "never taken from the command line", add({"--client-secret", client_secret}));
    check("the same with =", "--client-secret", add({"--client-secret=" + client_secret}));
    check("an id in argv", "never taken from the command line", add({"--client-id", client_id}));
    check("a stray word", "a word", add({client_secret}));
    check("a glued short option", "-s", add({"-s" + client_secret}));
    check("no duration", "--timeout", add({"--timeout", "5"}));
    check("no time at all", "--timeout", add({"--timeout", "0s"}));
    check("less than a millisecond", "--timeout", add({"--timeout", "0.4ms"}));
    check("more than a day", "--timeout", add({"--timeout", "1441m"}));
    check("no attempt at all", "--attempts", option("--attempts", "0"));
    check("too many attempts", "--attempts", option("--attempts", "11"));
    check("no number of attempts", "--attempts", option("--attempts", "many"));
    check("no such level", "--log-level", add({"--log-level", "debug"}));
    check("an empty URL is not the default", "--base-url", add({"--base-url="}));
    check("an empty CA file", "--ca-file", add({"--ca-file", ""}));
    check("an empty secret file", "--client-secret-file", add({"--client-secret-file", ""}));
    check("a value is missing", "--timeout", add({"--timeout"}));
}

BOOST_AUTO_TEST_CASE(usage_that_no_command_understands_is_2)
{
    for (const strings& words :
         {strings{}, strings{"tokens"}, strings{"token", "--format", "xml"}, strings{"mock", "--fail", "2"},
          strings{"mock", "--fail", "-1%"}, strings{"mock", "--fail", "half"}, strings{"mock", "--port", "65536"},
          strings{"mock", "--ca-out", ""}, strings{"demo", "--coroutines", "0"}}) {
        BOOST_TEST_CONTEXT((words.empty() ? "no command" : words.front() + ' ' + words.back()))
        {
            const ended_process result = run(tool(words));
            BOOST_TEST_INFO_SCOPE(result.err);
            BOOST_TEST(result.status == 2);
            BOOST_TEST(result.out == "");
            BOOST_TEST(lines_of(result.err).size() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_json_form_of_a_usage_error_is_found_in_either_spelling)
{
    for (const strings& words : {strings{"token", "--colour", "--format", "json"},
                                 strings{"token", "--format=json", "x"}, strings{"--format=json"}}) {
        const ended_process result = run(tool(words));
        BOOST_TEST(result.status == 2);
        const error_line error = parse_error(result.err);
        BOOST_TEST(error.code == "invalid_config");
        BOOST_TEST(lines_of(result.err).at(0) == "faceki: " + error.message);
    }
}

BOOST_AUTO_TEST_CASE(configuration_is_3)
{
    const auto check = [](const std::string& name, const std::string& message, change how) {
        check_failure(unanswered(name, 3, "invalid_config", {"permanent"}, message, std::move(how)));
    };
    check("no client id", "set FACEKI_CLIENT_ID",
          [](process_setup& setup, const mock_endpoint&) { setup.environment.erase("FACEKI_CLIENT_ID"); });
    check("an empty client id", "set FACEKI_CLIENT_ID",
          [](process_setup& setup, const mock_endpoint&) { setup.environment["FACEKI_CLIENT_ID"] = ""; });
    check("no client secret", "set FACEKI_CLIENT_SECRET",
          [](process_setup& setup, const mock_endpoint&) { setup.environment.erase("FACEKI_CLIENT_SECRET"); });
    check("neither", "FACEKI_CLIENT_ID and FACEKI_CLIENT_SECRET",
          [](process_setup& setup, const mock_endpoint&) { setup.environment.clear(); });
    check("an id that is not UTF-8", "credentials.client_id is not valid UTF-8",
          [](process_setup& setup, const mock_endpoint&) { setup.environment["FACEKI_CLIENT_ID"] = "\xFF"; });
    check("no URL", "base_url", option("--base-url", "sdk.faceki.com"));
    check("plain http to the world", "base_url", option("--base-url", "http://sdk.faceki.com"));
    check("plain http to loopback, not asked for", "base_url", option("--base-url", "http://127.0.0.1:1"));
    check("plain http to the world, asked for loopback", "base_url", [](process_setup& setup, const mock_endpoint&) {
        set_option(setup, "--base-url", "http://sdk.faceki.com");
        setup.arguments.emplace_back("--allow-http-on-loopback");
    });
    check("a password in the URL", "user name or password",
          option("--base-url", "https://me:" + client_secret + "@127.0.0.1"));
    check("a CA file that is not there", "ca_file", option("--ca-file", "/nonexistent/ca.pem"));
    check("a proxy that cannot work", "HTTPS_PROXY", [](process_setup& setup, const mock_endpoint&) {
        set_option(setup, "--base-url", "https://api.example.test");
        setup.environment["HTTPS_PROXY"] = "socks5://127.0.0.1:1";
    });
}

BOOST_AUTO_TEST_CASE(no_connection_is_6)
{
    const silent_port nobody;
    check_failure(unanswered("nobody listens", 6, "connect_failed", {"transient", "network"}, "no connection",
                             option("--base-url", "https://127.0.0.1:" + std::to_string(nobody.number()))));
#ifdef FACEKI_NAME_SERVICE
    check_failure(unanswered("no such host", 6, "resolve_failed", {"transient", "network"}, "",
                             [](process_setup& setup, const mock_endpoint&) {
                                 set_option(setup, "--base-url", "https://nobody.example.test");
                                 setup.environment["LD_PRELOAD"] = FACEKI_NAME_SERVICE;
                             }));
#endif
    std::optional<one_answer> proxy;
    check_failure(unanswered("a proxy that refuses", 6, "proxy_refused", {"permanent", "network"}, "407",
                             [&proxy](process_setup& setup, const mock_endpoint&) {
                                 proxy.emplace("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
                                 set_option(setup, "--base-url", "https://api.example.test");
                                 setup.environment["HTTPS_PROXY"] = proxy->url();
                             }));
}

BOOST_AUTO_TEST_CASE(tls_is_6)
{
    const strings conditions{"permanent", "network"};
    check_failure(unanswered("the system's CA store", 6, "tls_failed", conditions, "certificate was refused",
                             option("--ca-file", "")));
    contract_row old = unanswered("TLS 1.1", 6, "tls_failed", conditions, "TLS", {});
    old.endpoint.max_tls_version = "TLSv1.1";
    check_failure(old);
    contract_row expired = unanswered("expired", 6, "tls_failed", conditions, "expired", {});
    const faceki::testing::throwaway_ca ca;
    faceki::testing::certificate_request dates;
    dates.not_before = -7200s;
    dates.not_after = -3600s;
    expired.endpoint.server_certificate = ca.issue(dates);
    const temporary_folder files;
    expired.change = option("--ca-file", files.write("ca.pem", ca.ca_pem()));
    check_failure(expired);
    std::optional<one_answer> plain;
    check_failure(unanswered("a port that speaks plain http", 6, "tls_failed", conditions, "does not speak TLS",
                             [&plain](process_setup& setup, const mock_endpoint&) {
                                 plain.emplace("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                                 set_option(setup, "--base-url", "https" + plain->url().substr(4));
                             }));
}

BOOST_AUTO_TEST_CASE(time_is_7_and_is_the_whole_time)
{
    const auto check = [](const std::string& name, int requests, const auto& prepare) {
        contract_row row =
            unanswered(name, 7, "timed_out", {"transient"}, "no token within --timeout", add({"--timeout", "400ms"}));
        if (requests != 0)
            row.message += ": a token request had been sent, it may be billed";
        row.requests = requests;
        row.at_least = 400ms;
        prepare(row);
        check_failure(row);
    };
    check("an endpoint that says nothing", 1, [](contract_row& row) {
        row.script.emplace_back();
        row.script.back().stall_after = 0;
    });
    check("an answer that stalls", 1, [](contract_row& row) {
        row.script.emplace_back();
        row.script.back().stall_after = 300;
    });
    check("a late answer", 1, [](contract_row& row) { row.endpoint.latency = 20s; });
    check("a handshake that stalls", 0, [](contract_row& row) { row.endpoint.stall_handshake = true; });
#ifdef FACEKI_NAME_SERVICE
    // The lookup's thread hangs for 30 s: the process must not.
    check("a name service that hangs", 0, [](contract_row& row) {
        row.change = [](process_setup& setup, const mock_endpoint&) {
            set_option(setup, "--base-url", "https://slow.example.test");
            set_option(setup, "--timeout", "400ms");
            setup.environment["LD_PRELOAD"] = FACEKI_NAME_SERVICE;
        };
    });
#endif
}

BOOST_AUTO_TEST_SUITE_END()
