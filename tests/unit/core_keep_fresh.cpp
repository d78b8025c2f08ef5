// A token that is wanted at any time, with no caller: the machine departs by itself, and never earlier than for one.
#include <boost/test/unit_test.hpp>

#include "support/machine_script.hpp"

using namespace faceki::core;
using namespace faceki::core::test;

BOOST_AUTO_TEST_SUITE(core_keep_fresh)

BOOST_AUTO_TEST_CASE(an_empty_machine_departs_at_once_if_a_token_is_wanted)
{
    token_machine machine;
    BOOST_TEST(!machine.next_wake(false));
    BOOST_TEST((machine.next_wake(true) <= std::optional{start}));
    BOOST_TEST(machine.on_wake(start, false, middle) == nothing);
    BOOST_TEST(machine.on_wake(start, true, middle) == depart(1));
    BOOST_TEST(machine.on_wake(start, true, middle) == nothing); // one flight
}

BOOST_AUTO_TEST_CASE(an_expired_token_is_renewed_at_regenerate_after_and_not_before)
{
    const token_machine machine = play({
        {"the first", 0s, {event::wake_waiting}, depart(1)},
        {"its token", 0s, {event::granted, 1, 60s}, publish(1)},
        {"alive", 60s - 1ns, {event::wake_waiting}, nothing},
        {"expired, and nobody wants one", 60s, {event::wake}, nothing},
        {"expired and wanted", 60s, {event::wake_waiting}, depart(2)},
    });
    BOOST_TEST(machine.next_wake(true) == start + 90s); // the deadline of flight 2
}

BOOST_AUTO_TEST_CASE(a_failure_is_followed_by_the_next_flight_when_the_cool_down_ends)
{
    token_machine machine = play({
        {"the first", 0s, {event::wake_waiting}, depart(1)},
        {"fails", 0s, {event::failed, 1}, fail(1, 1s)},
        {"too soon", 1s - 1ns, {event::wake_waiting}, nothing},
    });
    BOOST_TEST(machine.next_wake(true) == start + 1s);
    BOOST_TEST(!machine.next_wake(false));
    BOOST_TEST(machine.on_wake(start + 1s, true, middle) == depart(2));
    BOOST_TEST(machine.on_failed(2, failure::rejected, start + 1s, middle) == fail(2, 6s));
    BOOST_TEST(machine.next_wake(true) == start + 6s);
}

BOOST_AUTO_TEST_CASE(a_rejected_token_is_renewed_as_soon_as_that_may_be_forced)
{
    token_machine machine = play({
        {"the first", 0s, {event::wake_waiting}, depart(1)},
        {"its token", 0s, {event::granted, 1}, publish(1)},
        {"rejected", 1s, {event::invalidated}},
        {"forced at once", 1s, {event::wake_waiting}, depart(2)},
        {"its token", 1s, {event::granted, 2}, publish(2)},
        {"rejected too", 2s, {event::invalidated}},
        {"too soon", 11s - 1ns, {event::wake_waiting}, nothing},
    });
    BOOST_TEST(machine.next_wake(true) == start + 11s);
    BOOST_TEST(machine.on_wake(start + 11s, true, middle) == depart(3, flight_cause::rejected));
    // It fails: both limits count, the cool-down and the forced renewal's own.
    BOOST_TEST(machine.on_failed(3, failure::other, start + 12s, middle) == fail(3, 13s));
    BOOST_TEST(machine.next_wake(true) == start + 31s);
    BOOST_TEST(machine.on_wake(start + 31s - 1ns, true, middle) == nothing);
    BOOST_TEST(machine.on_wake(start + 31s, true, middle) == depart(4, flight_cause::rejected));
}

BOOST_AUTO_TEST_CASE(a_deadline_is_kept_also_when_a_token_is_wanted)
{
    play({
        {"the first", 0s, {event::wake_waiting}, depart(1)},
        {"at the deadline",
         30s,
         {event::wake_waiting},
         {.what = action::abandon, .flight = 1, .retry_at = start + 31s}},
        {"after the cool-down", 31s, {event::wake_waiting}, depart(2)},
    });
}

BOOST_AUTO_TEST_CASE(new_credentials_depart_at_once_and_a_closed_machine_never)
{
    token_machine machine = play({
        {"the first", 0s, {event::wake_waiting}, depart(1)},
        {"refused", 0s, {event::rejected, 1}, fail(1, 5s)},
        {"other credentials", 1s, {event::credentials_waiting}, depart(2)},
        {"closed", 2s, {event::closed}},
        {"never again", 100s, {event::wake_waiting}, nothing},
    });
    BOOST_TEST(!machine.next_wake(true));
}

BOOST_AUTO_TEST_CASE(whether_a_renewal_may_be_forced_is_known_beforehand)
{
    token_machine machine = play({
        {"the first", 0s, {event::call}, depart(1)},
        {"its token", 0s, {event::granted, 1}, publish(1)},
    });
    BOOST_TEST(machine.may_force(start));
    BOOST_TEST(machine.on_invalidated(start));
    BOOST_TEST(machine.on_call(start) == depart(2, flight_cause::rejected));
    BOOST_TEST(machine.on_granted(2, start, start, 60s, start, middle) == publish(2));
    BOOST_TEST(!machine.may_force(start + 10s - 1ns));
    BOOST_TEST(machine.may_force(start + 10s));
    BOOST_TEST(machine.on_invalidated(start + 10s));
    BOOST_TEST(machine.on_call(start + 10s) == depart(3, flight_cause::rejected)); // at once, as was said
    BOOST_TEST(machine.on_granted(3, start + 10s, start + 10s, 5s, start + 10s, middle) == publish(3));
    BOOST_TEST(!machine.may_force(start + 15s - 1ns));
    BOOST_TEST(machine.may_force(start + 15s)); // no early renewal any more
}

BOOST_AUTO_TEST_SUITE_END()
