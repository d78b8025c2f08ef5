// A token that is held while its successor is asked for: ahead of its end, or because somebody wants it.
#include <boost/test/unit_test.hpp>

#include "support/machine_script.hpp"

using namespace faceki::core;
using namespace faceki::core::test;

namespace {

machine_policy ahead(duration by)
{
    machine_policy policy;
    policy.refresh_ahead = by;
    return policy;
}

/// With a token that came at `start`.
token_machine holding(duration lifetime, const machine_policy& policy = {})
{
    token_machine machine(policy);
    machine.on_call(start);
    machine.on_granted(1, start, start, lifetime, start, middle);
    return machine;
}

} // namespace

BOOST_AUTO_TEST_SUITE(core_renewing)

BOOST_AUTO_TEST_CASE(a_forced_renewal_leaves_the_token_in_use_until_its_successor_is_there)
{
    token_machine machine = holding(60s);
    BOOST_TEST(machine.on_renew(start + 1s) == depart(2, flight_cause::forced));
    BOOST_TEST(machine.phase() == phase::renewing);
    BOOST_TEST(machine.flight().value() == 2U);
    BOOST_TEST(machine.on_call(start + 2s) == serve);
    BOOST_TEST(machine.on_renew(start + 2s) == nothing); // one is on its way
    BOOST_TEST(machine.on_granted(2, start + 3s, start + 3s, 60s, start + 3s, middle) == publish(2));
    BOOST_TEST(machine.phase() == phase::live);
    BOOST_TEST(machine.current().use_until == start + 63s);
}

BOOST_AUTO_TEST_CASE(forced_renewals_share_the_limit_of_rejected_tokens)
{
    token_machine machine = holding(60s);
    machine.on_renew(start);
    machine.on_granted(2, start, start, 60s, start, middle);
    BOOST_TEST(machine.on_renew(start + 10s - 1ns) == nothing);
    BOOST_TEST(!machine.may_force(start + 10s - 1ns));
    BOOST_TEST(machine.on_renew(start + 10s) == depart(3, flight_cause::forced));
    machine.on_granted(3, start + 10s, start + 10s, 60s, start + 10s, middle);
    // Its rejection is a first one: the limit does not double.
    BOOST_TEST(machine.on_invalidated(start + 20s));
    BOOST_TEST(machine.on_call(start + 20s) == depart(4, flight_cause::rejected));
    machine.on_granted(4, start + 20s, start + 20s, 60s, start + 20s, middle);
    BOOST_TEST(!machine.may_force(start + 30s - 1ns));
    BOOST_TEST(machine.may_force(start + 30s));
}

BOOST_AUTO_TEST_CASE(nothing_is_renewed_early_without_a_token_in_use)
{
    token_machine machine;
    BOOST_TEST(machine.on_renew(start) == nothing);
    machine.on_call(start);
    BOOST_TEST(machine.on_renew(start) == nothing);
    machine.on_granted(1, start - 500ms, start, 60s, start, middle);
    BOOST_TEST(machine.on_renew(start + 59500ms) == nothing); // in the gap
    machine.on_closed();
    BOOST_TEST(machine.on_renew(start) == nothing);
}

BOOST_AUTO_TEST_CASE(a_failed_renewal_never_displaces_the_live_token)
{
    token_machine machine = holding(60s);
    machine.on_renew(start);
    BOOST_TEST(machine.on_failed(2, failure::other, start + 1s, middle) == fail(2, 2s));
    BOOST_TEST(machine.phase() == phase::live);
    BOOST_TEST(machine.on_call(start + 1s) == serve);
    BOOST_TEST(machine.on_call(start + 60s) == depart(3, flight_cause::expired));
}

BOOST_AUTO_TEST_CASE(a_renewal_that_reaches_its_deadline_leaves_the_token_too)
{
    token_machine machine = holding(60s);
    machine.on_renew(start);
    BOOST_TEST(machine.next_wake(false) == start + 30s);
    BOOST_TEST(machine.on_wake(start + 30s, false, middle).what == action::abandon);
    BOOST_TEST(machine.phase() == phase::live);
    BOOST_TEST(machine.on_call(start + 31s) == serve);
}

BOOST_AUTO_TEST_CASE(callers_join_the_renewal_when_the_token_has_ended_meanwhile)
{
    token_machine machine = holding(20s);
    machine.on_renew(start + 15s);
    BOOST_TEST(machine.on_call(start + 20s) == join(2));
    BOOST_TEST(machine.on_failed(2, failure::other, start + 21s, middle) == fail(2, 22s));
    BOOST_TEST(machine.phase() == phase::empty);
    BOOST_TEST(machine.on_call(start + 21s) == refuse(22s));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_dead_on_arrival_does_not_displace_the_live_one)
{
    token_machine machine = holding(60s);
    machine.on_renew(start);
    BOOST_TEST(machine.on_granted(2, start, start, 0s, start, middle).what == action::fail);
    BOOST_TEST(machine.on_call(start) == serve);
}

