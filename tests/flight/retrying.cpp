// Attempts inside a flight, through the real refresher in virtual time: how many, when, and what they cost.
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct failure_row {
    errc code;
    failure_kind kind;
    int status = 0;
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

/// Fails as the rows say, then grants; remembers when each attempt began.
struct retrying_world : world {
    retrying_world() { config.retry = {}; }

    std::vector<failure_row> rows;
    std::vector<boot_clock::duration> begun;
    std::shared_ptr<custom_source> failing =
        std::make_shared<custom_source>([this](grant_request& request) { return attempt(*this, request); });

    static asio::awaitable<grant_result> attempt(retrying_world& w, grant_request& request)
    {
        const std::size_t n = w.begun.size();
        w.begun.push_back(w.now() - boot_clock::time_point{1000h});
        if (n >= w.rows.size()) {
            request.sent();
            request.received();
            co_return grant_result::granted("token", 60s);
        }
        const failure_row row = w.rows[n];
        if (row.kind != failure_kind::not_sent)
            request.sent();
        diagnostics details;
        details.message = "as the row says";
        details.kind = row.kind;
        details.http_status = row.status;
        details.retry_after = row.retry_after;
        co_return grant_result::failed(row.code, std::move(details));
    }

    refresher& begin()
    {
        config.random_seed = 1;
        return start(failing);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(retrying)

BOOST_FIXTURE_TEST_CASE(a_failed_attempt_is_followed_by_another_and_callers_see_one_outcome, retrying_world)
{
    rows = {{errc::server_error, failure_kind::answered, 503}, {errc::connect_failed, failure_kind::not_sent}};
    begin();
    const auto a = ask_details(*client);
    const auto b = ask_details(*client);
    pass(10s);
    BOOST_TEST(a->served());
    BOOST_TEST(b->served());
    BOOST_TEST(begun.size() == 3U);
    BOOST_TEST((begun[1] - begun[0] < 1s)); // full jitter: up to 1 s, then up to 2 s
    BOOST_TEST((begun[2] - begun[1] < 2s));
    const stats s = client->stats();
    BOOST_TEST(s.flights == 1U);
    BOOST_TEST(s.retries == 2U);
    BOOST_TEST(s.requests_sent == 2U);
    BOOST_TEST(s.failures == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_third_failure_ends_the_flight_and_says_how_many_there_were, retrying_world)
{
    rows.assign(5, {errc::server_error, failure_kind::answered, 503});
    begin();
    const auto a = ask_details(*client);
    pass(10s);
    BOOST_TEST(a->failed(errc::server_error));
    BOOST_TEST(a->details.attempt == 3);
    BOOST_TEST(a->details.requests_sent == 3);
    BOOST_TEST(begun.size() == 3U);
    BOOST_TEST(client->stats().requests_sent == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_was_sent_and_not_answered_is_sent_again_once, retrying_world)
{
    rows.assign(5, {errc::connection_lost, failure_kind::sent_no_answer});
    begin();
    const auto a = ask_details(*client);
    pass(10s);
    BOOST_TEST(a->failed(errc::connection_lost));
    BOOST_TEST(a->details.attempt == 2);
    BOOST_TEST(a->details.requests_sent == 2);
}

BOOST_FIXTURE_TEST_CASE(a_refused_certificate_and_refused_credentials_are_not_tried_again, retrying_world)
{
    rows = {{errc::tls_failed, failure_kind::not_sent}};
    begin();
    const auto a = ask_details(*client);
    pass(10s);
    BOOST_TEST(a->failed(errc::tls_failed));
    BOOST_TEST(begun.size() == 1U);
    rows = {{}, {errc::credentials_rejected, failure_kind::answered, 401}};
    const auto b = ask_details(*client);
    pass(10s);
    BOOST_TEST(b->failed(errc::credentials_rejected));
    BOOST_TEST(begun.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(retry_after_is_waited_for_inside_the_flight, retrying_world)
{
    rows = {{errc::rate_limited, failure_kind::answered, 429, 7s}};
    begin();
    const auto a = ask(*client);
    pass(7s - 1ns);
    BOOST_TEST(begun.size() == 1U);
    pass(1ns);
    BOOST_TEST(begun.size() == 2U);
    BOOST_TEST(a->served());
}

BOOST_FIXTURE_TEST_CASE(a_retry_after_past_the_deadline_fails_at_once_and_is_obeyed_by_the_next_flight, retrying_world)
{
    rows = {{errc::rate_limited, failure_kind::answered, 429, 90s}};
    begin();
    const auto a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::rate_limited));
    BOOST_TEST((a->details.retry_at == now() + 90s));
    pass(90s - 1ns);
    BOOST_TEST(ask(*client)->open());
    run();
    BOOST_TEST(begun.size() == 1U);
    pass(1ns);
    const auto b = ask(*client);
    run();
    BOOST_TEST(b->served());
}

BOOST_FIXTURE_TEST_CASE(a_very_long_retry_after_keeps_the_next_flight_away_for_an_hour_at_most, retrying_world)
{
    rows = {{errc::server_error, failure_kind::answered, 503, std::chrono::hours{24 * 365 * 10}}};
    begin();
    const auto a = ask_details(*client);
    run();
    BOOST_TEST((a->details.retry_at == now() + 1h));
}

BOOST_FIXTURE_TEST_CASE(one_attempt_is_the_limit_if_it_is_set_so, retrying_world)
{
    config.retry.max_attempts = 1;
    rows = {{errc::server_error, failure_kind::answered, 503}};
    begin();
    const auto a = ask_details(*client);
    pass(10s);
    BOOST_TEST(a->failed(errc::server_error));
    BOOST_TEST(begun.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(new_credentials_and_closing_end_a_pause, retrying_world)
{
    rows = {{errc::rate_limited, failure_kind::answered, 429, 20s}};
    begin();
    const auto a = ask(*client);
    run();
    client->set_credentials(credentials("other", "one"));
    run();
    BOOST_TEST(a->served()); // by the new flight, at once
    BOOST_TEST(client->stats().flights == 2U);
    pass(60s);
    rows = {{}, {}, {errc::rate_limited, failure_kind::answered, 429, 20s}};
    const auto b = ask(*client);
    run();
    BOOST_TEST(b->open());
    BOOST_TEST(!client->close().request_dropped); // it had been answered
    run();
    BOOST_TEST(b->aborted());
    pass(60s);
    BOOST_TEST(begun.size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_token_counts_from_the_attempt_that_brought_it, retrying_world)
{
    rows = {{errc::rate_limited, failure_kind::answered, 429, 10s}};
    begin();
    ask(*client);
    pass(10s);
    BOOST_TEST((client->peek().use_until() == now() + 60s));
}

BOOST_FIXTURE_TEST_CASE(the_deadline_bounds_attempts_that_hang, world)
{
    config.retry = {};
    source->fail(errc::connect_failed, 12s, false).hold();
    start();
    const auto a = ask_details(*client);
    pass(30s);
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(a->details.attempt == 2);
    BOOST_TEST(a->details.requests_sent == 1);
    BOOST_TEST((a->details.kind == failure_kind::sent_no_answer));
}

BOOST_AUTO_TEST_SUITE_END()
