// Between two attempts no connection and no request is out: what cancels a flight there finds a timer only.
#include <boost/test/unit_test.hpp>

#include "sweep/cells.hpp"

namespace {

using namespace std::chrono_literals;
using namespace faceki_test::sweep;

/// A flight whose first attempt lost its request; the second one is to come.
struct pausing_flight {
    pausing_flight()
    {
        fault lost;
        lost.what = fault::kind::peer;
        lost.how.at = stop_at::reply;
        lost.how.then = act::reset;
        lost.how.upto = 0;
        r.lead_to(lost);
        caller = r.ask();
        r.until_attempt_ends(*caller);
        BOOST_TEST_REQUIRE(!caller->done);
        BOOST_TEST(r.client().stats().retries == 1U);
        pause = r.next_alarm();
        BOOST_TEST((pause > 0s && pause < 1s));
        r.lead_to({});
    }

    rig r;
    std::unique_ptr<call> caller;
    duration pause{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(pauses)

BOOST_AUTO_TEST_CASE(nothing_leaves_before_the_pause_is_over)
{
    pausing_flight f;
    f.r.pass(f.pause - 1ns);
    BOOST_TEST(f.r.names().asked() == 1);
    f.r.pass(1ns);
    f.r.until([&] { return f.caller->done; }, "the second attempt ends");
    BOOST_TEST(!f.caller->error, f.caller->error.message());
    BOOST_TEST(f.r.names().asked() == 2);
}

BOOST_AUTO_TEST_CASE(a_caller_who_cancels_leaves_the_next_attempt_to_come)
{
    pausing_flight f;
    f.caller->cancel.emit(asio::cancellation_type::total);
    f.r.settle();
    BOOST_TEST((f.caller->done && f.caller->error == asio::error::operation_aborted));
    BOOST_TEST((f.r.next_alarm() == f.pause));
    f.r.pass(f.pause);
    f.r.until([&] { return f.r.client().stats().tokens == 1; }, "the flight brings its token");
    BOOST_TEST(f.r.client().peek());
    BOOST_TEST(f.r.client().stats().flights == 1U);
    BOOST_TEST(f.r.client().stats().requests_sent == 2U);
    BOOST_TEST(f.r.mock().requests() == 1U);
}

BOOST_AUTO_TEST_CASE(a_closed_client_has_no_request_out_and_no_timer_left)
{
    pausing_flight f;
    const faceki::close_report report = f.r.client().close();
    BOOST_TEST(!report.request_dropped);
    BOOST_TEST(report.waiters_aborted == 1U);
    f.r.until_at_rest();
    BOOST_TEST((f.caller->done && f.caller->error == asio::error::operation_aborted));
    BOOST_TEST((f.r.next_alarm() < 0s));
    f.r.pass(60s);
    BOOST_TEST(f.r.names().asked() == 1);
    BOOST_TEST(f.r.client().stats().requests_sent == 1U);
    BOOST_TEST(f.r.mock().accepted() == 0U);
}

BOOST_AUTO_TEST_CASE(new_credentials_do_not_wait_for_the_old_ones_pause)
{
    pausing_flight f;
    const time_point begin = f.r.now();
    f.r.client().set_credentials(faceki::credentials("other-client", "other-secret"));
    f.r.until([&] { return f.caller->done; }, "the caller gets the new token");
    BOOST_TEST(!f.caller->error, f.caller->error.message());
    BOOST_TEST((f.caller->ended == begin));
    BOOST_TEST(f.r.client().stats().flights == 2U);
    BOOST_TEST(f.r.client().stats().requests_sent == 2U);
    BOOST_TEST(f.r.mock().recorded().at(0).body.find("other-client") != std::string::npos);
    f.r.pass(f.pause);
    f.r.pass(60s);
    BOOST_TEST(f.r.client().stats().requests_sent == 2U); // the old flight's second attempt never comes
}

BOOST_AUTO_TEST_SUITE_END()