BOOST_AUTO_TEST_CASE(a_token_rejected_during_its_renewal_waits_for_the_flight_that_is_out)
{
    token_machine machine = holding(60s);
    machine.on_renew(start);
    BOOST_TEST(machine.on_invalidated(start + 1s));
    BOOST_TEST(machine.phase() == phase::flying);
    BOOST_TEST(machine.on_call(start + 1s) == join(2));
    BOOST_TEST(machine.on_granted(2, start, start + 2s, 60s, start + 2s, middle) == publish(2));
    // The next rejection is a second one in a row.
    BOOST_TEST(!machine.may_force(start + 11s - 1ns));
    BOOST_TEST(machine.may_force(start + 11s));
}

BOOST_AUTO_TEST_CASE(by_default_nothing_departs_ahead_of_the_end)
{
    token_machine machine = holding(3600s);
    for (auto at = machine.next_quiet_wake(); at; at = machine.next_quiet_wake())
        BOOST_TEST((machine.on_quiet_wake(*at, true).what != action::depart));
    BOOST_TEST(machine.phase() == phase::live);
    BOOST_TEST(machine.on_wake(start + 3600s - 1ns, true, middle) == nothing);
}

BOOST_AUTO_TEST_CASE(ahead_of_the_end_a_token_in_use_is_renewed_and_one_that_is_not_is_left_alone)
{
    for (const bool used : {true, false}) {
        token_machine machine = holding(3600s, ahead(5min));
        BOOST_TEST(machine.next_quiet_wake().value() == start + 3300s - 60s);
        BOOST_TEST(machine.on_quiet_wake(start + 3240s, false).what == action::watch);
        BOOST_TEST(machine.next_quiet_wake().value() == start + 3298s);
        BOOST_TEST((machine.on_quiet_wake(start + 3298s, used).what == (used ? action::warm : action::none)));
        BOOST_TEST(machine.on_quiet_wake(start + 3300s - 1ns, used) == nothing);
        const decision d = machine.on_quiet_wake(start + 3300s, used);
        BOOST_TEST(d == (used ? depart(2, flight_cause::ahead) : nothing));
        BOOST_TEST(!machine.next_quiet_wake().has_value());
        BOOST_TEST(machine.on_call(start + 3300s) == serve);
    }
}

BOOST_AUTO_TEST_CASE(the_lead_is_a_quarter_of_the_lifetime_at_most)
{
    token_machine machine = holding(20s, ahead(5min));
    machine.on_quiet_wake(start + 10s, false); // 15 s − a quarter
    machine.on_quiet_wake(start + 14s, true);
    BOOST_TEST(machine.on_quiet_wake(start + 15s - 1ns, true) == nothing);
    BOOST_TEST(machine.on_quiet_wake(start + 15s, true) == depart(2, flight_cause::ahead));
}

