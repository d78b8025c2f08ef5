// The `faceki` tool: command line in, exit code out.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/demo.hpp"
#include "cli/duration.hpp"
#include "cli/mock_command.hpp"

namespace {

constexpr int exit_usage = 2;

CLI::Option* add_duration(CLI::App& command, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& text)
{
    return command
        .add_option_function<std::string>(
            name,
            [&value, name](const std::string& given) {
                const auto parsed = faceki::cli::parse_duration(given);
                if (!parsed)
                    throw CLI::ValidationError(name, "'" + given + "' is not a duration; write 250ms, 2s or 5m");
                value = *parsed;
            },
            text)
        ->type_name("TIME");
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app{"Bearer tokens for the Faceki API: one request in flight, shared by everyone who waits"};
    app.require_subcommand(1);

    faceki::cli::demo_options demo;
    std::string format = "text";
    CLI::App* demo_app =
        app.add_subcommand("demo", "Many coroutines share one token over several rollovers, judged by the endpoint");
    demo_app->add_option("--coroutines", demo.coroutines, "how many (default 100000)")->check(CLI::Range(1, 2'000'000));
    demo_app->add_option("--threads", demo.threads, "each with an io_context of its own (default 2)")
        ->check(CLI::Range(1, 64));
    demo_app->add_option("--rollovers", demo.rollovers, "how often the token expires (default 3)")
        ->check(CLI::Range(0, 1000));
    add_duration(*demo_app, "--lifetime", demo.lifetime, "of each token (default 2s, 10s for a million coroutines)");
    add_duration(*demo_app, "--latency", demo.latency,
                 "of the endpoint (default 50ms to 2s, by the number of coroutines)");
    demo_app->add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    demo_app->add_flag("--live", demo.live,
                       "the real service, with FACEKI_CLIENT_ID and FACEKI_CLIENT_SECRET: each token is billed");

    faceki::cli::mock_command mock;
    CLI::App* mock_app =
        app.add_subcommand("mock", "A token endpoint for tests on 127.0.0.1; prints its URL, then what it counted");
    mock_app->add_option("--port", mock.port, "0 = any free one");
    add_duration(*mock_app, "--expires-in", mock.expires_in, "lifetime of its tokens (default 1h)");
    add_duration(*mock_app, "--latency", mock.latency, "before each token reply (default 0s)");
    mock_app->add_option("--ca-out", mock.ca_out,
                         "write the CA certificate a client must trust to this file; - = stdout");
    mock_app->add_flag("--until-stdin-closes", mock.until_stdin_closes,
                       "also end when stdin ends: with the process that started it");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : exit_usage;
    }
    try {
        if (*mock_app)
            return mock.run();
        demo.json = format == "json";
        return faceki::cli::run_demo(demo);
    } catch (const std::exception& e) {
        std::cerr << "faceki: " << e.what() << '\n';
        return 3;
    }
}
