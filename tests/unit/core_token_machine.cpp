// The life of a token as tables: event and time in, one decision out, every decision compared with ==.
#include <sstream>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/machine_script.hpp"

using namespace faceki::core;
using namespace faceki::core::test;

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
    BOOST_TEST(machine.on_wake(start + 60s, true, middle) == depart(2, flight_cause::expired));
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
    BOOST_TEST(!machine.next_wake(false));
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
    for (const phase p : {phase::empty, phase::flying, phase::live, phase::closed})
        out << p << ' ';
    for (const action a : {action::none, action::serve, action::join, action::depart, action::publish, action::fail,
                           action::abandon, action::refuse, action::refuse_early, action::refuse_closed})
        out << a << ' ';
    BOOST_TEST(
        out.str() ==
        "empty flying live closed none serve join depart publish fail abandon refuse refuse_early refuse_closed ");
    std::ostringstream printed;
    printed << decision{.what = action::refuse, .flight = 3, .retry_at = instant{7ns}};
    BOOST_TEST(printed.str() == "refuse flight=3 retry_at=7 cause=cold");
}

BOOST_AUTO_TEST_SUITE_END()
