// The life of a token as tables: event and time in, one decision out, every decision compared with ==.
#include <sstream>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "core/token_machine.hpp"
#include "support/print.hpp"

using namespace std::chrono_literals;
using namespace faceki::core;

namespace {

const instant start{1000h};

/// What happens to a machine at `at` after the start; each kind is one function of token_machine.
struct event {
    enum kind { call, wake, wake_waiting, granted, failed, rejected, invalidated, not_invalidated, credentials, credentials_waiting, closed };
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

constexpr double middle = 0.5; // no spread

decision apply(token_machine& machine, const step& s)
{
    const instant now = start + s.at;
    switch (s.what.what) {
    case event::call: return machine.on_call(now);
    case event::wake: return machine.on_wake(now, false, middle);
    case event::wake_waiting: return machine.on_wake(now, true, middle);
    case event::granted: return machine.on_granted(s.what.flight, now, now, s.what.lifetime, now, middle);
    case event::failed: return machine.on_failed(s.what.flight, failure::other, now, middle);
    case event::rejected: return machine.on_failed(s.what.flight, failure::rejected, now, middle);
    case event::invalidated: BOOST_TEST(machine.on_invalidated(now)); return {};
    case event::not_invalidated: BOOST_TEST(!machine.on_invalidated(now)); return {};
    case event::credentials: return machine.on_new_credentials(now, false);
    case event::credentials_waiting: return machine.on_new_credentials(now, true);
    case event::closed: machine.on_closed(); return {};
    }
    return {};
}

token_machine play(const std::vector<step>& steps, const machine_policy& policy = {})
{
    token_machine machine(policy);
    for (const step& s : steps) BOOST_TEST_CONTEXT(s.sentence) { BOOST_TEST(apply(machine, s) == s.expected); }
    return machine;
}

decision depart(std::uint64_t n) { return {.what = action::depart, .flight = n}; }
decision join(std::uint64_t n) { return {.what = action::join, .flight = n}; }
decision publish(std::uint64_t n) { return {.what = action::publish, .flight = n}; }
decision fail(std::uint64_t n, duration retry) { return {.what = action::fail, .flight = n, .retry_at = start + retry}; }
decision refuse(duration retry) { return {.what = action::refuse, .retry_at = start + retry}; }
decision refuse_early(duration retry) { return {.what = action::refuse_early, .retry_at = start + retry}; }
const decision nothing{};
const decision serve{.what = action::serve};
const decision wait_in_gap{.what = action::join};

} // namespace

BOOST_AUTO_TEST_SUITE(core_token_machine)

BOOST_AUTO_TEST_CASE(the_first_caller_departs_and_all_others_join_the_same_flight)
{
    const token_machine machine = play({
        {"the first", 0s, {event::call}, depart(1)},
        {"the second", 0s, {event::call}, join(1)},
        {"one much later", 29s, {event::call}, join(1)},
        {"its token", 29s, {event::granted, 1}, publish(1)},
        {"is served", 29s, {event::call}, serve},
    });
    BOOST_TEST(machine.phase() == phase::live);
    BOOST_TEST(!machine.flight());
}

BOOST_AUTO_TEST_CASE(a_token_is_served_up_to_and_not_including_use_until)
{
    machine_policy policy;
    policy.lifetime.safety_margin = 10s;
    play(
        {
            {"the first", 0s, {event::call}, depart(1)},
            {"60 s, of which 10 are margin", 0s, {event::granted, 1, 60s}, publish(1)},
            {"last instant", 50s - 1ns, {event::call}, serve},
            {"use_until", 50s, {event::call}, wait_in_gap},
            {"last instant of the gap", 60s - 1ns, {event::call}, wait_in_gap},
            {"regenerate_after", 60s, {event::call}, depart(2)},
        },
        policy);
}

BOOST_AUTO_TEST_CASE(the_gap_ends_with_a_departure_only_if_somebody_waits)
{
    machine_policy policy;
    policy.lifetime.safety_margin = 10s;
    const std::vector<step> to_the_gap{
        {"the first", 0s, {event::call}, depart(1)},
        {"its token", 0s, {event::granted, 1, 60s}, publish(1)},
        {"in the gap", 55s, {event::call}, wait_in_gap},
        {"an alarm that is early", 60s - 1ns, {event::wake_waiting}, nothing},
    };
    token_machine machine = play(to_the_gap, policy);
    BOOST_TEST(machine.next_wake(true) == start + 60s);
    BOOST_TEST(!machine.next_wake(false));
    BOOST_TEST(machine.on_wake(start + 60s, false, middle) == nothing);
    BOOST_TEST(machine.on_wake(start + 60s, true, middle) == depart(2));
    BOOST_TEST(machine.on_wake(start + 60s, true, middle) == nothing);
}

BOOST_AUTO_TEST_CASE(a_flight_is_abandoned_at_its_deadline_and_its_late_result_is_ignored)
{
    const token_machine machine = play({
        {"the first", 0s, {event::call}, depart(1)},
        {"just before the deadline", 30s - 1ns, {event::wake}, nothing},
        {"at the deadline", 30s, {event::wake}, {.what = action::abandon, .flight = 1, .retry_at = start + 31s}},
        {"once only", 30s, {event::wake}, nothing},
        {"its late token", 30s, {event::granted, 1}, nothing},
        {"its late failure", 30s, {event::failed, 1}, nothing},
        {"cool-down", 31s - 1ns, {event::call}, refuse(31s)},
        {"the next flight", 31s, {event::call}, depart(2)},
        {"an even later token", 31s, {event::granted, 1}, nothing},
        {"the right one", 32s, {event::granted, 2}, publish(2)},
    });
    BOOST_TEST(machine.phase() == phase::live);
}

BOOST_AUTO_TEST_CASE(the_alarm_is_wanted_at_the_deadline_of_the_flight)
{
    token_machine machine;
    BOOST_TEST(!machine.next_wake(true));
    BOOST_TEST(machine.on_call(start + 5s) == depart(1));
    BOOST_TEST(machine.next_wake(false) == start + 35s);
    BOOST_TEST(machine.flight_deadline() == start + 35s);
}

BOOST_AUTO_TEST_CASE(failures_cool_down_for_a_second_times_1_6_and_a_success_ends_that)
{
    play({
        {"the first", 0s, {event::call}, depart(1)},
        {"fails", 0s, {event::failed, 1}, fail(1, 1s)},
        {"too soon", 1s - 1ns, {event::call}, refuse(1s)},
        {"again", 1s, {event::call}, depart(2)},
        {"fails", 1s, {event::failed, 2}, fail(2, 2600ms)},
        {"again", 2600ms, {event::call}, depart(3)},
        {"fails", 2600ms, {event::failed, 3}, fail(3, 5160ms)},
        {"again", 5160ms, {event::call}, depart(4)},
        {"works", 5160ms, {event::granted, 4, 1s}, publish(4)},
        {"expired", 6160ms, {event::call}, depart(5)},
        {"a new row of failures begins small", 6160ms, {event::failed, 5}, fail(5, 7160ms)},
    });
}

BOOST_AUTO_TEST_CASE(a_failure_of_another_flight_changes_nothing)
{
    play({
        {"with no flight at all", 0s, {event::failed, 1}, nothing},
        {"the first", 0s, {event::call}, depart(1)},
        {"flight 7", 0s, {event::failed, 7}, nothing},
        {"flight 0", 0s, {event::rejected, 0}, nothing},
        {"still out", 0s, {event::call}, join(1)},
        {"its token", 0s, {event::granted, 1}, publish(1)},
        {"a second result of it", 0s, {event::failed, 1}, nothing},
        {"and another", 0s, {event::granted, 1, 5s}, nothing},
        {"the token lives", 10s, {event::call}, serve},
    });
}

BOOST_AUTO_TEST_CASE(rejected_credentials_are_remembered_5_s_doubling_to_5_min_and_not_spread)
{
    token_machine machine;
    instant now = start;
    std::uint64_t flight = 0;
    for (const auto remembered : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s, 300s}) {
        BOOST_TEST(machine.on_call(now) == depart(++flight));
        const decision d = machine.on_failed(flight, failure::rejected, now, 0.9);
        BOOST_TEST((d == decision{.what = action::fail, .flight = flight, .retry_at = now + remembered}));
        BOOST_TEST((machine.on_call(now + remembered - 1ns) == decision{.what = action::refuse, .retry_at = now + remembered}));
        now += remembered;
    }
}

