// Instants that are exactly one of the machine's own, and what new credentials forget.
#include <boost/test/unit_test.hpp>

#include "support/machine_script.hpp"

using namespace faceki::core;
using namespace faceki::core::test;

BOOST_AUTO_TEST_SUITE(core_boundaries)

BOOST_AUTO_TEST_CASE(new_credentials_begin_with_the_shortest_cool_down)
{
    play({
        {"cold", 0s, {event::call}, depart(1)},
        {"it fails", 0s, {event::failed, 1}, fail(1, 1s)},
        {"again", 1s, {event::call}, depart(2)},
        {"longer this time", 1s, {event::failed, 2}, fail(2, 2600ms)},
        {"other credentials", 2s, {event::credentials}, nothing},
        {"at once", 2s, {event::call}, depart(3)},
        {"as short as the first", 2s, {event::failed, 3}, fail(3, 3s)},
    });
}

BOOST_AUTO_TEST_CASE(new_credentials_may_be_rejected_at_once)
{
    play({
        {"cold", 0s, {event::call}, depart(1)},
        {"a token", 0s, {event::granted, 1}, publish(1)},
        {"rejected", 1s, {event::invalidated}},
        {"the first time at once", 1s, {event::call}, depart(2)},
        {"a token", 1s, {event::granted, 2}, publish(2)},
        {"other credentials", 2s, {event::credentials}, nothing},
        {"cold", 2s, {event::call}, depart(3)},
        {"a token", 2s, {event::granted, 3}, publish(3)},
        {"rejected", 3s, {event::invalidated}},
        {"again a first time", 3s, {event::call}, depart(4)},
        {"a token", 3s, {event::granted, 4}, publish(4)},
        {"rejected", 4s, {event::invalidated}},
        {"too fast", 4s, {event::call}, refuse_early(13s)},
    });
}

BOOST_AUTO_TEST_CASE(at_the_instant_the_budget_permits_one_new_credentials_depart)
{
    token_machine machine;
    machine.set_not_before(start + 1s);
    BOOST_TEST(machine.on_new_credentials(start + 1s - 1ns, true) == nothing);
    BOOST_TEST((machine.on_new_credentials(start + 1s, true).what == action::depart));
}

BOOST_AUTO_TEST_CASE(in_the_gap_callers_wait_if_the_budget_permits_a_request_at_its_end)
{
    token_machine machine;
    machine.on_call(start);
    machine.on_granted(1, start, start + 1s, 60s, start + 1s, middle);
    machine.set_not_before(start + 61s);
    BOOST_TEST(machine.on_call(start + 60s) == wait_in_gap);
    machine.set_not_before(start + 61s + 1ns);
    BOOST_TEST((machine.on_call(start + 60s).what == action::refuse_budget));
}

BOOST_AUTO_TEST_CASE(at_its_end_a_token_is_held_no_more)
{
    token_machine machine;
    machine.on_call(start);
    machine.on_granted(1, start, start, 60s, start, middle);
    machine.on_call(start + 60s);
    BOOST_TEST(machine.phase() == phase::flying);

    token_machine renewed;
    renewed.on_call(start);
    renewed.on_granted(1, start, start, 60s, start, middle);
    BOOST_TEST((renewed.on_renew(start + 50s).what == action::depart));
    BOOST_TEST(renewed.phase() == phase::renewing);
    renewed.on_failed(2, failure::other, start + 60s, middle);
    BOOST_TEST(renewed.phase() == phase::empty);
}

BOOST_AUTO_TEST_SUITE_END()
