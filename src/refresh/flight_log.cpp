// One line per event, in our words; the server's own words stand in quotes, escaped and redacted by wire/ already.
#include "refresh/flight_log.hpp"

#include <string>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

namespace {

std::string in_milliseconds(std::chrono::nanoseconds span)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(span).count()) + " ms";
}

std::string name_of_code(const error_code& code)
{
    if (code.category() == error_category())
        return std::string(name_of(static_cast<errc>(code.value())));
    return code.message();
}

std::string failure_text(const outcome& how)
{
    const diagnostics& details = how.details;
    std::string text = name_of_code(how.error) + ": " + details.message;
    if (details.http_status != 0)
        text += " (HTTP " + std::to_string(details.http_status) + ")";
    if (!details.server_message.empty())
        text += ", the server says \"" + details.server_message + "\"";
    return text;
}

} // namespace

void flight_log::flight_started(std::uint64_t number, std::size_t waiting) const noexcept
{
    log_(log_level::info,
         [&] { return "flight " + std::to_string(number) + " started, " + std::to_string(waiting) + " waiting"; });
}

void flight_log::flight_ended(std::uint64_t number, const outcome& how, std::chrono::nanoseconds took,
                              std::chrono::nanoseconds until_retry) const noexcept
{
    if (how.error)
        log_(log_level::error, [&] {
            return "flight " + std::to_string(number) + " failed after " + in_milliseconds(took) + ": " +
                   failure_text(how) + "; next attempt in " + in_milliseconds(until_retry) + " at the earliest";
        });
    else
        log_(log_level::info, [&] {
            return "flight " + std::to_string(number) + " brought a token after " + in_milliseconds(took) +
                   ", good for " + in_milliseconds(how.token.expires_in());
        });
}

void flight_log::waiters_served(std::uint64_t number, std::size_t count) const noexcept
{
    log_(log_level::trace, [&] {
        return "flight " + std::to_string(number) + ": its outcome goes to " + std::to_string(count) + " waiters";
    });
}

void flight_log::own_limit_passed(std::size_t count) const noexcept
{
    log_(log_level::trace,
         [&] { return std::to_string(count) + " waiters left by a limit of their own; the flight goes on"; });
}

void flight_log::token_rejected() const noexcept
{
    log_(log_level::error, [] { return std::string("the API rejected the token: it is used no more"); });
}

void flight_log::credentials_changed() const noexcept
{
    log_(log_level::info,
         [] { return std::string("new credentials: token, flight and remembered failures are gone"); });
}

void flight_log::closed(const close_report& report) const noexcept
{
    log_(log_level::info, [&] {
        return "closed: " + std::to_string(report.waiters_aborted) + " waiters aborted" +
               (report.request_dropped ? ", a sent request dropped (it may be billed)" : "");
    });
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
