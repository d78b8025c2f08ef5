// What can happen in a small world, in words.
#include <array>

#include "model/exhaustive_events.hpp"

namespace faceki::model {

std::string_view name_of(small_event event) noexcept
{
    static constexpr std::array<std::string_view, small_events> names{"a tick passes",
                                                                      "the alarm rings",
                                                                      "the quiet alarm rings, unused",
                                                                      "the quiet alarm rings, used",
                                                                      "a call",
                                                                      "a call with a limit of one tick",
                                                                      "a waiter without a limit is cancelled",
                                                                      "a waiter with a limit is cancelled",
                                                                      "a waiter beyond its limit is cancelled",
                                                                      "limits end",
                                                                      "token A at once",
                                                                      "token B at once",
                                                                      "token A slowly",
                                                                      "token B slowly",
                                                                      "token A, answered long ago",
                                                                      "token B, answered long ago",
                                                                      "a token of no lifetime",
                                                                      "the flight fails",
                                                                      "the flight fails, Retry-After",
                                                                      "the credentials are rejected",
                                                                      "the credentials are rejected, Retry-After",
                                                                      "an older flight's token",
                                                                      "an older flight's failure",
                                                                      "invalidate(A)",
                                                                      "invalidate(B)",
                                                                      "renew_early()",
                                                                      "set_credentials()",
                                                                      "the budget is used up",
                                                                      "the budget is free",
                                                                      "keep_fresh()",
                                                                      "keep_fresh() ends",
                                                                      "close()"};
    return names[static_cast<std::size_t>(event)];
}

} // namespace faceki::model
