// Renewals before expiry and the memory of rejections, as tables like those of core_token_machine.cpp.
#include <boost/test/unit_test.hpp>

#include "support/machine_script.hpp"

using namespace faceki::core;
using namespace faceki::core::test;

BOOST_AUTO_TEST_SUITE(core_renewal)

BOOST_AUTO_TEST_CASE(rejected_credentials_are_remembered_5_s_doubling_to_5_min_and_not_spread)
{
    token_machine machine;
    instant now = start;
    std::uint64_t flight = 0;
    for (const auto remembered : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s, 300s}) {
        BOOST_TEST(machine.on_call(now) == depart(++flight));
        const decision d = machine.on_failed(flight, failure::rejected, now, 0.9);
        BOOST_TEST((d == decision{.what = action::fail, .flight = flight, .retry_at = now + remembered}));
        BOOST_TEST((machine.on_call(now + remembered - 1ns) ==
                    decision{.what = action::refuse, .retry_at = now + remembered}));
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

BOOST_AUTO_TEST_CASE(forced_renewals_are_10_s_apart_doubling_to_300_s_while_the_new_tokens_are_rejected_too)
{
    token_machine machine;
    instant now = start;
    std::uint64_t flight = 1;
    BOOST_TEST(machine.on_call(now) == depart(flight));
    BOOST_TEST(machine.on_granted(flight, now, now, 24h, now, middle) == publish(flight));
    BOOST_TEST(machine.on_invalidated(now));
    BOOST_TEST(machine.on_call(now) == depart(++flight, flight_cause::rejected)); // the first comes at once
    for (const auto apart : {10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        BOOST_TEST(machine.on_granted(flight, now, now, 24h, now, middle) == publish(flight));
        BOOST_TEST(machine.on_invalidated(now + 1s));
        const instant next = now + apart;
        BOOST_TEST((machine.on_call(next - 1ns) == decision{.what = action::refuse_early, .retry_at = next}));
        now = next;
        BOOST_TEST(machine.on_call(now) == depart(++flight, flight_cause::rejected));
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

BOOST_AUTO_TEST_CASE(the_limit_of_forced_renewals_ends_with_the_rejected_tokens_own_life)
{
    play({
        {"the first", 0s, {event::call}, depart(1)},
        {"its token", 0s, {event::granted, 1, 6s}, publish(1)},
        {"rejected", 1s, {event::invalidated}},
        {"forced", 1s, {event::call}, depart(2)},
        {"its token", 1s, {event::granted, 2, 6s}, publish(2)},
        {"rejected too", 2s, {event::invalidated}},
        {"not 11 s, for at 7 s it would have been due anyway", 2s, {event::call}, refuse_early(7s)},
        {"due", 7s, {event::call}, depart(3)},
    });
}

BOOST_AUTO_TEST_SUITE_END()
