// What users do to a client: reject a token, renew it, change credentials, close; and contexts that end.
#include <boost/test/unit_test.hpp>

#include "memory/sweep.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// A flight that is out, with waiters on every executor, one of them with a limit, one with a slot.
void crowd(scene& s)
{
    s.source->holds = true;
    s.start();
    for (std::size_t i = 0; i < 3; ++i) {
        s.call_on(s.executor(i));
        s.call_on(s.executor(i), within(20s));
    }
    s.call_with_slot(s.leave.slot());
    s.run();
}

} // namespace

BOOST_AUTO_TEST_SUITE(changes)

BOOST_AUTO_TEST_CASE(rejecting)
{
    sweep("invalidate()", [](scene& s) {
        s.start();
        const access_token old = s.fetch();
        s.scarce([&] { s.client->invalidate(old); });
        s.expect((s.client->peek() == old) == s.thrown, "invalidate() did half of its work");
    });
    sweep("invalidate(), a call, its flight and its wake", [](scene& s) {
        s.start();
        const access_token old = s.fetch();
        s.scarce([&] {
            s.client->invalidate(old);
            s.call();
            s.run();
        });
    });
    sweep("invalidate() while kept fresh", [](scene& s) {
        s.keeps_fresh = true;
        s.start();
        s.fresh = s.client->keep_fresh();
        s.run();
        const access_token old = s.client->peek();
        s.scarce([&] {
            s.client->invalidate(old);
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(renewing_early)
{
    sweep("renew_early()", [](scene& s) {
        s.start();
        s.fetch();
        s.scarce([&] {
            s.client->renew_early();
            s.run();
        });
        s.expect(bool(s.client->peek()), "a failed renewal has displaced a live token");
    });
}

BOOST_AUTO_TEST_CASE(new_credentials)
{
    const auto change = [](scene& s, const access_token& old, bool and_run) {
        credentials next("another-id-longer-than-a-small-string", "another-secret-longer-than-a-small-string");
        s.scarce([&] {
            s.client->set_credentials(std::move(next));
            if (and_run)
                s.run();
        });
        if (old)
            s.expect((s.client->peek() == old) == s.thrown, "set_credentials() did half of its work");
    };
    BOOST_TEST(sweep("set_credentials()", [&](scene& s) {
                   s.start();
                   change(s, s.fetch(), false);
               }) > 0U);
    sweep("set_credentials() in a cool-down", [&](scene& s) {
        s.source->fails = errc::credentials_rejected;
        s.start();
        s.call();
        s.run();
        change(s, {}, true);
    });
    BOOST_TEST(sweep("set_credentials() during a flight", [&](scene& s) {
                   crowd(s);
                   change(s, {}, true);
               }) > 5U);
    sweep("set_credentials() during a flight whose source does not care", [&](scene& s) {
        s.source->stubborn = true;
        crowd(s);
        change(s, {}, true);
    });
    sweep("set_credentials() during the last flight of a budget", [&](scene& s) {
        s.config.budget.hard_per_hour = 1;
        crowd(s);
        change(s, {}, true);
        s.pass(2h);
    });
}

BOOST_AUTO_TEST_CASE(closing)
{
    for (const bool and_run : {false, true})
        sweep(and_run ? "close(), to the end" : "close()", [&](scene& s) {
            s.closing = true;
            crowd(s);
            s.scarce([&] {
                s.client->close();
                if (and_run)
                    s.run();
            });
        });
    sweep("async_close()", [](scene& s) {
        s.closing = true;
        crowd(s);
        tally& rest = s.expect_one();
        s.scarce([&] {
            s.client->async_close(tally_handler(rest));
            s.run();
        });
    });
    sweep("async_close() of a closed client", [](scene& s) {
        s.closing = true;
        s.start();
        s.client->close();
        s.run();
        tally& rest = s.expect_one();
        s.scarce([&] {
            s.client->async_close(tally_handler(rest));
            s.run();
        });
    });
    sweep("the client is destroyed", [](scene& s) {
        crowd(s);
        s.scarce([&] {
            s.client.reset();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(contexts_that_end)
{
    sweep("a waiter's context ends", [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call();
        s.call_on(s.executor(1)).may_be_dropped = true;
        s.call_on(s.executor(1), within(5s)).may_be_dropped = true;
        s.run();
        s.scarce([&] { s.contexts[1].reset(); });
    });
    sweep("a waiter's context ends after the flight, before the wake", [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call_on(s.executor(1)).may_be_dropped = true;
        s.run();
        s.source->let_go();
        s.scarce([&] {
            s.contexts[0]->poll();
            s.contexts[1].reset();
        });
    });
    sweep("the client's context ends", [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call().may_be_dropped = true;
        s.call_on(s.executor(1));
        s.call_on(s.executor(1), within(5s));
        s.run();
        s.scarce([&] {
            s.contexts[0].reset();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_SUITE_END()
