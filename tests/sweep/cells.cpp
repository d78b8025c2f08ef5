// Playing a cell, and comparing what came of it with what its row promises.
#include "sweep/cells.hpp"

#include <sstream>
#include <tuple>

#include <openssl/err.h>

namespace faceki_test::sweep {
namespace {

using namespace std::chrono_literals;
using faceki::errc;

/// The time the diagnostics put down to the step where the attempt waited.
duration time_in_step(const fault& meets, const faceki::phase_times& phases)
{
    if (meets.what == fault::kind::lookup_hangs)
        return phases.dns;
    switch (meets.how.at) {
    case stop_at::backlog:
        return phases.connect;
    case stop_at::hello:
    case stop_at::half_flight:
        return phases.tls;
    default:
        return phases.server;
    }
}

/// An attempt that nothing but the clock ends: to its alarm, 1 ms less at first.
template <class Ended>
void wait_for_the_limit(rig& r, const Ended& ended, observed& seen)
{
    r.until_at_the_step();
    const duration limit = r.next_alarm();
    seen.limits.push_back(limit);
    if (limit <= 1ms)
        throw std::logic_error("no alarm is armed");
    r.pass(limit - 1ms);
    seen.waited = seen.waited && !ended();
    r.pass(1ms);
    seen.on_time = seen.on_time && ended();
}

void call_during_the_cool_down(rig& r, const call& failed, observed& seen)
{
    const auto before = r.client().stats().requests_sent;
    const auto refused = r.ask();
    r.settle();
    seen.refused_alike = refused->done && refused->error == failed.error &&
                         refused->details.retry_at == failed.details.retry_at && r.client().stats().refused == 1;
    seen.requests_refused = static_cast<int>(r.client().stats().requests_sent - before);
}

void call_after_the_cool_down(rig& r, observed& seen)
{
    const auto before = r.client().stats().requests_sent;
    const auto next = r.ask();
    r.until([&] { return next->done; }, "the next call ends");
    seen.next_call_works = !next->error && next->token && r.client().peek();
    seen.next_requests = static_cast<int>(r.client().stats().requests_sent - before);
    seen.next_at_endpoint = static_cast<int>(r.mock().requests());
    seen.next_connections = static_cast<int>(r.mock().accepted());
}

std::ostream& operator<<(std::ostream& out, const cause& c)
{
    return c.category.empty() ? out << "none" : out << c.category << ' ' << c.value;
}

class comparison {
public:
    template <class T, class U>
    void same(const char* what, const T& expected, const U& was)
    {
        if (expected == was)
            return;
        std::ostringstream text;
        text << what << ": " << expected << " expected, was " << was;
        found.push_back(text.str());
    }
    void holds(const char* what, bool held)
    {
        if (!held)
            found.emplace_back(what);
    }

