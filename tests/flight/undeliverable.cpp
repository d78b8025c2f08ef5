// Waiters whose wake-up cannot be posted for lack of memory are kept, and told by whatever happens next.
#include <new>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/hooked_executor.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// One caller on an executor that has no memory for the next `failures` posts, one beside it on the client's own.
struct scarce_world : world {
    void wait_for_a_flight()
    {
        source->hold();
        start();
        poor = ask_on(*client, hooked_executor(io, fail));
        rich = ask(*client);
        run();
        BOOST_TEST(client->stats().waiting == 2U);
    }

    void let_it_land(int posts_that_fail)
    {
        failures = posts_that_fail;
        source->release();
        run();
        BOOST_TEST(rich->served());
    }

    int failures = 0;
    const std::function<void()> fail = [this] {
        if (failures > 0) {
            --failures;
            throw std::bad_alloc();
        }
    };
    answer_ptr poor, rich;
};

constexpr int for_ever = 1'000'000;

} // namespace

BOOST_FIXTURE_TEST_SUITE(undeliverable, scarce_world)

BOOST_AUTO_TEST_CASE(a_post_that_fails_once_is_made_at_once)
{
    wait_for_a_flight();
    let_it_land(1);
    BOOST_TEST(poor->served());
}

BOOST_AUTO_TEST_CASE(one_that_fails_twice_is_made_when_the_flight_has_ended)
{
    wait_for_a_flight();
    let_it_land(2);
    BOOST_TEST(poor->served());
    BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_CASE(with_nothing_else_to_happen_it_is_tried_again_every_10_ms)
{
    wait_for_a_flight();
    let_it_land(for_ever);
    pass(10ms);
    BOOST_TEST(poor->open());
    BOOST_TEST(failures < for_ever - 3); // tried meanwhile
    failures = 0;
    pass(10ms - 1ns);
    BOOST_TEST(poor->open());
    pass(1ns);
    BOOST_TEST(poor->served());
    BOOST_TEST(client->stats().waiting == 0U);
}

BOOST_AUTO_TEST_CASE(the_next_call_brings_it_too_a_hit_included)
{
    wait_for_a_flight();
    let_it_land(for_ever);
    failures = 0;
    BOOST_TEST(ask(*client)->open());
    run(); // time stands still
    BOOST_TEST(poor->served());
    BOOST_TEST(source->requests() == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_at_hand_is_posted_again_at_once)
{
    start();
    fetch();
    failures = 1;
    const auto hit = ask_on(*client, hooked_executor(io, fail));
    run();
    BOOST_TEST(failures == 0);
    BOOST_TEST(hit->served());
}

BOOST_AUTO_TEST_CASE(a_closed_client_comes_to_rest_when_it_is_told)
{
    wait_for_a_flight();
    let_it_land(for_ever);
    bool rests = false;
    client->close();
    client->async_close([&](error_code) { rests = true; });
    pass(50ms);
    BOOST_TEST(!rests);
    failures = 0;
    pass(10ms);
    BOOST_TEST(poor->served());
    BOOST_TEST(rests);
}

BOOST_AUTO_TEST_CASE(who_is_being_told_waits_no_more_and_new_credentials_start_no_flight_for_them)
{
    source->hold();
    start();
    bool landing = false;
    // By another thread, as it may happen: a post must not call into the client itself, who makes it under a lock.
    const std::function<void()> change = [&] {
        if (std::exchange(landing, false))
            std::thread([&] { client->set_credentials(credentials("other", "one")); }).join();
    };
    const auto first = ask_on(*client, hooked_executor(io, change));
    const auto second = ask(*client); // of the same flight, and not told yet when the first one is
    run();
    landing = true;
    source->release();
    run();
    BOOST_TEST(!landing);
    BOOST_TEST(first->served());
    BOOST_TEST(second->served());
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(client->stats().flights == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
