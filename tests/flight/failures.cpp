// One outcome per flight, shared by all; then silence until the cool-down ends.
#include <algorithm>
#include <functional>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(failures)

BOOST_FIXTURE_TEST_CASE(all_waiters_of_a_flight_get_the_same_diagnostics, world)
{
    const auto detailed = std::make_shared<custom_source>([](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        diagnostics details;
        details.message = "our words";
        details.http_status = 503;
        details.server_message = "their words";
        details.response_code = 7;
        details.status_code = 9;
        details.kind = failure_kind::answered;
        details.cause = std::make_error_code(std::errc::io_error);
        details.attempt = 3;
        details.requests_sent = 2;
        details.phases.server = 5ms;
        co_return grant_result::failed(errc::server_error, std::move(details));
    });
    start(detailed);
    std::vector<answer_ptr> answers;
    for (int n = 0; n < 10; ++n)
        answers.push_back(ask_details(*client));
    run();
    answers.push_back(ask_details(*client)); // within the cool-down
    run();
    for (const auto& a : answers) {
        BOOST_TEST(a->failed(errc::server_error));
        BOOST_TEST(a->details.message == "our words");
        BOOST_TEST(a->details.http_status == 503);
        BOOST_TEST(a->details.server_message == "their words");
        BOOST_TEST(a->details.response_code.value_or(0) == 7);
        BOOST_TEST(a->details.status_code.value_or(0) == 9);
        BOOST_TEST((a->details.kind == failure_kind::answered));
        BOOST_TEST((a->details.cause == std::errc::io_error));
        BOOST_TEST(a->details.attempt == 3);
        BOOST_TEST(a->details.requests_sent == 2);
        BOOST_TEST(a->details.phases.server == 5ms);
        BOOST_TEST((a->details.retry_at == answers.front()->details.retry_at));
    }
    BOOST_TEST(detailed->requests == 1U);
}

BOOST_FIXTURE_TEST_CASE(token_throws_a_token_error_with_the_same_diagnostics, world)
{
    source->fail(errc::connect_failed, 0ms, false);
    start();
    std::optional<diagnostics> caught;
    const auto call = [&]() -> asio::awaitable<void> {
        try {
            co_await client->token();
        } catch (const token_error& e) {
            BOOST_TEST((e.code() == errc::connect_failed));
            caught = e.diagnostics();
        }
    };
    asio::co_spawn(io, call, asio::detached);
    run();
    BOOST_REQUIRE(caught.has_value());
    BOOST_TEST(caught->message == "scripted failure");
    BOOST_TEST((caught->kind == failure_kind::not_sent));
    BOOST_TEST(caught->requests_sent == 0);
    BOOST_TEST(caught->attempt == 1);
    BOOST_TEST(caught->retry_at.has_value());
}

BOOST_FIXTURE_TEST_CASE(the_cool_down_ends_exactly_at_retry_at, world)
{
    source->fail(errc::server_error);
    start();
    const auto first = ask_details(*client);
    run();
    BOOST_REQUIRE(first->details.retry_at);
    const auto retry_at = *first->details.retry_at;
    pass(retry_at - now() - 1ns);
    const auto early = ask_details(*client);
    run();
    BOOST_TEST(early->failed(errc::server_error));
    BOOST_TEST((early->details.retry_at == retry_at));
    BOOST_TEST(source->requests() == 1U);
    pass(1ns);
    BOOST_TEST(fetch().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(cool_downs_grow_by_1_6_to_120_s_within_a_fifth, world)
{
    for (int n = 0; n < 16; ++n)
        source->fail(errc::server_error);
    start();
    double expected = 1.0;
    for (int n = 0; n < 16; ++n) {
        const auto a = ask_details(*client);
        run();
        BOOST_REQUIRE(a->details.retry_at);
        const double seconds = std::chrono::duration<double>(*a->details.retry_at - now()).count();
        BOOST_TEST(seconds >= expected * 0.8 - 1e-6);
        BOOST_TEST(seconds <= expected * 1.2 + 1e-6);
        expected = std::min(expected * 1.6, 120.0);
        pass(*a->details.retry_at - now());
    }
    BOOST_TEST(fetch().value() == "token-17");
}

BOOST_FIXTURE_TEST_CASE(no_two_clients_cool_down_in_step, world)
{
    // The spread is random per client: 8 equal ones would mean none.
    std::vector<boot_clock::time_point> seen;
    for (int n = 0; n < 8; ++n) {
        source->fail(errc::server_error);
        start();
        const auto a = ask_details(*client);
        run();
        seen.push_back(a->details.retry_at.value());
    }
    BOOST_TEST((std::adjacent_find(seen.begin(), seen.end(), std::not_equal_to<>{}) != seen.end()));
}

BOOST_FIXTURE_TEST_CASE(a_success_ends_the_row_of_failures, world)
{
    for (int n = 0; n < 6; ++n)
        source->fail(errc::server_error);
    source->grant("short", 1s).fail(errc::server_error);
    start();
    for (int n = 0; n < 6; ++n) {
        ask(*client);
        pass(20s);
    }
    BOOST_TEST(fetch().value() == "short");
    pass(1s);
    const auto a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::server_error));
    BOOST_TEST(*a->details.retry_at - now() <= 1200ms);
}

BOOST_FIXTURE_TEST_CASE(a_rejection_is_remembered_for_exactly_5_s_then_10, world)
{
    source->fail(errc::credentials_rejected).fail(errc::credentials_rejected);
    start();
    auto a = ask_details(*client);
    run();
    BOOST_TEST(*a->details.retry_at == now() + 5s);
    pass(5s - 1ns);
    a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::credentials_rejected));
    BOOST_TEST(source->requests() == 1U);
    pass(1ns);
    a = ask_details(*client);
    run();
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(*a->details.retry_at == now() + 10s);
}

BOOST_FIXTURE_TEST_CASE(set_credentials_clears_a_rejection, world)
{
    source->fail(errc::credentials_rejected);
    start();
    ask(*client);
    run();
    client->set_credentials(credentials("id-2", "secret-2"));
    run();
    BOOST_TEST(source->requests() == 1U); // nobody waits, nothing is sent
    BOOST_TEST(fetch().value() == "token-2");
    BOOST_TEST(source->last_client_id() == "id-2");
}

BOOST_AUTO_TEST_SUITE_END()
