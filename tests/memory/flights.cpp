// The flight's own path: attempts, results, deadlines, warm-ups and renewals that nobody waits for.
#include <boost/test/unit_test.hpp>

#include "memory/sweep.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// A flight that is out, with one who waits for it.
void hold_a_flight(scene& s)
{
    s.source->holds = true;
    s.start();
    s.call();
    s.run();
}

void run_scarce(scene& s)
{
    s.scarce([&] { s.run(); });
}

/// A token in use, so shortly before its end that the connection is made ready.
void come_to_the_warm_up(scene& s)
{
    s.start();
    s.fetch();
    s.pass(46s);
    s.expect(bool(s.client->peek()), "no token to peek at");
    s.advance(12s);
}

} // namespace

BOOST_AUTO_TEST_SUITE(flights)

BOOST_AUTO_TEST_CASE(making_a_client)
{
    sweep("making a client", [](scene& s) {
        s.scarce([&] { s.start(); });
        if (s.thrown)
            s.start();
    });
}

BOOST_AUTO_TEST_CASE(an_attempt_starts)
{
    BOOST_TEST(sweep("an attempt starts", [](scene& s) {
                   s.source->holds = true;
                   s.start();
                   s.call();
                   run_scarce(s);
               }) > 5U);
    sweep("the last request of a budget leaves", [](scene& s) {
        s.source->holds = true;
        s.config.budget.soft_per_hour = 1;
        s.config.budget.hard_per_hour = 2;
        s.start();
        s.call();
        run_scarce(s);
    });
}

BOOST_AUTO_TEST_CASE(its_result)
{
    sweep("a token comes", [](scene& s) {
        hold_a_flight(s);
        s.source->let_go();
        run_scarce(s);
    });
    for (const errc failure : {errc::server_error, errc::credentials_rejected})
        sweep("a failure comes", [&](scene& s) {
            hold_a_flight(s);
            s.source->fails = failure;
            s.source->let_go();
            run_scarce(s);
        });
    sweep("a token comes that nobody waits for any more", [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call(within(1s));
        s.run();
        s.pass(2s);
        s.source->let_go();
        run_scarce(s);
    });
}

BOOST_AUTO_TEST_CASE(retries)
{
    const auto fail_once = [](scene& s) {
        s.config.retry.max_attempts = 3;
        s.source->fails = errc::server_error;
        s.source->failures = 1;
        hold_a_flight(s);
        s.source->let_go();
    };
    sweep("an attempt fails and another is planned", [&](scene& s) {
        fail_once(s);
        run_scarce(s);
    });
    sweep("a planned attempt starts and brings a token", [&](scene& s) {
        fail_once(s);
        s.run();
        s.clock->advance_to_next_alarm();
        run_scarce(s);
    });
}

BOOST_AUTO_TEST_CASE(deadlines)
{
    sweep("the flight's deadline passes", [](scene& s) {
        hold_a_flight(s);
        s.advance(30s);
        run_scarce(s);
    });
    sweep("the flight's deadline passes, and the source does not care", [](scene& s) {
        s.source->stubborn = true;
        hold_a_flight(s);
        s.advance(30s);
        run_scarce(s);
    });
    sweep("the flight's deadline passes, and so do own limits", [](scene& s) {
        hold_a_flight(s);
        s.call(within(30s));
        s.call_on(s.executor(1), within(30s));
        s.run();
        s.advance(30s);
        run_scarce(s);
    });
}

BOOST_AUTO_TEST_CASE(getting_ready)
{
    sweep("the last quarter of a life begins", [](scene& s) {
        s.start();
        s.fetch();
        s.advance(45s);
        run_scarce(s);
    });
    BOOST_TEST(sweep("a warm-up", [](scene& s) {
                   come_to_the_warm_up(s);
                   run_scarce(s);
                   s.expect(s.source->warm_ups == 1 || s.report.failed != 0, "there was no warm-up");
               }) > 5U);
    sweep("a warm-up ends", [](scene& s) {
        come_to_the_warm_up(s);
        s.source->holds = true;
        s.run();
        s.source->let_go();
        run_scarce(s);
    });
    sweep("close() ends a warm-up", [](scene& s) {
        s.closing = true;
        come_to_the_warm_up(s);
        s.source->holds = true;
        s.run();
        s.scarce([&] {
            s.client->close();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(keeping_fresh)
{
    BOOST_TEST(sweep("keep_fresh()", [](scene& s) {
                   s.keeps_fresh = true;
                   s.start();
                   s.scarce([&] {
                       s.fresh = s.client->keep_fresh();
                       s.run();
                   });
               }) > 5U);
    sweep("keep_fresh() renews", [](scene& s) {
        s.keeps_fresh = true;
        s.start();
        s.fresh = s.client->keep_fresh();
        s.pass(59s);
        s.advance(1s);
        run_scarce(s);
    });
    sweep("keep_fresh() renews after a failure", [](scene& s) {
        s.keeps_fresh = true;
        s.source->fails = errc::server_error;
        s.source->failures = 1;
        s.start();
        s.fresh = s.client->keep_fresh();
        s.run();
        s.clock->advance_to_next_alarm();
        run_scarce(s);
    });
    sweep("keep_fresh() ends", [](scene& s) {
        s.start();
        s.fresh = s.client->keep_fresh();
        s.run();
        s.scarce([&] {
            s.fresh.release();
            s.run();
        });
    });
}

BOOST_AUTO_TEST_CASE(refresh_ahead)
{
    sweep("a renewal ahead of the end", [](scene& s) {
        s.config.lifetime.refresh_ahead = 10s;
        s.start();
        s.fetch();
        s.pass(46s);
        s.advance(5s);
        s.scarce([&] {
            s.call();
            s.run();
        });
        s.pass(1s);
        s.expect(bool(s.client->peek()), "a failed renewal has displaced a live token");
    });
}

BOOST_AUTO_TEST_SUITE_END()
