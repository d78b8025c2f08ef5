// The scripted endpoint as a judge: what it counts, what its API accepts, and how its requests end.
#include <boost/test/unit_test.hpp>

#include <faceki/testing/world.hpp>

#include "kit/by_hand.hpp"

namespace {

using namespace std::chrono_literals;
using faceki::errc;
using faceki::testing::world;
using faceki_test::bench;

} // namespace

BOOST_AUTO_TEST_SUITE(judge)

BOOST_AUTO_TEST_CASE(a_request_is_early_while_the_last_token_of_its_client_lives)
{
    bench b;
    b.endpoint.set_latency(100ms);
    const auto ask = [&b](const std::string& client_id) {
        const auto request = b.ask(client_id);
        b.advance(100ms);
        BOOST_REQUIRE(request->result.has_value());
        return std::string(request->result->value());
    };
    b.endpoint.grant("t1", 60s);
    BOOST_TEST(ask("a") == "t1"); // lives until 60 s from now
    BOOST_TEST(b.endpoint.early() == 0U);
    BOOST_TEST(ask("b") == "token-2"); // another client: not early
    BOOST_TEST(b.endpoint.early() == 0U);
    b.advance(59'899ms); // 1 ms before its end
    BOOST_TEST(ask("a") == "token-3");
    BOOST_TEST(b.endpoint.early() == 1U);
    b.advance(1h);
    BOOST_TEST(ask("a") == "token-4"); // at its end exactly
    BOOST_TEST(b.endpoint.early() == 1U);
    b.endpoint.revoke_all();
    BOOST_TEST(ask("a") == "token-5"); // a revoked token is not alive
    BOOST_TEST(b.endpoint.early() == 1U);
    BOOST_TEST(ask("a") == "token-6");
    BOOST_TEST(b.endpoint.early() == 2U);
    b.endpoint.refuse();
    const auto refused = b.ask("a");
    b.advance(100ms);
    BOOST_TEST((refused->result->error() == errc::connect_failed));
    BOOST_TEST(refused->request.times_sent == 0);
    BOOST_TEST(b.endpoint.early() == 2U); // nothing arrived
    BOOST_TEST(b.endpoint.requests() == 6U);
}

BOOST_AUTO_TEST_CASE(requests_in_flight_are_counted)
{
    bench b;
    b.endpoint.hold().hold();
    const auto first = b.ask();
    const auto second = b.ask();
    const auto third = b.ask();
    BOOST_TEST(b.endpoint.in_flight() == 3U);
    b.advance(1h);
    BOOST_TEST(third->result.has_value());
    BOOST_TEST(!first->result.has_value());
    BOOST_TEST(b.endpoint.in_flight() == 2U);
    b.endpoint.release();
    BOOST_TEST(!first->result.has_value()); // by a post
    b.context.run();
    BOOST_TEST(first->result->value() == "token-1");
    BOOST_TEST(second->result->value() == "token-2");
    BOOST_TEST(first->request.times_sent == 1);
    BOOST_TEST(first->request.times_received == 1);
    BOOST_TEST(b.endpoint.in_flight() == 0U);
    BOOST_TEST(b.endpoint.most_in_flight() == 3U);
    BOOST_TEST(b.endpoint.requests() == 3U);
    BOOST_TEST(b.endpoint.cancelled() == 0U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_ends_at_once_and_has_been_counted)
{
    bench b;
    b.endpoint.hold();
    for (const auto& waiting : {b.ask(), b.ask()}) { // held, and on its way
        BOOST_TEST(!waiting->result.has_value());
        waiting->cancel.emit(asio::cancellation_type::terminal);
        b.context.run();
        BOOST_REQUIRE(waiting->result.has_value());
        BOOST_TEST((waiting->result->error() == asio::error::operation_aborted));
        BOOST_TEST(waiting->result->diagnostics().requests_sent == 1);
        BOOST_TEST(waiting->request.times_received == 0);
        waiting->cancel.emit(asio::cancellation_type::terminal); // a second time: nothing
    }
    BOOST_TEST(b.endpoint.requests() == 2U);
    BOOST_TEST(b.endpoint.cancelled() == 2U);
    BOOST_TEST(b.endpoint.in_flight() == 0U);
    BOOST_TEST(!b.clock->next_alarm().has_value());
    b.endpoint.release();
    b.context.run();
}

BOOST_AUTO_TEST_CASE(requests_that_wait_die_with_their_context)
{
    std::shared_ptr<faceki_test::started_request> held;
    std::shared_ptr<faceki_test::started_request> under_way;
    {
        bench b;
        b.endpoint.hold();
        held = b.ask();
        under_way = b.ask();
        BOOST_TEST(held.use_count() == 2);
    }
    BOOST_TEST(held.use_count() == 1);
    BOOST_TEST(under_way.use_count() == 1);
    BOOST_TEST(!held->result.has_value());
}

BOOST_AUTO_TEST_CASE(the_api_takes_live_tokens_only)
{
    world w;
    w.endpoint.grant("t1", 60s).reply(200, R"({"access_token":"flat","expires_in":9})").grant("t2", 60s);
    faceki::client client = w.client();
    const auto fetch = [&]() {
        faceki::access_token token;
        const auto call = [&]() -> asio::awaitable<void> {
            const faceki::token_result result = co_await client.try_token();
            token = result.token();
        };
        w.spawn(call);
        w.run_for(1s);
        return token;
    };
    const faceki::access_token none;
    BOOST_TEST(w.endpoint.api_status(none) == 401);
    BOOST_TEST(w.endpoint.presented() == 0U); // no token, nothing presented
    const auto first = fetch();
    BOOST_TEST(w.endpoint.api_status(first) == 200);
    w.run_for(first.regenerate_after() - w.now() - 1ns);
    BOOST_TEST(w.endpoint.api_status(first) == 200);
    w.run_for(1ns);
    BOOST_TEST(w.endpoint.api_status(first) == 401);
    BOOST_TEST(w.endpoint.presented() == 3U);
    BOOST_TEST(w.endpoint.dead() == 1U);

    BOOST_TEST(!fetch()); // the reply that the client does not take grants nothing
    w.run_for(10s);
    const auto second = fetch();
    BOOST_REQUIRE(second);
    BOOST_TEST(w.endpoint.api_status(second) == 200);
    w.endpoint.revoke_all();
    BOOST_TEST(w.endpoint.api_status(second) == 401);
    world elsewhere;
    BOOST_TEST(elsewhere.endpoint.api_status(second) == 401); // never granted there
    BOOST_TEST(w.endpoint.dead() == 2U);
    BOOST_TEST(w.endpoint.early() == 0U);
}

BOOST_AUTO_TEST_CASE(tokens_may_hold_anything_json_can_carry)
{
    world w;
    const std::string odd = R"(quote"back\slash/~)";
    w.endpoint.grant(odd, 1500ms);
    faceki::client client = w.client();
    const auto call = [&]() -> asio::awaitable<void> {
        const faceki::access_token token = co_await client.token();
        BOOST_TEST(token.value() == odd);
        BOOST_TEST((token.expires_in() == 1500ms)); // not whole seconds
    };
    w.spawn(call);
    w.run_for(1s);
    BOOST_TEST(w.endpoint.requests() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
