// The two ways to renew before expiry: a rejected token and new credentials.
#include <string>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(renewing)

BOOST_FIXTURE_TEST_CASE(invalidate_drops_the_current_token_and_the_next_call_renews_at_once, world)
{
    start();
    const access_token first = fetch();
    BOOST_TEST(client->invalidate(first));
    BOOST_TEST(!client->peek());
    run();
    BOOST_TEST(source->requests() == 1U); // nobody asked yet
    BOOST_TEST(fetch().value() == "token-2");
    BOOST_TEST(first.value() == "token-1"); // a held handle stays what it was
}

BOOST_FIXTURE_TEST_CASE(invalidate_compares_by_value, world)
{
    source->grant("same", 1h).grant("same", 1h).grant("other", 1h);
    start();
    const access_token first = fetch();
    BOOST_TEST(client->invalidate(first));
    BOOST_TEST(fetch().value() == "same"); // the endpoint gave the rejected one again
    BOOST_TEST(client->invalidate(first)); // and it is rejected again: equal characters count
    BOOST_TEST(client->stats().invalidated == 2U);
}

BOOST_FIXTURE_TEST_CASE(invalidate_ignores_empty_older_and_foreign_tokens, world)
{
    world elsewhere;
    elsewhere.source->grant("foreign", 1h);
    elsewhere.start();
    const access_token foreign = elsewhere.fetch();
    start();
    BOOST_TEST(!client->invalidate({})); // while there is none
    const access_token old = fetch();
    BOOST_TEST(client->invalidate(old));
    const access_token current = fetch();
    BOOST_TEST(!client->invalidate({}));
    BOOST_TEST(!client->invalidate(old));
    BOOST_TEST(!client->invalidate(foreign));
    BOOST_TEST((client->peek() == current));
    BOOST_TEST(client->invalidate(current));
    BOOST_TEST(!client->invalidate(current)); // once
    BOOST_TEST(!client->invalidate({}));
}

BOOST_FIXTURE_TEST_CASE(invalidate_in_the_gap_or_later_brings_nothing_forward, world)
{
    config.lifetime.safety_margin = 10s;
    source->grant("first", 60s);
    start();
    const access_token first = fetch();
    pass(55s);
    BOOST_TEST(!client->invalidate(first));
    const auto waits = ask(*client);
    run();
    BOOST_TEST(source->requests() == 1U);
    pass(5s);
    BOOST_TEST(waits->served());
    BOOST_TEST(!client->invalidate(first));
}

