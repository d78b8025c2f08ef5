// Names for the table, and the pairs that cannot occur.
#include "model/pure_events.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "model/pure_run.hpp"

namespace faceki::model {
namespace {

constexpr std::array<std::string_view, pure_events> event_names{
    "call",           "call with limit", "cancel",          "peek",       "invalidate",    "invalidate if renewable",
    "invalidate old", "renew early",     "set credentials", "keep fresh", "no more fresh", "close",
    "send",           "receive",         "grant",           "grant dead", "not sent",      "no answer",
    "server error",   "Retry-After",     "malformed",       "rejected",   "next attempt",  "older token",
    "older failure",  "a moment",        "to an instant",   "suspend",    "wall jump",     "alarm",
    "quiet alarm",    "limits end",      "settle"};

constexpr std::array<std::string_view, pure_stands> stand_names{
    "empty",     "cooling",    "blocked", "forced lim", "fly alone", "flying",   "pausing",   "live",
    "live cool", "live block", "gap",     "gap refuse", "due",       "renewing", "renew gap", "closed"};

} // namespace

std::string_view name_of(pure_event event) noexcept
{
    return event_names[static_cast<std::size_t>(event)];
}

std::string_view name_of(pure_stand stand) noexcept
{
    return stand_names[static_cast<std::size_t>(stand)];
}

coverage pure_coverage()
{
    coverage table("pure machine", {stand_names.begin(), stand_names.end()}, {event_names.begin(), event_names.end()});
    const auto never = [&](pure_event event, std::initializer_list<pure_stand> but_in, std::string_view why) {
        for (std::size_t s = 0; s < pure_stands; ++s)
            if (std::find(but_in.begin(), but_in.end(), static_cast<pure_stand>(s)) == but_in.end())
                table.declare_unreachable(s, static_cast<std::size_t>(event), why);
    };
    using enum pure_stand;
    for (std::size_t e = static_cast<std::size_t>(pure_event::send);
         e <= static_cast<std::size_t>(pure_event::rejected); ++e)
        never(static_cast<pure_event>(e), {flying_alone, flying, renewing, renewing_in_gap}, "no attempt is out");
    never(pure_event::next_attempt, {pausing}, "no attempt has failed and will be followed by another");
    for (const pure_event event : {pure_event::cancel, pure_event::limits_end})
        never(event, {flying, pausing, gap, due, renewing_in_gap},
              "nobody waits: a token is handed out at once, and where nothing is to come calls are refused");
    for (const pure_event event : {pure_event::invalidate_current, pure_event::invalidate_if_renewable})
        for (const pure_stand stand : {forced_limit, closed})
            table.declare_unreachable(static_cast<std::size_t>(stand), static_cast<std::size_t>(event),
                                      "the token was dropped");
    return table;
}

} // namespace faceki::model
