// Whatever a flight waits for when it is not wanted any more: by one caller, by all, or at all.
#include <boost/test/unit_test.hpp>

#include <set>

#include "sweep/cells.hpp"

namespace {

using namespace std::chrono_literals;
using namespace faceki_test::sweep;
using faceki::errc;
using faceki::failure_kind;

/// A flight that waits in the row's step, and one caller who waits for it.
struct waiting_flight {
    explicit waiting_flight(const cell& where, faceki::client_config config = {}, faceki::wait_limit limit = {})
        : row(where), r(std::move(config), where.meets.needs_long_request())
    {
        r.lead_to(row.meets);
        begin = r.now();
        caller = r.ask(limit);
        r.until_at_the_step();
        BOOST_TEST(!caller->done);
        BOOST_TEST(r.client().stats().requests_sent == sent());
        BOOST_TEST(r.lines_with("request sent") == static_cast<unsigned>(row.whole)); // not while it is written
    }

    unsigned sent() const { return static_cast<unsigned>(row.requests); }
    /// Of what the peers and the kit's endpoint have read to the end.
    int whole() { return r.requests_at_peers() + static_cast<int>(r.mock().requests()); }

    /// It is still the same flight; left alone by its callers it ends with a token that is kept.
    void goes_on_and_is_kept()
    {
        BOOST_TEST(r.client().stats().waiting == 0U);
        if (r.has_peer() && row.meets.how.at != stop_at::backlog)
            BOOST_TEST(r.open_at_peers() == 1); // not closed with its callers
        r.end_silence();
        r.until([this] { return r.client().stats().tokens == 1; }, "the flight brings its token");
        const faceki::stats stats = r.client().stats();
        BOOST_TEST(stats.flights == 1U);
        BOOST_TEST(stats.retries == 0U);
        BOOST_TEST(stats.failures == 0U);
        BOOST_TEST(stats.requests_sent == 1U);
        BOOST_TEST(whole() == 1);
        BOOST_TEST(r.client().peek());
        const auto next = r.ask();
        r.settle();
        BOOST_TEST((next->done && !next->error));
        BOOST_TEST(r.client().stats().requests_sent == 1U);
    }

    /// The connection of the cancelled attempt, where it had one.
    void its_connection_is_closed()
    {
        r.until([this] { return r.open_at_peers() == 0 || row.meets.needs_long_request(); }, "it is closed");
    }