BOOST_AUTO_TEST_CASE(success_and_new_credentials_clear_the_memory_of_rejections)
{
    play({
        {"the first", 0s, {event::call}, depart(1)},
        {"rejected", 0s, {event::rejected, 1}, fail(1, 5s)},
        {"again", 5s, {event::call}, depart(2)},
        {"rejected again", 5s, {event::rejected, 2}, fail(2, 15s)},
        {"new credentials, nobody waits", 6s, {event::credentials}, nothing},
        {"may depart at once", 6s, {event::call}, depart(3)},
        {"rejected: a first time for these", 6s, {event::rejected, 3}, fail(3, 11s)},
        {"again", 11s, {event::call}, depart(4)},
        {"works", 11s, {event::granted, 4, 1s}, publish(4)},
        {"expired", 12s, {event::call}, depart(5)},
        {"rejected: the row began anew", 12s, {event::rejected, 5}, fail(5, 17s)},
    });
}

BOOST_AUTO_TEST_CASE(new_credentials_retire_flight_and_token)
{
    const token_machine machine = play({
        {"the first", 0s, {event::call}, depart(1)},
        {"its waiters move to a new flight", 1s, {event::credentials_waiting}, depart(2)},
        {"the old flight's token", 2s, {event::granted, 1}, nothing},
        {"the old flight's failure", 2s, {event::failed, 1}, nothing},
        {"callers join the new one", 2s, {event::call}, join(2)},
        {"its token", 3s, {event::granted, 2}, publish(2)},
        {"nobody waits now", 4s, {event::credentials}, nothing},
        {"the live token is gone, and no expiry is awaited", 4s, {event::call}, depart(3)},
    });
    BOOST_TEST(machine.flight_deadline() == start + 34s);
}

