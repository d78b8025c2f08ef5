// One client, one call, one line.
#include "cli/token_command.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <new>
#include <system_error>
#include <unistd.h>

#include <faceki/client.hpp>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "cli/error_report.hpp"
#include "cli/exit_code.hpp"
#include "cli/secret_input.hpp"
#include "cli/standard_streams.hpp"
#include "cli/text.hpp"
#include "crypto/secret.hpp"

namespace faceki::cli {

namespace {

constexpr const char* unread_answer = ": a token request had been sent, it may be billed all the same";

struct answer {
    access_token token;
    failure problem; ///< its code is empty if there is a token
};

void write_log(log_level level, std::string_view text)
{
    std::string line = "faceki: ";
    line.append(name_of(level)).append(": ").append(printable(text)).append("\n");
    write_all(STDERR_FILENO, line);
}

/// Waits for the token or a signal, whichever comes first.
answer fetch(const client_config& config, wait_limit limit, interrupts& signals)
{
    answer result;
    asio::io_context io(1);
    client tokens(io.get_executor(), config);
    asio::posix::stream_descriptor signalled(io, ::dup(signals.descriptor()));
    std::string interruption;
    signalled.async_wait(asio::posix::stream_descriptor::wait_read, [&](error_code failed) {
        if (failed)
            return;
        interruption = std::string("interrupted by ") + name_of_signal(signals.take());
        if (tokens.close().request_dropped)
            interruption += unread_answer;
    });
    tokens.async_token(result.problem.details, limit, [&](error_code failed, access_token token) {
        result.problem.code = failed;
        result.token = std::move(token);
        io.stop();
    });
    io.run();
    result.problem.requests_sent = tokens.stats().requests_sent;
    if (!interruption.empty())
        result.problem.details.message = interruption;
    return result;
}

std::string utc(std::chrono::system_clock::time_point when)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32] = "";
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

void append_json(std::string& out, const answer& good)
{
    using std::chrono::seconds;
    const auto left = good.token.use_until() - boot_clock::now();
    // Rounded down: at that second or later nobody should use it.
    const auto end = std::chrono::floor<seconds>(std::chrono::system_clock::now() + left);
    out += R"({"access_token":)";
    append_json_string(out, good.token.value());
    out += R"(,"token_type":"Bearer","expires_in":)" +
           std::to_string(std::chrono::floor<seconds>(good.token.expires_in()).count());
    out += R"(,"expires_at":)";
    append_json_string(out, utc(end));
    out += R"(,"expires_at_epoch":)" + std::to_string(end.time_since_epoch().count());
    out += R"(,"requests_sent":)" + std::to_string(good.problem.requests_sent) + "}";
}

/// A stdout that does not take the token is trouble of the caller's making: setup, told as such.
failure broken_stdout(std::error_code why, std::uint64_t requests_sent)
{
    failure problem;
    problem.code = errc::invalid_config;
    problem.details.message = "stdout cannot be written to: " + why.message();
    problem.details.message +=
        requests_sent == 0 ? "; no token was requested" : "; the token was received, may be billed, and is lost";
    problem.requests_sent = requests_sent;
    return problem;
}

failure print(token_format format, const answer& good)
{
    crypto::scoped_secret out{std::string()};
    std::string& text = *out;
    text.reserve(6 * good.token.value().size() + 256); // even if each character is escaped: it never grows
    switch (format) {
    case token_format::bare:
        text += good.token.value();
        break;
    case token_format::header:
        text.append("Authorization: ").append(good.token.authorization());
        break;
    case token_format::json:
        append_json(text, good);
        break;
    }
    text += '\n';
    if (const auto failed = write_all(STDOUT_FILENO, text))
        return broken_stdout(failed, good.problem.requests_sent);
    return {};
}

/// What all of it comes to; no code = the token is on stdout.
failure get_and_print(const token_command& options)
{
    const auto started = boot_clock::now();
    // Before a request is paid for.
    if (const auto failed = probe_output(STDOUT_FILENO))
        return broken_stdout(failed, 0);
    answer result;
    {
        interrupts signals;
        patience wait{std::nullopt, signals};
        if (options.timeout)
            wait.until = started + *options.timeout;

        client_config config;
        config.credentials = read_credentials(options.secret_file, wait);
        if (!options.base_url.empty())
            config.base_url = options.base_url;
        config.allow_http_on_loopback = options.allow_http_on_loopback;
        config.tls.ca_file = options.ca_file;
        config.retry.max_attempts = options.attempts;
        if (options.log != log_level::off)
            config.log = write_log;
        config.log_level = options.log;
        wait_limit limit;
        if (wait.until) {
            using std::chrono::milliseconds;
            const auto left = std::chrono::ceil<milliseconds>(*wait.until - boot_clock::now());
            config.limits.flight_deadline = std::max(left, milliseconds{1});
            limit = within(config.limits.flight_deadline);
        }
        result = fetch(config, limit, signals);
        if (result.problem.code == errc::timed_out && wait.until && boot_clock::now() >= *wait.until)
            result.problem.details.message =
                "no token within --timeout" + std::string(result.problem.requests_sent != 0 ? unread_answer : "");
    }
    if (result.problem.code)
        return result.problem;
    return print(options.format, result);
}

failure try_everything(const token_command& options)
{
    failure problem;
    try {
        return get_and_print(options);
    } catch (const token_error& e) {
        problem.code = e.code();
        problem.details = e.diagnostics();
    } catch (const std::system_error& e) {
        problem.code = e.code();
    } catch (const std::bad_alloc&) {
        problem.code = std::make_error_code(std::errc::not_enough_memory);
    }
    return problem;
}

} // namespace

int token_command::run() const
{
    const failure problem = try_everything(*this);
    if (problem.code) {
        std::string report = human_lines(problem, boot_clock::now());
        if (format == token_format::json)
            report += json_line(problem);
        write_all(STDERR_FILENO, report);
    }
    return static_cast<int>(exit_code_of(problem.code));
}

} // namespace faceki::cli