    std::vector<std::string> found;
};

const char* name_of(faceki::failure_kind kind)
{
    static constexpr const char* names[] = {"none", "not_sent", "sent_no_answer", "answered"};
    return names[static_cast<int>(kind)];
}

std::int64_t in_ms(duration d)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

} // namespace

cause cause_of(const std::error_code& code)
{
    if (!code)
        return {};
    const bool packed = code.category().name() == std::string_view("openssl");
    const auto bits = static_cast<unsigned long>(static_cast<unsigned int>(code.value()));
    return {code.category().name(), packed ? ERR_GET_REASON(bits) : code.value()};
}

observed observe(const cell& row, int max_attempts, int newest_tls)
{
    fault meets = row.meets;
    meets.how.newest_tls = newest_tls;
    faceki::client_config config;
    config.retry.max_attempts = max_attempts;
    rig r(config, row.meets.needs_long_request());
    observed seen;
    r.lead_to(meets);
    const time_point begin = r.now();
    const auto c = r.ask();
    for (std::uint64_t attempt = 1;; ++attempt) {
        const auto ended = [&] { return c->done || r.client().stats().retries >= attempt; };
        if (row.meets.silent())
            wait_for_the_limit(r, ended, seen);
        r.until(ended, "the attempt ends");
        if (c->done)
            break;
        seen.pauses.push_back(r.pause_before(meets));
    }
    const faceki::stats stats = r.client().stats();
    const faceki::diagnostics& details = c->details;
    seen.error = c->error;
    seen.why = cause_of(details.cause);
    seen.kind = details.kind;
    seen.status = details.http_status;
    seen.message = details.message;
    seen.attempts = details.attempt;
    seen.requests_told = details.requests_sent;
    seen.requests = static_cast<int>(stats.requests_sent);
    seen.flights = stats.flights;
    seen.retries = stats.retries;
    seen.took = c->ended - begin;
    if (row.meets.silent())
        seen.in_step = time_in_step(row.meets, details.phases) == seen.limits.back();
    if (row.meets.how.at == stop_at::request) // else the kernels took all of it, and the answer was waited for
        seen.in_step = seen.in_step && r.lines_with("request sent") == 0;
    seen.cool_down = details.retry_at.value_or(c->ended) - c->ended;

    r.lead_to({});
    r.pass(std::max(seen.cool_down - 1ms, duration{0}));
    call_during_the_cool_down(r, *c, seen);
    r.pass(1ms);
    seen.whole = r.requests_at_peers();
    call_after_the_cool_down(r, seen);
    r.client().close();
    r.until_at_rest();
    r.until([&] { return r.open_at_peers() == 0 || row.meets.how.at == stop_at::request; },
            "its connections are closed");
    return seen;
}

std::vector<std::string> differences(const cell& row, int max_attempts, const observed& seen)
{
    comparison c;
    const int attempts = max_attempts == 1 ? 1 : row.attempts_of_3;
    c.same("error", make_error_code(row.error).message(), seen.error.message());
    c.same("cause", row.why, seen.why);
    c.same("kind", std::string_view(name_of(row.kind)), std::string_view(name_of(seen.kind)));
    c.same("HTTP status", row.status, seen.status);
    c.holds("the message is empty", !seen.message.empty());
    c.same("attempts", attempts, seen.attempts);
    c.same("flights", 1U, seen.flights);
    c.same("retries", static_cast<unsigned>(attempts - 1), seen.retries);
    c.same("requests by diagnostics()", attempts * row.requests, seen.requests_told);
    c.same("requests by stats()", attempts * row.requests, seen.requests);
    c.same("whole requests at the endpoint", attempts * row.whole, seen.whole);

    const std::vector<duration> limits(row.limit > 0s ? static_cast<std::size_t>(attempts) : 0, row.limit);
    c.holds("the attempts' limits are not the documented one", limits == seen.limits);
    const std::string_view words = row.limit == 5s ? "within limits.connect_timeout" : "within limits.attempt_timeout";
    c.holds("the message does not name the limit", limits.empty() || seen.message.find(words) != std::string::npos);
    c.holds("an attempt had ended 1 ms before its limit", seen.waited);
    c.holds("an attempt had not ended at its limit", seen.on_time);
    c.holds("an attempt waited in another step than this one", seen.in_step);
    duration clock{};
    for (const duration limit : limits)
        clock += limit;
    duration most = 1s; // full jitter: up to 1 s, then up to 2 s
    c.same("pauses", static_cast<std::size_t>(attempts - 1), seen.pauses.size());
    for (const duration pause : seen.pauses) {
        c.holds("a pause is not within the back-off", pause >= 0s && pause < most);
        clock += pause;
        most *= 2;
    }
    c.same("virtual time from the call to its end, in ms", in_ms(clock), in_ms(seen.took));

    c.holds("the cool-down is shorter than documented", seen.cool_down >= row.cool_down_from);
    c.holds("the cool-down is longer than documented", seen.cool_down <= row.cool_down_to);
    c.holds("1 ms before retry_at a call did not get the same error at once", seen.refused_alike);
    c.same("requests of a call in the cool-down", 0, seen.requests_refused);
    c.holds("the next call did not work", seen.next_call_works);
    c.same("requests of the next call", 1, seen.next_requests);
    c.same("requests of the next call at the endpoint", 1, seen.next_at_endpoint);
    c.same("connections of the next call", 1, seen.next_connections);
    return c.found;
}

std::string to_text(const cell& row, int max_attempts, const observed& seen)
{
    std::ostringstream text;
    const auto column = [&text](std::string_view words, std::size_t width) {
        text << words << std::string(words.size() < width ? width - words.size() : 0, ' ') << ' ';
    };
    std::ostringstream why;
    why << seen.why;
    column(row.step, 9);
    column(row.way, 7);
    column(row.how, 28);
    column(max_attempts == 1 ? "1:" : "3:", 2);
    const bool named = seen.error.category() == faceki::error_category();
    column(named ? faceki::name_of(static_cast<errc>(seen.error.value())) : seen.error.message(), 20);
    column(why.str(), 14);
    column(name_of(seen.kind), 14);
    column(std::to_string(seen.status), 3);
    text << "attempts " << seen.attempts << ", requests " << seen.requests << " (whole at the endpoint " << seen.whole
         << "), each ";
    if (seen.limits.empty())
        text << "by itself";
    else
        text << "at " << in_ms(seen.limits.front()) << " ms";
    text << ", cool-down " << in_ms(seen.cool_down) << " ms, next " << (seen.next_call_works ? "works" : "FAILS");
    return text.str();
}

} // namespace faceki_test::sweep