BOOST_FIXTURE_TEST_CASE(invalidate_during_a_flight_is_a_no_op, world)
{
    source->grant("first", 1s).hold();
    start();
    const access_token first = fetch();
    pass(1s);
    const auto waits = ask(*client);
    run();
    BOOST_TEST(!client->invalidate(first));
    source->release();
    run();
    BOOST_TEST(waits->served());
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(forced_renewals_are_10_s_apart_then_20_then_40, world)
{
    start();
    BOOST_TEST(client->invalidate(fetch()));
    BOOST_TEST(client->invalidate(fetch())); // the renewal, at once; and it is rejected too
    for (const auto apart : {10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        const auto requests = source->requests();
        const auto refused = ask_details(*client);
        run();
        BOOST_TEST(refused->failed(errc::rate_limited));
        BOOST_TEST(*refused->details.retry_at == now() + apart);
        BOOST_TEST(!refused->details.message.empty());
        pass(apart - 1ns);
        const auto still = ask(*client);
        run();
        BOOST_TEST(still->failed(errc::rate_limited));
        BOOST_TEST(source->requests() == requests);
        pass(1ns);
        BOOST_TEST(client->invalidate(fetch()));
        BOOST_TEST(source->requests() == requests + 1);
    }
}

BOOST_FIXTURE_TEST_CASE(a_renewal_that_is_due_anyway_is_not_held_up_by_the_limit_of_forced_ones, world)
{
    // The limit is about early requests. A minute's token that was rejected is due a minute after its grant, whatever
    // the limit.
    for (int n = 0; n < 20; ++n)
        source->grant("", 60s);
    start();
    BOOST_TEST(client->invalidate(fetch()));
    for (int n = 0; n < 6; ++n) {
        const auto token = fetch();
        const auto due = token.regenerate_after();
        BOOST_TEST(client->invalidate(token));
        for (auto refused = ask_details(*client);; refused = ask_details(*client)) {
            run();
            if (refused->served())
                break;
            BOOST_REQUIRE(refused->details.retry_at.has_value());
            BOOST_TEST(*refused->details.retry_at <= due);
            if (*refused->details.retry_at > due)
                return;
            pass(*refused->details.retry_at - now());
        }
    }
}

BOOST_FIXTURE_TEST_CASE(set_credentials_moves_the_waiters_and_never_publishes_the_old_result, world)
{
    source->hold_stubbornly().hold();
    start();
    const auto before = ask(*client);
    run();
    client->set_credentials(credentials("id-2", "secret-2"));
    const auto after = ask(*client);
    run();
    source->release(); // the old request gives its token now
    run();
    BOOST_TEST(source->last_client_id() == "id-2");
    BOOST_TEST(before->open());
    BOOST_TEST(!client->peek());
    source->release();
    run();
    BOOST_TEST(before->token.value() == "token-2");
    BOOST_TEST(after->token.value() == "token-2");
    BOOST_TEST(client->peek().value() == "token-2");
    BOOST_TEST(client->stats().tokens == 1U);
}

BOOST_FIXTURE_TEST_CASE(set_credentials_cancels_the_old_request, world)
{
    source->hold();
    start();
    ask(*client);
    run();
    client->set_credentials(credentials("id-2", "secret-2"));
    run();
    BOOST_TEST(source->cancelled() == 1U);
    BOOST_TEST(source->in_flight() == 0U);
}

BOOST_FIXTURE_TEST_CASE(even_set_credentials_has_one_request_in_flight_at_a_time, world)
{
    source->hold().hold().hold();
    start();
    ask(*client);
    run();
    for (const char* id : {"b", "c", "d"}) {
        client->set_credentials(credentials(id, "secret"));
        run();
    }
    BOOST_TEST(source->last_client_id() == "d");
    BOOST_TEST(source->most_in_flight() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_source_that_ignores_its_cancellation_holds_up_the_new_credentials_to_its_deadline_at_most,
                        world)
{
    source->hold_stubbornly();
    start();
    const auto a = ask(*client);
    pass(1s);
    client->set_credentials(credentials("id-2", "secret-2"));
    pass(29s - 1ns);
    BOOST_TEST(a->open());
    BOOST_TEST(source->requests() == 1U);
    pass(1ns);
    BOOST_TEST(a->token.value() == "token-2");
    source->release();
    run();
    BOOST_TEST(client->peek().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(set_credentials_drops_the_live_token_at_once, world)
{
    start();
    fetch();
    client->set_credentials(credentials("id-2", "secret-2"));
    BOOST_TEST(!client->peek());
    run();
    BOOST_TEST(source->requests() == 1U); // nobody waits
    BOOST_TEST(fetch().value() == "token-2");
    BOOST_TEST(source->last_client_id() == "id-2");
}

BOOST_FIXTURE_TEST_CASE(set_credentials_ends_a_wait_in_the_gap, world)
{
    config.lifetime.safety_margin = 10s;
    source->grant("first", 60s);
    start();
    fetch();
    pass(55s);
    const auto waits = ask(*client);
    run();
    client->set_credentials(credentials("id-2", "secret-2"));
    run();
    BOOST_TEST(waits->token.value() == "token-2"); // the vendor's rule is about the old credentials' token
}

BOOST_FIXTURE_TEST_CASE(set_credentials_without_waiters_sends_nothing_and_cancels_the_flight, world)
{
    source->hold();
    start();
    asio::cancellation_signal signal;
    const auto gone = std::make_shared<answer>();
    client->async_token(asio::bind_cancellation_slot(signal.slot(), note(gone)));
    run();
    signal.emit(asio::cancellation_type::terminal);
    run();
    client->set_credentials(credentials("id-2", "secret-2"));
    run();
    BOOST_TEST(source->cancelled() == 1U);
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(!client->peek());
}

BOOST_FIXTURE_TEST_CASE(many_changes_before_the_client_runs_are_one_request_with_the_last, world)
{
    start();
    const auto a = ask(*client);
    for (const char* id : {"b", "c", "d"})
        client->set_credentials(credentials(id, "secret"));
    run();
    BOOST_TEST(a->served());
    BOOST_TEST(source->requests() == 1U);
    BOOST_TEST(source->last_client_id() == "d");
}

BOOST_FIXTURE_TEST_CASE(credentials_that_cannot_be_sent_change_nothing, world)
{
    start();
    const access_token token = fetch();
    for (const auto& bad : {credentials("", "secret"), credentials("id", ""), credentials("id\xff", "secret"),
                            credentials(std::string(64 * 1024 + 1, 'x'), "secret")}) {
        try {
            client->set_credentials(bad);
            BOOST_ERROR("accepted");
        } catch (const token_error& e) {
            BOOST_TEST((e.code() == errc::invalid_config));
            BOOST_TEST(e.diagnostics().message.find("credentials.client_") == 0U);
            BOOST_TEST(e.diagnostics().message.find("xxx") == std::string::npos);
        }
    }
    BOOST_TEST((client->peek() == token));
    BOOST_TEST(client->invalidate(token));
    fetch();
    BOOST_TEST(source->last_client_id() == "id");
}

BOOST_FIXTURE_TEST_CASE(new_credentials_may_renew_although_the_old_ones_were_rate_limited, world)
{
    start();
    BOOST_TEST(client->invalidate(fetch()));
    BOOST_TEST(client->invalidate(fetch()));
    const auto refused = ask(*client);
    run();
    BOOST_TEST(refused->failed(errc::rate_limited));
    client->set_credentials(credentials("id-2", "secret-2"));
    BOOST_TEST(fetch().value() == "token-3");
}

BOOST_AUTO_TEST_SUITE_END()