BOOST_AUTO_TEST_CASE(a_grant_that_is_dead_on_arrival_fails_and_cools_down)
{
    machine_policy policy;
    policy.lifetime.safety_margin = 10s;
    for (const duration lifetime : {duration{0s}, duration{-5s}, duration{10s}, duration{10s - 1ns}, duration::min()}) {
        token_machine machine(policy);
        BOOST_TEST(machine.on_call(start) == depart(1));
        BOOST_TEST(machine.on_granted(1, start, start, lifetime, start, middle) == fail(1, 1s));
        BOOST_TEST(machine.on_call(start) == refuse(1s));
    }
    token_machine machine(policy);
    BOOST_TEST(machine.on_call(start) == depart(1));
    BOOST_TEST(machine.on_granted(1, start, start, 10s + 1ns, start, middle) == publish(1));
}

BOOST_AUTO_TEST_CASE(a_grant_that_died_between_its_receipt_and_now_is_dead_on_arrival_too)
{
    token_machine machine;
    BOOST_TEST(machine.on_call(start) == depart(1));
    BOOST_TEST(machine.on_granted(1, start, start + 1s, 5s, start + 5s, middle) == fail(1, 6s));
}

BOOST_AUTO_TEST_CASE(forced_renewals_are_10_s_apart_doubling_to_300_s_while_the_new_tokens_are_rejected_too)
{
    token_machine machine;
    instant now = start;
    std::uint64_t flight = 1;
    BOOST_TEST(machine.on_call(now) == depart(flight));
    BOOST_TEST(machine.on_granted(flight, now, now, 24h, now, middle) == publish(flight));
    BOOST_TEST(machine.on_invalidated(now));
    BOOST_TEST(machine.on_call(now) == depart(++flight)); // the first comes at once
    for (const auto apart : {10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        BOOST_TEST(machine.on_granted(flight, now, now, 24h, now, middle) == publish(flight));
        BOOST_TEST(machine.on_invalidated(now + 1s));
        const instant next = now + apart;
        BOOST_TEST((machine.on_call(next - 1ns) == decision{.what = action::refuse_early, .retry_at = next}));
        now = next;
        BOOST_TEST(machine.on_call(now) == depart(++flight));
    }
}

BOOST_AUTO_TEST_CASE(a_forced_renewal_whose_token_lived_out_its_life_begins_at_10_s_again)
{
    play({
        {"the first", 0s, {event::call}, depart(1)},
        {"its token", 0s, {event::granted, 1}, publish(1)},
        {"rejected by the API", 1s, {event::invalidated}},
        {"forced", 1s, {event::call}, depart(2)},
        {"its token", 1s, {event::granted, 2, 60s}, publish(2)},
        {"rejected too", 2s, {event::invalidated}},
        {"too soon", 2s, {event::call}, refuse_early(11s)},
        {"forced", 11s, {event::call}, depart(3)},
        {"its token", 11s, {event::granted, 3, 60s}, publish(3)},
        {"renewed in the natural course", 71s, {event::call}, depart(4)},
        {"its token", 71s, {event::granted, 4, 60s}, publish(4)},
        {"rejected by the API", 72s, {event::invalidated}},
        {"forced at once", 72s, {event::call}, depart(5)},
        {"its token", 72s, {event::granted, 5, 60s}, publish(5)},
        {"rejected too", 73s, {event::invalidated}},
        {"10 s after the last forced one", 73s, {event::call}, refuse_early(82s)},
    });
}

BOOST_AUTO_TEST_CASE(only_a_token_in_use_can_be_invalidated)
{
    machine_policy policy;
    policy.lifetime.safety_margin = 10s;
    play(
        {
            {"nothing there", 0s, {event::not_invalidated}},
            {"the first", 0s, {event::call}, depart(1)},
            {"in flight", 0s, {event::not_invalidated}},
            {"its token", 0s, {event::granted, 1, 60s}, publish(1)},
            {"in the gap: the successor is due anyway", 50s, {event::not_invalidated}},
            {"and still not before regenerate_after", 50s, {event::call}, wait_in_gap},
            {"in the last instant", 50s - 1ns, {event::invalidated}},
            {"once", 50s - 1ns, {event::not_invalidated}},
        },
        policy);
}

BOOST_AUTO_TEST_CASE(new_credentials_end_the_wait_for_a_forced_renewal)
{
    play({
        {"the first", 0s, {event::call}, depart(1)},
        {"its token", 0s, {event::granted, 1}, publish(1)},
        {"rejected", 0s, {event::invalidated}},
        {"forced", 0s, {event::call}, depart(2)},
        {"its token", 0s, {event::granted, 2}, publish(2)},
        {"rejected too", 1s, {event::invalidated}},
        {"too soon", 1s, {event::call}, refuse_early(10s)},
        {"new credentials", 1s, {event::credentials}, nothing},
        {"depart at once", 1s, {event::call}, depart(3)},
    });
}

BOOST_AUTO_TEST_CASE(nothing_happens_after_closing)
{
    const decision closed{.what = action::refuse_closed};
    const token_machine machine = play({
        {"the first", 0s, {event::call}, depart(1)},
        {"closed", 0s, {event::closed}},
        {"a call", 0s, {event::call}, closed},
        {"the flight's token", 0s, {event::granted, 1}, nothing},
        {"its failure", 0s, {event::failed, 1}, nothing},
        {"an alarm", 40s, {event::wake_waiting}, nothing},
        {"new credentials", 40s, {event::credentials_waiting}, nothing},
        {"an invalidation", 40s, {event::not_invalidated}},
        {"a call", 40s, {event::call}, closed},
    });
    BOOST_TEST(!machine.next_wake(true));
    BOOST_TEST(!machine.flight());
}

BOOST_AUTO_TEST_CASE(every_phase_and_action_prints_its_own_name)
{
    std::ostringstream out;
    for (const phase p : {phase::empty, phase::flying, phase::live, phase::closed}) out << p << ' ';
    for (const action a : {action::none, action::serve, action::join, action::depart, action::publish, action::fail,
                           action::abandon, action::refuse, action::refuse_early, action::refuse_closed})
        out << a << ' ';
    BOOST_TEST(out.str() == "empty flying live closed none serve join depart publish fail abandon refuse refuse_early refuse_closed ");
    std::ostringstream printed;
    printed << decision{.what = action::refuse, .flight = 3, .retry_at = instant{7ns}};
    BOOST_TEST(printed.str() == "refuse flight=3 retry_at=7");
}

BOOST_AUTO_TEST_SUITE_END()
