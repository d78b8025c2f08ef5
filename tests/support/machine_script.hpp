// Scripts for the token machine: event and time in, expected decision out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "core/token_machine.hpp"
#include "support/print.hpp"

namespace faceki::core::test {

using namespace std::chrono_literals;
using faceki::flight_cause;

inline const instant start{1000h};

/// What happens to a machine at `at` after the start; each kind is one function of token_machine.
struct event {
    enum kind {
        call,
        wake,
        wake_waiting,
        granted,
        failed,
        rejected,
        invalidated,
        not_invalidated,
        credentials,
        credentials_waiting,
        closed
    };
    kind what;
    std::uint64_t flight = 0;
    duration lifetime{3600s};
};

struct step {
    std::string_view sentence;
    duration at;
    event what;
    decision expected{};
};

inline constexpr double middle = 0.5; // no spread

/// Rows that are not about causes do not name them.
inline decision without_cause(decision d)
{
    d.cause = flight_cause::cold;
    return d;
}

inline decision apply(token_machine& machine, const step& s)
{
    const instant now = start + s.at;
    switch (s.what.what) {
    case event::call:
        return machine.on_call(now);
    case event::wake:
        return machine.on_wake(now, false, middle);
    case event::wake_waiting:
        return machine.on_wake(now, true, middle);
    case event::granted:
        return machine.on_granted(s.what.flight, now, now, s.what.lifetime, now, middle);
    case event::failed:
        return machine.on_failed(s.what.flight, failure::other, now, middle);
    case event::rejected:
        return machine.on_failed(s.what.flight, failure::rejected, now, middle);
    case event::invalidated:
        BOOST_TEST(machine.on_invalidated(now));
        return {};
    case event::not_invalidated:
        BOOST_TEST(!machine.on_invalidated(now));
        return {};
    case event::credentials:
        return machine.on_new_credentials(now, false);
    case event::credentials_waiting:
        return machine.on_new_credentials(now, true);
    case event::closed:
        machine.on_closed();
        return {};
    }
    return {};
}

inline token_machine play(const std::vector<step>& steps, const machine_policy& policy = {})
{
    token_machine machine(policy);
    for (const step& s : steps)
        BOOST_TEST_CONTEXT(s.sentence)
        {
            BOOST_TEST(without_cause(apply(machine, s)) == s.expected);
        }
    return machine;
}

inline decision depart(std::uint64_t n, flight_cause cause = flight_cause::cold)
{
    return {.what = action::depart, .flight = n, .cause = cause};
}
inline decision join(std::uint64_t n)
{
    return {.what = action::join, .flight = n};
}
inline decision publish(std::uint64_t n)
{
    return {.what = action::publish, .flight = n};
}
inline decision fail(std::uint64_t n, duration retry)
{
    return {.what = action::fail, .flight = n, .retry_at = start + retry};
}
inline decision refuse(duration retry)
{
    return {.what = action::refuse, .retry_at = start + retry};
}
inline decision refuse_early(duration retry)
{
    return {.what = action::refuse_early, .retry_at = start + retry};
}
inline const decision nothing{};
inline const decision serve{.what = action::serve};
inline const decision wait_in_gap{.what = action::join};

} // namespace faceki::core::test
