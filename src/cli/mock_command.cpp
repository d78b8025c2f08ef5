// The endpoint as a process.
#include "cli/mock_command.hpp"

#include <charconv>
#include <fstream>
#include <poll.h>
#include <system_error>
#include <unistd.h>

#include <faceki/testing/mock_endpoint.hpp>

#include "cli/exit_code.hpp"
#include "cli/interrupts.hpp"
#include "cli/standard_streams.hpp"
#include "cli/text.hpp"

namespace faceki::cli {
namespace {

constexpr int failed = static_cast<int>(exit_code::setup);

int complain(const std::string& what)
{
    write_all(STDERR_FILENO, "faceki mock: " + printable(what) + '\n');
    return failed;
}

std::string counts_of(const testing::mock_endpoint& endpoint)
{
    const auto number = [](const char* name, std::size_t value) {
        return '"' + std::string(name) + "\":" + std::to_string(value);
    };
    return '{' + number("requests", endpoint.requests()) + ',' + number("early", endpoint.early()) + ',' +
           number("presented", endpoint.presented()) + ',' + number("dead", endpoint.dead()) + ',' +
           number("failed", endpoint.failed()) + ',' + number("accepted", endpoint.accepted()) + "}\n";
}

void wait_for_the_end(const interrupts& signals, bool until_stdin_closes)
{
    pollfd events[] = {{signals.descriptor(), POLLIN, 0}, {until_stdin_closes ? STDIN_FILENO : -1, POLLIN, 0}};
    while (::poll(events, 2, -1) < 1) {
    }
}

} // namespace

int mock_command::run() const
{
    interrupts signals; // first: whoever has read the URL may end it at once
    testing::mock_options options;
    options.port = port;
    options.lifetime = expires_in;
    options.latency = latency;
    options.fail_rate = fail_rate;
    options.client_id.clear(); // any credentials: it is for trying things out
    std::optional<testing::mock_endpoint> endpoint;
    try {
        endpoint.emplace(options);
    } catch (const std::system_error& e) {
        return complain("cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + e.code().message());
    }

    std::string announcement = endpoint->url() + '\n';
    if (ca_out == "-") {
        announcement += endpoint->ca_pem();
    } else if (!ca_out.empty()) {
        std::ofstream file(ca_out);
        file << endpoint->ca_pem();
        file.close();
        if (!file)
            return complain("cannot write the CA certificate to " + ca_out);
    }
    if (const auto problem = write_all(STDOUT_FILENO, announcement))
        return complain("cannot write to stdout: " + problem.message());

    wait_for_the_end(signals, until_stdin_closes);

    const auto problem = write_all(STDOUT_FILENO, counts_of(*endpoint));
    if (!problem)
        return static_cast<int>(exit_code::token);
    // Whoever started it may not want the counts, and has closed the pipe.
    return problem == std::errc::broken_pipe ? failed : complain("cannot write to stdout: " + problem.message());
}

std::optional<double> parse_rate(std::string_view text)
{
    const bool percent = text.ends_with('%');
    if (percent)
        text.remove_suffix(1);
    double rate = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), rate, std::chars_format::fixed);
    if (problem != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    if (percent)
        rate /= 100;
    if (!(rate >= 0 && rate <= 1))
        return std::nullopt;
    return rate;
}

} // namespace faceki::cli
