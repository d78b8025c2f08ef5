// Facts as text, and the hash of a run.
#include "model/event_log.hpp"

#include <algorithm>
#include <sstream>

namespace faceki::model {
namespace {

constexpr std::string_view kind_names[] = {"asked",
                                           "cancelled",
                                           "answered",
                                           "dropped",
                                           "peeked",
                                           "invalidated",
                                           "renewed_early",
                                           "credentials_set",
                                           "kept_fresh",
                                           "closed",
                                           "rested",
                                           "context_died",
                                           "flight_started",
                                           "request_began",
                                           "request_sent",
                                           "response_received",
                                           "request_cancelled",
                                           "request_ended",
                                           "retry_planned",
                                           "flight_ended",
                                           "limits_passed",
                                           "turned_away",
                                           "warm_up_began",
                                           "warm_up_ended",
                                           "wall_jumped",
                                           "quiet"};
static_assert(std::size(kind_names) == static_cast<std::size_t>(fact_kind::quiet) + 1);

/// "1.5 s", exact to the nanosecond.
std::string span_text(duration span)
{
    std::ostringstream out;
    const auto count = span.count();
    if (count % 1'000'000 == 0)
        out << count / 1'000'000 << " ms";
    else
        out << count << " ns";
    return out.str();
}

class line {
public:
    line(std::string_view first) { text_ << first; }
    template <class T>
    line& field(std::string_view name, const T& value)
    {
        text_ << ' ' << name << '=' << value;
        return *this;
    }
    template <class T>
    line& number(std::string_view name, const T& value)
    {
        return value == T{} ? *this : field(name, value);
    }
    std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
};

} // namespace

std::string_view name_of(fact_kind kind) noexcept
{
    return kind_names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(fate f) noexcept
{
    switch (f) {
    case fate::hit:
        return "hit";
    case fate::waits:
        return "waits";
    case fate::refused:
        return "refused";
    }
    return "?";
}

std::string to_text(const fact& f, instant start)
{
    line l(span_text(f.at - start));
    l.field("", name_of(f.what));
    l.number("waiter", f.waiter).number("request", f.request).number("flight", f.flight).number("token", f.token);
    l.number("context", f.context).number("generation", f.generation).number("count", f.count);
    l.number("attempts", f.attempts).number("requests", f.requests).number("status", f.http_status);
    if (f.what == fact_kind::asked)
        l.field("fate", name_of(f.fate));
    if (f.what == fact_kind::flight_started || f.what == fact_kind::flight_ended)
        l.field("cause", faceki::name_of(f.cause));
    if (f.truth)
        l.field("truth", "yes");
    if (f.until)
        l.field("until", span_text(*f.until - start));
    if (f.deadline != instant{})
        l.field("deadline", span_text(f.deadline - start));
    if (f.expires_in != duration{})
        l.field("expires_in", span_text(f.expires_in));
    if (f.error)
        l.field("error", f.error.message()).field("kind", static_cast<int>(f.kind));
    if (f.retry_after)
        l.field("retry_after", span_text(*f.retry_after));
    if (f.pause != duration{})
        l.field("pause", span_text(f.pause));
    if (f.retry_at)
        l.field("retry_at", span_text(*f.retry_at - start));
    return l.text();
}

void event_log::note(fact f)
{
    std::tie(f.at, f.wall) = time_();
    ++size_;
    mix(static_cast<std::uint64_t>(f.what) | std::uint64_t{f.truth} << 8 | static_cast<std::uint64_t>(f.fate) << 9 |
        static_cast<std::uint64_t>(f.cause) << 12 | static_cast<std::uint64_t>(f.kind) << 16 |
        static_cast<std::uint64_t>(f.error.value()) << 20);
    mix(static_cast<std::uint64_t>(f.at.time_since_epoch().count()));
    mix(static_cast<std::uint64_t>(f.wall.time_since_epoch().count()));
    mix(std::uint64_t{f.waiter} << 32 | f.request);
    mix(std::uint64_t{f.token} << 32 | f.context);
    mix(f.flight << 32 ^ f.generation ^ f.count << 16);
    mix(static_cast<std::uint64_t>(f.pause.count()) ^ static_cast<std::uint64_t>(f.expires_in.count()) << 1);
    mix(static_cast<std::uint64_t>(f.retry_at.value_or(instant{}).time_since_epoch().count()));
    next_(f);
}

/// FNV-1a, a word at a time, and a rotation so that high bits reach low ones.
void event_log::mix(std::uint64_t value) noexcept
{
    hash_ = (hash_ ^ value) * 1099511628211U;
    hash_ ^= hash_ >> 29;
}

} // namespace faceki::model
