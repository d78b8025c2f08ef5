// A connection kept from the last exchange that the server ends: before the next request, or with it.
#include <boost/test/unit_test.hpp>

#include "sweep/cells.hpp"

namespace {

using namespace std::chrono_literals;
using namespace faceki_test::sweep;
using faceki::errc;
using faceki::failure_kind;

/// A client whose first token came from a peer that kept the connection, and whose second is due.
struct second_call {
    explicit second_call(conduct how, int max_attempts) : r(config_for(max_attempts))
    {
        how.lifetime = 30; // less than limits.max_connection_idle: such a connection is kept
        fault meets;
        meets.what = fault::kind::peer;
        meets.how = std::move(how);
        r.lead_to(meets);
        const auto first = r.ask();
        r.until([&] { return first->done; }, "the first call ends");
        BOOST_TEST_REQUIRE(!first->error);
        BOOST_TEST(r.lines_with("the connection is kept") == 1U);
        BOOST_TEST(r.last_peer().requests() == 1);
        if (meets.how.at == stop_at::idle)
            r.until([this] { return r.last_peer().reached() == 1; }, "the peer has ended it");
        r.names().answer({{"127.0.0.1", r.mock().port()}}); // where a new connection would lead
        r.pass(30s);
        BOOST_TEST(!r.client().peek());
    }

    static faceki::client_config config_for(int max_attempts)
    {
        faceki::client_config config;
        config.retry.max_attempts = max_attempts;
        config.prewarm = false; // it would look at the connection before the call does
        return config;
    }

    /// Without those of the first call.
    unsigned requests() { return static_cast<unsigned>(r.client().stats().requests_sent) - 1; }

    rig r;
};

struct row {
    const char* what;
    stop_at where;
    act then;
    int whole; ///< second requests that the peer reads to the end
    cause why;
};

const row ended_before[] = {
    {"FIN", stop_at::idle, act::finish, 0, {}},
    {"close_notify", stop_at::idle, act::close_notify, 0, {}},
    {"RST", stop_at::idle, act::reset, 0, {}},
};

const row ended_with_the_request[] = {
    {"RST, the request unread", stop_at::request, act::reset, 0, {"system", ECONNRESET}},
    {"RST, the request read", stop_at::reply, act::reset, 1, {"system", ECONNRESET}},
    {"FIN, the request read", stop_at::reply, act::finish, 1, {}},
    {"close_notify, the request read", stop_at::reply, act::close_notify, 1, {}},
};

conduct conduct_of(const row& r)
{
    conduct how;
    how.at = r.where;
    how.then = r.then;
    how.upto = 0;
    how.served_first = r.where == stop_at::idle ? 0 : 1;
    return how;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kept_connection)

BOOST_AUTO_TEST_CASE(one_that_ended_before_the_next_request_costs_nothing)
{
    for (const row& wanted : ended_before) {
        BOOST_TEST_CONTEXT(wanted.what)
        {
            second_call s(conduct_of(wanted), 1);
            const auto c = s.r.ask();
            s.r.until([&] { return c->done; }, "the second call ends");
            BOOST_TEST(!c->error, c->error.message());
            BOOST_TEST(s.requests() == 1U);
            BOOST_TEST(s.r.client().stats().retries == 0U);
            BOOST_TEST(s.r.requests_at_peers() == 1); // the first call's
            BOOST_TEST(s.r.mock().requests() == 1U);
            BOOST_TEST(s.r.mock().accepted() == 1U);
            BOOST_TEST(s.r.lines_with("is used again") == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(one_that_ends_with_the_request_may_have_cost_it)
{
    // Written, and nobody knows whether it was read: sent_no_answer, not not_sent.
    std::vector<std::string> told;
    for (const row& wanted : ended_with_the_request) {
        BOOST_TEST_CONTEXT(wanted.what)
        {
            second_call s(conduct_of(wanted), 1);
            const auto c = s.r.ask();
            s.r.until([&] { return c->done; }, "the second call ends");
            BOOST_TEST(c->error == make_error_code(errc::connection_lost), c->error.message());
            BOOST_TEST((c->details.kind == failure_kind::sent_no_answer));
            BOOST_TEST((cause_of(c->details.cause) == wanted.why), c->details.cause.message());
            BOOST_TEST(c->details.attempt == 1);
            BOOST_TEST(c->details.requests_sent == 1);
            BOOST_TEST(s.requests() == 1U);
            BOOST_TEST(s.r.last_peer().requests() == 1 + wanted.whole);
            BOOST_TEST(s.r.last_peer().accepted() == 1);
            BOOST_TEST(s.r.mock().requests() == 0U);
            BOOST_TEST(s.r.lines_with("is used again") == 1U);
            told.push_back(std::string(wanted.what) + " | " + c->details.message);
        }
    }
    for (const std::string& line : told)
        BOOST_TEST_MESSAGE(line);
}

BOOST_AUTO_TEST_CASE(and_is_replaced_once_within_the_flight)
{
    for (const row& wanted : ended_with_the_request) {
        BOOST_TEST_CONTEXT(wanted.what)
        {
            second_call s(conduct_of(wanted), 3);
            const auto c = s.r.ask();
            s.r.until([&] { return s.r.client().stats().retries == 1; }, "the attempt on the kept one ends");
            s.r.pass(s.r.next_alarm());
            s.r.until([&] { return c->done; }, "the second call ends");
            BOOST_TEST(!c->error, c->error.message());
            BOOST_TEST(s.requests() == 2U);
            BOOST_TEST(s.r.last_peer().requests() == 1 + wanted.whole);
            BOOST_TEST(s.r.mock().requests() == 1U);
            BOOST_TEST(s.r.mock().accepted() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(its_loss_is_the_one_that_may_be_sent_again)
{
    second_call s(conduct_of(ended_with_the_request[0]), 3);
    const auto c = s.r.ask();
    s.r.until([&] { return s.r.client().stats().retries == 1; }, "the attempt on the kept one ends");
    fault lost;
    lost.what = fault::kind::peer;
    lost.how.at = stop_at::reply;
    lost.how.then = act::reset;
    lost.how.upto = 0;
    s.r.lead_to(lost);
    s.r.pass(s.r.next_alarm());
    s.r.until([&] { return c->done; }, "the flight ends");
    BOOST_TEST(c->error == make_error_code(errc::connection_lost), c->error.message());
    BOOST_TEST(c->details.attempt == 2);
    BOOST_TEST(c->details.requests_sent == 2);
    BOOST_TEST(s.requests() == 2U);
    BOOST_TEST(s.r.mock().requests() == 0U);
}

BOOST_AUTO_TEST_CASE(a_closed_client_closes_it)
{
    conduct well;
    second_call s(well, 1);
    BOOST_TEST(s.r.last_peer().open() == 1);
    s.r.client().close();
    s.r.until_at_rest();
    s.r.until([&] { return s.r.last_peer().left() == 1; }, "the kept connection is closed");
    BOOST_TEST(s.r.last_peer().accepted() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
