// One line per event, in our words; the server's own words stand in quotes, escaped and redacted by wire/ already.
#include "refresh/announcer.hpp"

#include <string>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

namespace {

std::string in_milliseconds(std::chrono::nanoseconds span)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(span).count()) + " ms";
}

std::string flight_name(std::uint64_t number)
{
    return "flight " + std::to_string(number);
}

std::string failure_text(const error_code& code, const diagnostics& details)
{
    std::string text =
        code.category() == error_category() ? std::string(name_of(static_cast<errc>(code.value()))) : code.message();
    text += ": " + details.message;
    if (details.http_status != 0)
        text += " (HTTP " + std::to_string(details.http_status) + ")";
    if (!details.server_message.empty())
        text += ", the server says \"" + details.server_message + "\"";
    return text;
}

} // namespace

void announcer::flight_starts(const flight_started& event) const noexcept
{
    log_(log_level::info, [&] {
        return flight_name(event.flight) + " started (" + std::string(name_of(event.cause)) + "), " +
               std::to_string(event.waiting) + " waiting";
    });
    tell([&](faceki::observer& o) { o.on_flight_started(event); });
}

void announcer::flight_ends(const flight_finished& event) const noexcept
{
    if (event.error)
        log_(log_level::error, [&] {
            return flight_name(event.flight) + " failed after " + in_milliseconds(event.took) + ": " +
                   failure_text(event.error, event.details) + "; next attempt in " + in_milliseconds(event.cool_down) +
                   " at the earliest";
        });
    else
        log_(log_level::info, [&] {
            return flight_name(event.flight) + " brought a token after " + in_milliseconds(event.took) + ", good for " +
                   in_milliseconds(event.lifetime);
        });
    log_(log_level::trace, [&] {
        return flight_name(event.flight) + ": its outcome goes to " + std::to_string(event.waiters) + " waiters";
    });
    tell([&](faceki::observer& o) { o.on_flight_finished(event); });
}

void announcer::retries(std::uint64_t flight, const outcome& failed, std::chrono::nanoseconds pause) const noexcept
{
    log_(log_level::info, [&] {
        return flight_name(flight) + ", attempt " + std::to_string(failed.details.attempt) +
               " failed: " + failure_text(failed.error, failed.details) + "; the next one follows in " +
               in_milliseconds(pause);
    });
    tell([&](faceki::observer& o) { o.on_retry(flight, failed.error, failed.details, pause); });
}

void announcer::own_limits_passed(std::size_t count) const noexcept
{
    log_(log_level::trace,
         [&] { return std::to_string(count) + " waiters left by a limit of their own; the flight goes on"; });
}

void announcer::token_rejected() const noexcept
{
    log_(log_level::error, [] { return std::string("the API rejected the token: it is used no more"); });
    tell([](faceki::observer& o) { o.on_token_rejected(); });
}

void announcer::credentials_changed() const noexcept
{
    log_(log_level::info,
         [] { return std::string("new credentials: token, flight and remembered failures are gone"); });
}

void announcer::budget(const budget_event& event) const noexcept
{
    log_(log_level::error, [&] {
        return std::to_string(event.last_hour) + " requests in the last hour, " + std::to_string(event.today) +
               " today: " +
               (event.exhausted ? "a hard limit of the budget is reached" : "past a soft limit of the budget");
    });
    tell([&](faceki::observer& o) { o.on_budget(event); });
}

void announcer::prewarmed(std::error_code error) const noexcept
{
    log_(log_level::trace, [&] {
        return error ? "no connection could be made ready: " + error.message()
                     : std::string("a connection is ready for the next request");
    });
    tell([&](faceki::observer& o) { o.on_prewarmed(error); });
}

void announcer::closed(const close_report& report) const noexcept
{
    log_(log_level::info, [&] {
        return "closed: " + std::to_string(report.waiters_aborted) + " waiters aborted" +
               (report.request_dropped ? ", a sent request dropped (it may be billed)" : "");
    });
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
