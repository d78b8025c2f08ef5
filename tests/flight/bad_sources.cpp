// Sources that hang, throw, come too late or give what is no token.
#include <functional>
#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

std::shared_ptr<custom_source> throwing(std::function<void()> what)
{
    return std::make_shared<custom_source>([what = std::move(what)](grant_request&) -> asio::awaitable<grant_result> {
        what();
        co_return grant_result::failed(errc::timed_out, {});
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_sources)

BOOST_FIXTURE_TEST_CASE(the_deadline_passes_for_everybody_at_once_and_says_so, world)
{
    config.limits.flight_deadline = 3s;
    source->hold();
    start();
    const auto first = ask_details(*client);
    pass(2s);
    const auto late = ask_details(*client);
    pass(1s);
    for (const auto& a : {first, late}) {
        BOOST_TEST(a->failed(errc::timed_out));
        BOOST_TEST((a->details.kind == failure_kind::sent_no_answer));
        BOOST_TEST(a->details.requests_sent == 1);
        BOOST_TEST(a->details.retry_at.has_value());
    }
    BOOST_TEST(source->cancelled() == 1U);
    BOOST_TEST(source->in_flight() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_stubborn_source_is_abandoned_and_its_late_token_dropped, world)
{
    source->hold_stubbornly().hold();
    start();
    const auto first = ask(*client);
    pass(30s);
    BOOST_TEST(first->failed(errc::timed_out));
    pass(2s);
    const auto second = ask(*client);
    run();
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(source->in_flight() == 2U);
    source->release(); // both, the abandoned one first
    run();
    BOOST_TEST(second->token.value() == "token-2");
    BOOST_TEST(client->peek().value() == "token-2");
    BOOST_TEST(client->stats().tokens == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_late_token_alone_is_not_published_either, world)
{
    source->hold_stubbornly();
    start();
    ask(*client);
    pass(31s);
    source->release();
    run();
    BOOST_TEST(!client->peek());
    BOOST_TEST(client->stats().tokens == 0U);
    pass(2s);
    BOOST_TEST(fetch().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(a_source_that_throws_is_a_failed_attempt, world)
{
    source->throw_exception();
    start();
    const auto a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::malformed_token));
    BOOST_TEST(a->details.message.find("scripted exception") == std::string::npos); // not our words
    BOOST_TEST(a->details.retry_at.has_value());
    pass(2s);
    BOOST_TEST(fetch().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(what_a_source_throws_decides_the_error, world)
{
    start(throwing([] { throw std::bad_alloc(); }));
    auto a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(std::make_error_code(std::errc::not_enough_memory)));
    start(throwing([] { throw std::system_error(std::make_error_code(std::errc::host_unreachable)); }));
    a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(std::make_error_code(std::errc::host_unreachable)));
    BOOST_TEST((a->details.cause == std::errc::host_unreachable));
    start(throwing([] { throw 42; }));
    a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::malformed_token));
    start(throwing([] { throw token_error(errc::credentials_rejected, {}); }));
    a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::credentials_rejected));
    BOOST_TEST(*a->details.retry_at == now() + 5s);
}

BOOST_FIXTURE_TEST_CASE(a_token_of_no_characters_is_no_token, world)
{
    const auto hollow = std::make_shared<custom_source>(
        [](grant_request&) -> asio::awaitable<grant_result> { co_return grant_result::granted("", 60s); });
    start(hollow);
    const auto a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::malformed_token));
    BOOST_TEST(!client->peek());
    ask(*client);
    run();
    BOOST_TEST(hollow->requests == 1U); // no loop
}

BOOST_FIXTURE_TEST_CASE(a_token_that_does_not_fit_a_header_or_the_limit_is_refused_from_any_source, world)
{
    for (const std::string bad : {"a b", "a\r\nX-Evil: 1", "tab\t", "nul\x01", "\x7f", "caf\xC3\xA9"}) {
        source->grant(bad, 60s);
        start();
        const auto a = ask_details(*client);
        run();
        BOOST_TEST(a->failed(errc::malformed_token));
        BOOST_TEST(a->details.message.find(bad) == std::string::npos);
    }
    source->grant(std::string(config.limits.max_token_bytes + 1, 'x'), 60s);
    start();
    const auto a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::response_too_large));
    source->grant(std::string(config.limits.max_token_bytes, 'x'), 60s);
    start();
    BOOST_TEST(fetch().value().size() == config.limits.max_token_bytes);
}

BOOST_FIXTURE_TEST_CASE(dead_on_arrival_is_malformed_and_says_why, world)
{
    config.lifetime.safety_margin = 10s;
    source->grant("as-short-as-the-margin", 10s).grant("longer", 10001ms);
    start();
    const auto a = ask_details(*client);
    run();
    BOOST_TEST(a->failed(errc::malformed_token));
    BOOST_TEST((a->details.kind == failure_kind::answered));
    BOOST_TEST(a->details.message.find("margin") != std::string::npos);
    BOOST_TEST(a->details.requests_sent == 1);
    pass(2s);
    BOOST_TEST(fetch().value() == "longer");
}

BOOST_FIXTURE_TEST_CASE(a_failure_later_than_the_use_of_the_token_displaces_nothing, world)
{
    // The late failure of a retired flight must not touch the successor's token.
    source->hold_stubbornly().grant("good", 1h);
    start();
    const auto a = ask(*client);
    pass(1s);
    client->set_credentials(credentials("b", "b"));
    pass(29s);
    BOOST_TEST(a->token.value() == "good");
    source->release();
    run();
    BOOST_TEST(client->peek().value() == "good");
    BOOST_TEST(client->stats().failures == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