BOOST_AUTO_TEST_CASE(who_wants_a_token_at_any_time_gets_its_successor_ahead_too)
{
    token_machine machine = holding(60s, ahead(10s));
    BOOST_TEST(machine.next_wake(true).value() == start + 50s);
    BOOST_TEST(machine.on_wake(start + 50s, true, middle) == depart(2, flight_cause::ahead));
    BOOST_TEST(machine.on_call(start + 50s) == serve);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(core_quiet_wakes)

BOOST_AUTO_TEST_CASE(a_long_token_is_watched_for_its_last_minute_and_warmed_two_seconds_before_its_end)
{
    token_machine machine = holding(3600s);
    BOOST_TEST(machine.next_quiet_wake().value() == start + 3540s);
    BOOST_TEST(machine.on_quiet_wake(start + 3540s - 1ns, true) == nothing);
    BOOST_TEST(machine.on_quiet_wake(start + 3540s, true).what == action::watch);
    BOOST_TEST(machine.next_quiet_wake().value() == start + 3598s);
    BOOST_TEST(machine.on_quiet_wake(start + 3598s, true).what == action::warm);
    BOOST_TEST(!machine.next_quiet_wake().has_value()); // once
    BOOST_TEST(machine.on_quiet_wake(start + 3599s, true) == nothing);
}

BOOST_AUTO_TEST_CASE(a_short_token_is_watched_for_a_quarter_of_its_life)
{
    token_machine machine = holding(4s);
    BOOST_TEST(machine.next_quiet_wake().value() == start + 3s);
    machine.on_quiet_wake(start + 3s, false);
    BOOST_TEST(machine.next_quiet_wake().value() == start + 3500ms);
}

BOOST_AUTO_TEST_CASE(an_idle_client_makes_nothing_ready)
{
    token_machine machine = holding(3600s);
    machine.on_quiet_wake(start + 3540s, true);
    BOOST_TEST(machine.on_quiet_wake(start + 3598s, false) == nothing);
    BOOST_TEST(!machine.next_quiet_wake().has_value());
}

BOOST_AUTO_TEST_CASE(after_a_suspend_it_is_too_late_to_get_ready)
{
    token_machine machine = holding(3600s);
    BOOST_TEST(machine.on_quiet_wake(start + 3600s, true) == nothing);
    BOOST_TEST(!machine.next_quiet_wake().has_value());
}

BOOST_AUTO_TEST_CASE(switched_off_and_without_a_token_there_is_none)
{
    machine_policy off;
    off.prewarm = false;
    BOOST_TEST(!holding(3600s, off).next_quiet_wake().has_value());
    token_machine machine;
    BOOST_TEST(!machine.next_quiet_wake().has_value());
    machine.on_call(start);
    BOOST_TEST(!machine.next_quiet_wake().has_value());
    machine = holding(3600s);
    machine.on_renew(start);
    BOOST_TEST(!machine.next_quiet_wake().has_value()); // its successor is on its way
    machine.on_closed();
    BOOST_TEST(!machine.next_quiet_wake().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(core_budget_in_the_machine)

BOOST_AUTO_TEST_CASE(no_flight_departs_before_the_budget_allows_it)
{
    token_machine machine;
    machine.set_not_before(start + 10s);
    const decision refused{.what = action::refuse_budget, .retry_at = start + 10s};
    BOOST_TEST(machine.on_call(start + 10s - 1ns) == refused);
    BOOST_TEST(machine.on_wake(start + 10s - 1ns, true, middle) == nothing);
    BOOST_TEST(machine.next_wake(true).value() == start + 10s);
    BOOST_TEST(machine.on_call(start + 10s) == depart(1, flight_cause::cold));
}

BOOST_AUTO_TEST_CASE(a_live_token_is_served_whatever_the_budget_and_its_gap_refuses_rather_than_waits)
{
    token_machine machine;
    machine.on_call(start);
    machine.on_granted(1, start - 500ms, start, 60s, start, middle);
    machine.set_not_before(start + 1h);
    BOOST_TEST(machine.on_call(start + 59s) == serve);
    BOOST_TEST(machine.on_renew(start + 59s) == nothing);
    const decision refused{.what = action::refuse_budget, .retry_at = start + 1h};
    BOOST_TEST(machine.on_call(start + 59700ms) == refused); // its wait would last an hour
    BOOST_TEST(machine.on_call(start + 60s) == refused);
    machine.set_not_before(instant::min());
    BOOST_TEST(machine.on_call(start + 59700ms) == wait_in_gap);
}

BOOST_AUTO_TEST_CASE(new_credentials_do_not_reset_the_budget)
{
    token_machine machine = holding(60s);
    machine.set_not_before(start + 1h);
    BOOST_TEST(machine.on_new_credentials(start, true) == nothing);
    BOOST_TEST(machine.phase() == phase::empty);
}

BOOST_AUTO_TEST_CASE(a_failure_says_how_long_at_least_nothing_departs)
{
    token_machine machine;
    machine.on_call(start);
    BOOST_TEST((machine.on_failed(1, failure::other, start, middle, 90s) ==
                decision{.what = action::fail, .flight = 1, .retry_at = start + 90s}));
    machine.on_call(start + 90s);
    BOOST_TEST(machine.on_failed(2, failure::other, start + 90s, middle, 1ms).retry_at == start + 91600ms);
}

BOOST_AUTO_TEST_CASE(each_flight_knows_its_cause)
{
    token_machine machine;
    BOOST_TEST(machine.on_call(start) == depart(1, flight_cause::cold));
    machine.on_failed(1, failure::other, start, middle);
    BOOST_TEST(machine.on_call(start + 1s) == depart(2, flight_cause::cold)); // the last one failed
    machine.on_granted(2, start, start, 60s, start + 1s, middle);
    BOOST_TEST(machine.on_call(start + 60s) == depart(3, flight_cause::expired));
    BOOST_TEST(machine.on_new_credentials(start + 60s, true) == depart(4, flight_cause::credentials));
    BOOST_TEST((machine.cause() == flight_cause::credentials));
    machine.on_granted(4, start + 60s, start + 60s, 60s, start + 60s, middle);
    machine.on_invalidated(start + 61s);
    BOOST_TEST(machine.on_wake(start + 61s, true, middle) == depart(5, flight_cause::rejected));
}

BOOST_AUTO_TEST_SUITE_END()
