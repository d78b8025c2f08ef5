// Both forms are made of the code and its diagnostics, which hold no secret.
#include "cli/error_report.hpp"

#include <chrono>

#include "cli/exit_code.hpp"
#include "cli/text.hpp"

namespace faceki::cli {
namespace {

constexpr struct {
    condition value;
    std::string_view name;
} conditions[] = {{condition::transient, "transient"},
                  {condition::permanent, "permanent"},
                  {condition::auth, "auth"},
                  {condition::network, "network"},
                  {condition::protocol, "protocol"}};

std::string message_of(const failure& what)
{
    return printable(what.details.message.empty() ? what.code.message() : what.details.message);
}

void append_line(std::string& out, std::string_view text)
{
    out.append("faceki: ").append(text).append("\n");
}

} // namespace

std::string_view code_name(std::error_code code) noexcept
{
    if (code.category() == error_category())
        return name_of(static_cast<errc>(code.value()));
    if (is_cancellation(code))
        return "operation_aborted";
    if (code == std::errc::not_enough_memory)
        return "not_enough_memory";
    return "system_error";
}

std::string human_lines(const failure& what, boot_clock::time_point now)
{
    std::string out;
    append_line(out, message_of(what));
    if (!what.details.server_message.empty())
        append_line(out, "the server says: \"" + printable(what.details.server_message) + '"');
    if (what.code == condition::transient) {
        std::string advice = "this may succeed later";
        if (what.details.retry_at && *what.details.retry_at > now) {
            const auto wait = std::chrono::ceil<std::chrono::seconds>(*what.details.retry_at - now);
            advice += ": try again in " + std::to_string(wait.count()) + " s";
        }
        append_line(out, advice);
    }
    return out;
}

std::string json_line(const failure& what)
{
    std::string out = R"({"error":{"code":)";
    append_json_string(out, code_name(what.code));
    out += R"(,"conditions":[)";
    bool first = true;
    for (const auto& [value, name] : conditions) {
        if (what.code != value)
            continue;
        if (!first)
            out += ',';
        first = false;
        append_json_string(out, name);
    }
    out += R"(],"message":)";
    append_json_string(out, message_of(what));
    out += R"(,"http_status":)";
    out += what.details.http_status != 0 ? std::to_string(what.details.http_status) : "null";
    out += R"(,"retryable":)";
    out += what.code == condition::transient ? "true" : "false";
    out += R"(,"requests_sent":)" + std::to_string(what.requests_sent) + "}}\n";
    return out;
}

} // namespace faceki::cli
