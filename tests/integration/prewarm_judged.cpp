// Making ready in advance, judged by an endpoint that closes idle connections after 5 s: when it saw connections, when
// it saw requests, and that an idle client shows it nothing. All clients live side by side, each with an endpoint of
// its own: their one day of real time is recorded once, and each test looks at a part of it.
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>

#include "integration/prewarm_day.hpp"

using namespace faceki_test::prewarm;

namespace {

using days = std::map<std::string, record>;

days live_all()
{
    asio::io_context io(1);
    trial busy(io), without(io, false), closed_on(io), kept_fresh(io), left_late(io), left_early(io), peeked_at(io);
    trial idle(io);
    const auto begin = [&io](asio::awaitable<void> what) {
        asio::co_spawn(io, std::move(what), [](std::exception_ptr failed) {
            if (failed)
                std::rethrow_exception(failed);
        });
    };
    begin(busy.used_all_the_time());
    begin(without.used_all_the_time());
    begin(closed_on.used_all_the_time_but_the_endpoint_closes_what_was_made_ready());
    begin(kept_fresh.kept_fresh_without_a_caller());
    begin(left_late.used_late_then_left_alone());
    begin(left_early.used_early_then_left_alone());
    begin(peeked_at.peeked_at_all_the_time_without_a_token());
    io.run();
    return {{"busy", busy.evening()},           {"without", without.evening()},
            {"closed on", closed_on.evening()}, {"kept fresh", kept_fresh.evening()},
            {"left late", left_late.evening()}, {"left early", left_early.evening()},
            {"peeked at", peeked_at.evening()}, {"idle", idle.evening()}};
}

const record& day_of(const std::string& who)
{
    static const days all = live_all();
    return all.at(who);
}

/// The vendor's rule, for everybody.
void check_never_early(const record& seen)
{
    BOOST_TEST(seen.early == 0U);
    BOOST_TEST(seen.silent_until_end);
    for (std::size_t i = 1; i < seen.requests.size(); ++i) {
        BOOST_TEST((seen.requests[i] >= seen.requests[i - 1] + lifetime));
        BOOST_TEST((seen.requests[i] >= seen.end_of_first)); // later than use_until, by the exchange
    }
}

/// The second connection, shortly before the end and not earlier.
void check_made_ready_in_time(const record& seen)
{
    BOOST_TEST(seen.made_ready == 1U);
    BOOST_TEST_REQUIRE(seen.accepts.size() >= 2U);
    BOOST_TEST((seen.accepts[1] >= seen.end_of_first - lead));
    BOOST_TEST((seen.accepts[1] < seen.end_of_first));
}

void check_last_flight(const record& seen, bool on_a_connection_of_its_own)
{
    BOOST_TEST_REQUIRE(seen.flights.size() == 2U);
    const witness::flight& last = seen.flights.back();
    BOOST_TEST(!last.error);
    BOOST_TEST(last.attempts == 1);
    BOOST_TEST(last.requests_sent == 1);
    BOOST_TEST(last.connected == on_a_connection_of_its_own);
}

} // namespace

BOOST_AUTO_TEST_SUITE(prewarm_judged)

BOOST_AUTO_TEST_CASE(in_use_the_connection_is_made_shortly_before_the_end_and_the_request_leaves_after_it)
{
    for (const char* const who : {"busy", "kept fresh"}) {
        BOOST_TEST_CONTEXT(who)
        {
            const record& seen = day_of(who);
            BOOST_TEST(seen.accepts.size() == 2U);
            BOOST_TEST(seen.requests.size() == 2U);
            check_never_early(seen);
            check_made_ready_in_time(seen);
            check_last_flight(seen, false);
        }
    }
}

BOOST_AUTO_TEST_CASE(switched_off_the_connection_is_made_after_the_end)
{
    const record& seen = day_of("without");
    check_never_early(seen);
    BOOST_TEST(seen.made_ready == 0U);
    BOOST_TEST_REQUIRE(seen.accepts.size() == 2U);
    BOOST_TEST((seen.accepts[1] >= seen.end_of_first));
    check_last_flight(seen, true);
}

BOOST_AUTO_TEST_CASE(one_that_the_endpoint_closed_meanwhile_is_replaced_and_the_flight_succeeds)
{
    const record& seen = day_of("closed on");
    check_never_early(seen);
    check_made_ready_in_time(seen);
    BOOST_TEST_REQUIRE(seen.accepts.size() == 3U);
    BOOST_TEST((seen.accepts[2] >= seen.end_of_first));
    BOOST_TEST(seen.requests.size() == 2U);
    check_last_flight(seen, true);
}

BOOST_AUTO_TEST_CASE(used_shortly_before_the_end_then_left_alone_there_is_a_connection_but_no_request)
{
    const record& seen = day_of("left late");
    check_never_early(seen);
    check_made_ready_in_time(seen);
    // The caller that came when the endpoint's patience was over.
    BOOST_TEST_REQUIRE(seen.accepts.size() == 3U);
    BOOST_TEST_REQUIRE(seen.requests.size() == 2U);
    BOOST_TEST((seen.requests[1] >= seen.accepts[1] + idle_limit));
    check_last_flight(seen, true);
}

BOOST_AUTO_TEST_CASE(left_alone_before_the_last_quarter_nothing_happens_any_more)
{
    const record& seen = day_of("left early");
    check_never_early(seen);
    BOOST_TEST(seen.accepts.size() == 1U);
    BOOST_TEST(seen.requests.size() == 1U);
    BOOST_TEST(seen.made_ready == 0U);
    BOOST_TEST(seen.open == 0U);
}

BOOST_AUTO_TEST_CASE(an_idle_client_shows_its_endpoint_nothing_at_all)
{
    for (const char* const who : {"idle", "peeked at"}) {
        BOOST_TEST_CONTEXT(who)
        {
            const record& seen = day_of(who);
            BOOST_TEST(seen.accepts.size() == 0U);
            BOOST_TEST(seen.requests.size() == 0U);
            BOOST_TEST(seen.made_ready == 0U);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