    const cell& row;
    rig r;
    time_point begin;
    std::unique_ptr<call> caller;
};

template <class Check>
void in_every_step(const char* column, const Check& check)
{
    std::set<std::string_view> steps;
    for (const cell& row : table()) {
        if (!row.meets.silent())
            continue;
        steps.insert(row.step);
        std::uint64_t requests = 0;
        BOOST_TEST_CONTEXT(column << ": " << row.step << ", " << row.how)
        {
            requests = check(row);
        }
        BOOST_TEST_MESSAGE(column << " | " << row.step << ", " << row.how << " | requests " << requests);
    }
    BOOST_TEST(steps.size() == 6U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(cancellation)

BOOST_AUTO_TEST_CASE(callers_who_cancel_leave_alone_and_the_flight_goes_on)
{
    in_every_step("caller cancels", [](const cell& row) {
        waiting_flight f(row);
        const auto other = f.r.ask();
        f.caller->cancel.emit(asio::cancellation_type::total);
        f.r.settle();
        BOOST_TEST(f.caller->done);
        BOOST_TEST((f.caller->error == asio::error::operation_aborted));
        BOOST_TEST(!other->done);
        BOOST_TEST(f.r.client().stats().waiting == 1U);
        other->cancel.emit(asio::cancellation_type::terminal);
        f.r.settle();
        BOOST_TEST((other->done && other->error == asio::error::operation_aborted));
        BOOST_TEST(f.r.client().stats().cancelled == 2U);
        BOOST_TEST((f.r.now() == f.begin));
        f.goes_on_and_is_kept();
        return f.r.client().stats().requests_sent;
    });
}

BOOST_AUTO_TEST_CASE(a_caller_whose_own_limit_passes_leaves_alone_and_the_flight_goes_on)
{
    in_every_step("own limit", [](const cell& row) {
        waiting_flight f(row, {}, faceki::within(2s));
        BOOST_TEST((f.r.next_alarm() == 2s));
        f.r.pass(2s - 1ms);
        BOOST_TEST(!f.caller->done);
        f.r.pass(1ms);
        BOOST_TEST(f.caller->done);
        BOOST_TEST(f.caller->error == make_error_code(errc::timed_out));
        BOOST_TEST((f.caller->ended - f.begin == 2s));
        BOOST_TEST(!f.caller->details.retry_at); // the flight has not failed
        BOOST_TEST(f.r.client().stats().timed_out == 1U);
        f.goes_on_and_is_kept();
        return f.r.client().stats().requests_sent;
    });
}

BOOST_AUTO_TEST_CASE(a_closed_client_ends_its_flight_at_once_and_says_whether_a_request_was_out)
{
    in_every_step("close()", [](const cell& row) {
        waiting_flight f(row);
        const faceki::close_report report = f.r.client().close();
        BOOST_TEST(report.request_dropped == (row.requests == 1));
        BOOST_TEST(report.waiters_aborted == 1U);
        bool at_rest = false;
        f.r.client().async_close([&at_rest](std::error_code) { at_rest = true; });
        f.r.until_at_rest(); // with a getaddrinfo that hangs too
        BOOST_TEST(at_rest);
        BOOST_TEST((f.caller->done && f.caller->error == asio::error::operation_aborted));
        f.its_connection_is_closed();
        const auto next = f.r.ask();
        f.r.settle();
        BOOST_TEST((next->done && next->error == asio::error::operation_aborted));
        BOOST_TEST(f.r.client().stats().requests_sent == f.sent());
        BOOST_TEST(f.whole() == row.whole);
        BOOST_TEST((f.r.now() == f.begin));
        BOOST_TEST((f.r.next_alarm() < 0s)); // none is left
        return f.r.client().stats().requests_sent;
    });
}

BOOST_AUTO_TEST_CASE(a_destroyed_client_ends_its_flight_at_once)
{
    in_every_step("destructor", [](const cell& row) {
        waiting_flight f(row);
        f.r.destroy_client();
        f.r.until_at_rest();
        BOOST_TEST((f.caller->done && f.caller->error == asio::error::operation_aborted));
        f.its_connection_is_closed();
        BOOST_TEST(f.whole() == row.whole);
        BOOST_TEST((f.r.now() == f.begin));
        BOOST_TEST((f.r.next_alarm() < 0s));
        return static_cast<std::uint64_t>(row.requests);
    });
}

BOOST_AUTO_TEST_CASE(with_new_credentials_the_callers_move_to_a_new_flight)
{
    in_every_step("set_credentials()", [](const cell& row) {
        waiting_flight f(row);
        if (row.meets.what != fault::kind::lookup_hangs)
            f.r.lead_to({});
        f.r.client().set_credentials(faceki::credentials("other-client", "other-secret"));
        f.r.settle();
        if (row.meets.what == fault::kind::lookup_hangs) {
            BOOST_TEST(!f.caller->done); // the new flight joined the lookup of the old one
            BOOST_TEST(f.r.names().asked() == 1);
            f.r.lead_to({});
        }
        f.r.until([&] { return f.caller->done; }, "the caller gets the new token");
        BOOST_TEST(!f.caller->error, f.caller->error.message());
        BOOST_TEST(f.caller->token);
        const faceki::stats stats = f.r.client().stats();
        BOOST_TEST(stats.flights == 2U);
        BOOST_TEST(stats.tokens == 1U);
        BOOST_TEST(stats.failures == 0U); // the old one did not fail: it was called off
        BOOST_TEST(stats.requests_sent == f.sent() + 1);
        BOOST_TEST(f.r.mock().requests() == 1U);
        BOOST_TEST(f.r.mock().accepted() == 1U);
        BOOST_TEST(f.r.mock().recorded().at(0).body.find("other-client") != std::string::npos);
        BOOST_TEST(f.r.requests_at_peers() == row.whole);
        BOOST_TEST((f.r.now() == f.begin));
        f.its_connection_is_closed();
        return stats.requests_sent;
    });
}

BOOST_AUTO_TEST_CASE(the_flights_deadline_ends_every_step)
{
    in_every_step("flight deadline", [](const cell& row) {
        faceki::client_config config;
        config.limits.connect_timeout = 60s;
        config.limits.attempt_timeout = 60s;
        waiting_flight f(row, config);
        BOOST_TEST((f.r.next_alarm() == 30s)); // the documented default
        f.r.pass(30s - 1ms);
        BOOST_TEST(!f.caller->done);
        f.r.pass(1ms);
        BOOST_TEST(f.caller->done);
        BOOST_TEST(f.caller->error == make_error_code(errc::timed_out));
        BOOST_TEST((f.caller->ended - f.begin == 30s));
        const faceki::diagnostics& details = f.caller->details;
        BOOST_TEST(details.attempt == 1);
        BOOST_TEST(details.requests_sent == row.requests);
        // The refresher ends it, which does not know how far the answer came: only whether it may have been billed.
        BOOST_TEST((details.kind == (row.requests == 1 ? failure_kind::sent_no_answer : failure_kind::not_sent) ||
                    (details.kind == row.kind && details.http_status == row.status)));
        BOOST_TEST(!details.cause);
        BOOST_TEST_REQUIRE(details.retry_at.has_value());
        const duration cool_down = *details.retry_at - f.r.now();
        BOOST_TEST((cool_down >= 800ms && cool_down <= 1200ms));
        f.its_connection_is_closed();
        BOOST_TEST(f.r.client().stats().failures == 1U);
        BOOST_TEST(f.r.client().stats().requests_sent == f.sent());

        f.r.lead_to({});
        f.r.pass(cool_down - 1ms);
        const auto refused = f.r.ask();
        f.r.settle();
        BOOST_TEST((refused->done && refused->error == f.caller->error));
        f.r.pass(1ms);
        const auto next = f.r.ask();
        f.r.until([&] { return next->done; }, "the next call ends");
        BOOST_TEST(!next->error, next->error.message());
        BOOST_TEST(f.r.client().stats().requests_sent == f.sent() + 1);
        BOOST_TEST(f.r.mock().requests() == 1U);
        BOOST_TEST(f.r.mock().accepted() == 1U);
        return f.r.client().stats().requests_sent;
    });
}

BOOST_AUTO_TEST_SUITE_END()
