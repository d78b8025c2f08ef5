// The `faceki` tool: command line in, exit code out.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string_view>
#include <unistd.h>

#include "cli/demo.hpp"
#include "cli/duration.hpp"
#include "cli/error_report.hpp"
#include "cli/exit_code.hpp"
#include "cli/mock_command.hpp"
#include "cli/standard_streams.hpp"
#include "cli/token_command.hpp"

namespace {

using faceki::cli::exit_code;

CLI::Option* add_duration(CLI::App& command, const std::string& name,
                          const std::function<void(std::chrono::milliseconds)>& set, const std::string& text)
{
    return command
        .add_option_function<std::string>(
            name,
            [set, name](const std::string& given) {
                const auto parsed = faceki::cli::parse_duration(given);
                if (!parsed)
                    throw CLI::ValidationError(name, "not a duration; write 250ms, 2s or 5m");
                set(*parsed);
            },
            text)
        ->type_name("TIME");
}

CLI::Option* add_duration(CLI::App& command, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& text)
{
    return add_duration(
        command, name, [&value](std::chrono::milliseconds given) { value = given; }, text);
}

/// An option that is given must say something: `--base-url "$UNSET"` must not mean the real service.
CLI::Option* add_text(CLI::App& command, const std::string& name, std::string& value, const std::string& text)
{
    return command.add_option(name, value, text)->check([](const std::string& given) {
        return given.empty() ? std::string("must not be empty") : std::string();
    });
}

template <class Value>
void add_choice(CLI::App& command, const std::string& name, Value& value, std::map<std::string, Value> choices,
                const std::string& text)
{
    command
        .add_option_function<std::string>(
            name,
            [&value, name, choices](const std::string& given) {
                const auto found = choices.find(given);
                if (found == choices.end())
                    throw CLI::ValidationError(name, "no such choice; see --help");
                value = found->second;
            },
            text)
        ->type_name("CHOICE");
}

CLI::App& add_token(CLI::App& app, faceki::cli::token_command& token)
{
    using faceki::log_level;
    using faceki::cli::token_format;
    CLI::App& command = *app.add_subcommand("token", "Print a bearer token; each one that is sent for is billed");
    add_choice(command, "--format", token.format,
               {{"bare", token_format::bare}, {"header", token_format::header}, {"json", token_format::json}},
               "bare, header or json (default bare)");
    add_text(command, "--client-secret-file", token.secret_file,
             "take the client secret from this file, - = stdin, at most 64 KiB; a line end behind it is cut")
        ->type_name("FILE");
    add_text(command, "--base-url", token.base_url, "of the service (default https://sdk.faceki.com)")
        ->type_name("URL");
    add_text(command, "--ca-file", token.ca_file, "trust these CA certificates (PEM) in place of the system's")
        ->type_name("FILE");
    add_duration(
        command, "--timeout",
        [&token](std::chrono::milliseconds given) {
            if (given.count() <= 0 || given > std::chrono::hours{24})
                throw CLI::ValidationError("--timeout", "must be more than 0 and at most 24h");
            token.timeout = given;
        },
        "of everything together (default 30s for the request; connecting may take 5s of it, the answer 10s)");
    command
        .add_option("--attempts", token.attempts,
                    "of the request, 1 to 10: each one that is sent may be billed (default 3, with pauses)")
        ->check(CLI::Range(1, 10))
        ->type_name("COUNT");
    add_choice(
        command, "--log-level", token.log,
        {{"off", log_level::off}, {"error", log_level::error}, {"info", log_level::info}, {"trace", log_level::trace}},
        "off, error, info or trace, to stderr (default off)");
    command.add_flag("--allow-http-on-loopback", token.allow_http_on_loopback,
                     "let --base-url be plain http to a loopback address: for tests");
    command.footer(faceki::cli::token_help);
    return command;
}

CLI::App& add_mock(CLI::App& app, faceki::cli::mock_command& mock)
{
    CLI::App& command =
        *app.add_subcommand("mock", "A token endpoint for tests on 127.0.0.1; prints its URL, then what it counted");
    command.add_option("--port", mock.port, "0 = any free one");
    add_duration(command, "--expires-in", mock.expires_in, "lifetime of its tokens (default 1h)");
    add_duration(command, "--latency", mock.latency, "before each token reply (default 0s)");
    command
        .add_option_function<std::string>(
            "--fail",
            [&mock](const std::string& given) {
                const auto parsed = faceki::cli::parse_rate(given);
                if (!parsed)
                    throw CLI::ValidationError("--fail", "not a rate; write 0.25 or 25%");
                mock.fail_rate = *parsed;
            },
            "share of the token requests that get a 503, at random: 0.25 or 25% (default 0)")
        ->type_name("RATE");
    add_text(command, "--ca-out", mock.ca_out,
             "write the CA certificate a client must trust to this file, before the URL is printed; - = "
             "stdout, behind the URL")
        ->type_name("FILE");
    command.add_flag("--until-stdin-closes", mock.until_stdin_closes,
                     "also end when stdin ends: with the process that started it");
    command.footer("\nEnds on SIGINT or SIGTERM with exit code 0, and prints in one line what it counted:\n"
                   "  {\"requests\",\"early\",\"presented\",\"dead\",\"failed\",\"accepted\"}\n"
                   "It takes any credentials. Exit code 3: it cannot listen, or cannot write a file or stdout.");
    return command;
}

CLI::App& add_demo(CLI::App& app, faceki::cli::demo_options& demo, std::string& format)
{
    CLI::App& command =
        *app.add_subcommand("demo", "Many coroutines share one token over several rollovers, judged by the endpoint");
    command.add_option("--coroutines", demo.coroutines, "how many (default 100000)")->check(CLI::Range(1, 2'000'000));
    command.add_option("--threads", demo.threads, "each with an io_context of its own (default 2)")
        ->check(CLI::Range(1, 64));
    command.add_option("--rollovers", demo.rollovers, "how often the token expires (default 3)")
        ->check(CLI::Range(0, 1000));
    add_duration(command, "--lifetime", demo.lifetime, "of each token (default 2s, 10s for a million coroutines)");
    add_duration(command, "--latency", demo.latency,
                 "of the endpoint (default 50ms to 2s, by the number of coroutines)");
    command.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    command.add_flag("--live", demo.live,
                     "the real service, with FACEKI_CLIENT_ID and FACEKI_CLIENT_SECRET: each token is billed");
    return command;
}

/// Of what was not understood only the names: a value may be a secret that stands there by mistake.
/// Never quotes a value: somebody may have put a secret there.
std::string describe(const CLI::App& app, const CLI::ParseError& e)
{
    constexpr std::size_t longest_option = 24; // a longer one is none of ours, and may be a secret, too
    if (dynamic_cast<const CLI::ExtrasError*>(&e) == nullptr)
        return e.what();
    std::string names;
    bool secret = false;
    for (const std::string& word : app.remaining(true)) {
        std::string name = "a word";
        if (word.starts_with("--"))
            name = word.substr(0, word.find('='));
        else if (word.starts_with("-"))
            name = word.substr(0, 2);
        if (name.size() > longest_option)
            name = "an option";
        names += (names.empty() ? "" : ", ") + name;
        secret = secret || name.find("secret") != std::string::npos || name.find("id") != std::string::npos;
    }
    std::string text = "not understood: " + names;
    if (secret)
        text += "; credentials are never taken from the command line, which everybody can read";
    return text;
}

bool wants_json(int argc, char** argv)
{
    for (int n = 1; n < argc; ++n) {
        const std::string_view word = argv[n];
        if (word == "--format=json" || (word == "--format" && n + 1 < argc && std::string_view(argv[n + 1]) == "json"))
            return true;
    }
    return false;
}

int usage_error(const CLI::App& app, const CLI::ParseError& e, bool json)
{
    faceki::cli::failure problem;
    problem.code = faceki::errc::invalid_config;
    problem.details.message = describe(app, e) + " (see faceki --help)";
    std::string report = faceki::cli::human_lines(problem, {});
    if (json)
        report += faceki::cli::json_line(problem);
    faceki::cli::write_all(STDERR_FILENO, report);
    return static_cast<int>(exit_code::usage);
}

int run(int argc, char** argv)
{
    CLI::App app{"Bearer tokens for the Faceki API: one request in flight, shared by everyone who waits"};
    app.require_subcommand(1);
    app.set_version_flag("--version", "faceki " FACEKI_VERSION);
    app.footer("\nfaceki COMMAND --help says the rest: environment, output, exit codes.");
    faceki::cli::token_command token;
    faceki::cli::mock_command mock;
    faceki::cli::demo_options demo;
    std::string demo_format = "text";
    const CLI::App& token_app = add_token(app, token);
    const CLI::App& mock_app = add_mock(app, mock);
    add_demo(app, demo, demo_format);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) { // help, version
        app.exit(e);
        return static_cast<int>(std::cout.flush() ? exit_code::token : exit_code::setup);
    } catch (const CLI::ParseError& e) {
        return usage_error(app, e, wants_json(argc, argv));
    }
    if (token_app)
        return token.run();
    if (mock_app)
        return mock.run();
    demo.json = demo_format == "json";
    return faceki::cli::run_demo(demo);
}

} // namespace

int main(int argc, char** argv)
{
    faceki::cli::prepare_standard_streams();
    int code = static_cast<int>(exit_code::setup);
    try {
        code = run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "faceki: " << e.what() << '\n';
    }
    std::cout.flush();
    // exit() would destroy what a lookup that hangs may still use, on a thread that cannot be stopped.
    std::quick_exit(code);
}
