// What a random schedule is made of: the settings of an episode, and its steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/judge.hpp"

namespace faceki::model {

enum class step_kind : std::uint8_t {
    call,                ///< async_token() on one of the contexts
    call_within,         ///< the same with a limit of the caller's own
    call_coroutine,      ///< a coroutine that awaits try_token()
    cancel,              ///< one caller that has not completed leaves
    run_one,             ///< one ready handler, of the context that is chosen
    run_all,             ///< every ready handler
    pass_little,         ///< time passes: up to two seconds
    pass_to_alarm,       ///< time passes until the next alarm is due
    pass_to_landmark,    ///< time passes to a deadline of the token or of the flight, or one tick beside it
    pass_far,            ///< suspend: minutes or days in one leap
    jump_wall,           ///< wall time leaps by a day or less, to and fro
    peek,                ///< peek()
    invalidate_current,  ///< invalidate() with the last token anybody got
    invalidate_old,      ///< invalidate() with an earlier one
    renew_early,         ///< renew_early()
    set_credentials,     ///< set_credentials()
    keep_fresh,          ///< keep_fresh(): one handle more
    keep_fresh_ends,     ///< one handle less
    reply,               ///< the answer arrives that a request has waited for
    close,               ///< close()
    async_close,         ///< async_close()
    destroy,             ///< the client is destroyed, whoever waits
    context_dies,        ///< a context of callers is destroyed
    client_context_dies, ///< the client's own context is destroyed
    restart,             ///< this client comes to its end, and a new one takes its place
};
inline constexpr std::size_t step_kinds = 25;
inline constexpr std::size_t counted_step_kinds = 24; ///< all but restart

std::string_view name_of(step_kind) noexcept;

/// `a` and `b` are taken modulo what there is when the step is played: any sub-sequence of a schedule is one too.
struct step {
    step_kind what{};
    std::uint32_t a = 0;
    std::uint64_t b = 0;
};
std::string to_text(const step&);

/// How the token endpoint behaves; a number is a weight.
struct endpoint_mood {
    std::uint32_t grants = 8;
    std::uint32_t dead_grants = 0; ///< expires_in of 0 or less
    std::uint32_t reissues = 0;    ///< the last token once more
    std::uint32_t not_sent = 1;    ///< nothing left
    std::uint32_t lost = 1;        ///< sent, no answer
    std::uint32_t refused = 1;     ///< an answer with a status
    std::uint32_t rejected = 0;    ///< the credentials are wrong
    std::uint32_t throws = 0;
    std::uint32_t stubborn = 0; ///< out of 100 requests ignore their cancellation
    std::uint32_t held = 20;    ///< out of 100 wait for the step `reply`
    std::uint32_t yields = 50;  ///< out of 100 that ignored their cancellation end by it all the same, only late
    bool lingering = false; ///< instead: every fourth request, from the first on, is stubborn and held; no other one is
    duration latency{0};    ///< of most requests, at most
    duration lifetime{0};   ///< of most tokens, at most
};

/// A fault that is planted to see whether it is found.
enum class plant : std::uint8_t { none, early, twice, dead };

struct settings {
    std::uint64_t seed = 0;
    bool whole_client = false;  ///< faceki::client instead of faceki::refresher
    bool long_lived = false;    ///< clients are closed seldom
    std::uint32_t contexts = 1; ///< of callers, beside the client's own
    bool in_order = false;      ///< handlers run first in, first out
    rules told;
    endpoint_mood mood;
    plant fault = plant::none;
};

settings settings_of(std::uint64_t seed, plant fault);
std::string to_text(const settings&);

} // namespace faceki::model
