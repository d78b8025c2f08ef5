// What a source may give, say and throw, and what becomes of it.
#include <stdexcept>
#include <system_error>
#include <utility>

#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct sourced_world : world {
    /// A caller served, or refused, by a source that gives what `script` gives.
    answer_ptr ask_one(custom_source::script script)
    {
        start(std::make_shared<custom_source>(std::move(script)));
        const auto a = ask_details(*client);
        pass(1s);
        return a;
    }

    answer_ptr ask_for(std::string token)
    {
        return ask_one(
            [token](grant_request&) -> asio::awaitable<grant_result> { co_return grant_result::granted(token, 1h); });
    }
};

/// Takes only credentials whose id is "good".
class choosy_source final : public token_source {
public:
    asio::awaitable<grant_result> request_token(grant_request&) override { co_return grant_result::granted("t", 1h); }
    void check(const credentials& c) const override
    {
        if (c.client_id() != "good")
            throw token_error(errc::invalid_config, {});
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(sources)

BOOST_FIXTURE_TEST_CASE(a_token_that_fits_no_header_field_is_refused_with_the_reason, sourced_world)
{
    config.limits.max_token_bytes = 8;
    BOOST_TEST(ask_for("12345678")->served());

    const auto empty = ask_for("");
    BOOST_TEST(empty->failed(errc::malformed_token));
    BOOST_TEST(empty->details.message == "the token source gave an empty token");
    BOOST_TEST((empty->details.kind == failure_kind::answered));

    const auto strange = ask_for("a\nb");
    BOOST_TEST(strange->failed(errc::malformed_token));
    BOOST_TEST(strange->details.message == "the token holds characters that do not fit a header field");

    const auto too_long = ask_for("123456789");
    BOOST_TEST(too_long->failed(errc::response_too_large));
    BOOST_TEST(too_long->details.message == "the token is longer than limits.max_token_bytes");
}

BOOST_FIXTURE_TEST_CASE(what_it_throws_is_told_as_the_failure, sourced_world)
{
    const auto error = ask_one([](grant_request&) -> asio::awaitable<grant_result> {
        throw std::system_error(std::make_error_code(std::errc::network_down));
        co_return grant_result::granted("t", 1h);
    });
    BOOST_TEST(error->failed(std::make_error_code(std::errc::network_down)));
    BOOST_TEST(error->details.message == "the token source threw an error");
    BOOST_TEST((error->details.cause == std::errc::network_down));
}

BOOST_FIXTURE_TEST_CASE(it_is_asked_whether_it_can_send_credentials, sourced_world)
{
    const auto choosy = std::make_shared<choosy_source>();
    BOOST_CHECK_THROW(start(choosy), token_error);
    config.credentials = credentials("good", "secret");
    start(choosy);
    BOOST_CHECK_THROW(client->set_credentials(credentials("bad", "secret")), token_error);
    BOOST_TEST(fetch().value() == "t");
}

BOOST_FIXTURE_TEST_CASE(a_deadline_tells_whether_a_request_had_left, sourced_world)
{
    config.limits.flight_deadline = 500ms;
    const auto stuck = [this](bool sends) {
        return ask_one([sends](grant_request& request) -> asio::awaitable<grant_result> {
            if (sends)
                request.sent();
            asio::steady_timer forever(co_await asio::this_coro::executor, std::chrono::hours{1});
            co_await forever.async_wait(asio::use_awaitable);
            co_return grant_result::granted("t", 1h);
        });
    };
    const auto quiet = stuck(false);
    BOOST_TEST(quiet->failed(errc::timed_out));
    BOOST_TEST((quiet->details.kind == failure_kind::not_sent));
    BOOST_TEST(quiet->details.requests_sent == 0);
    const auto lost = stuck(true);
    BOOST_TEST((lost->details.kind == failure_kind::sent_no_answer));
    BOOST_TEST(lost->details.requests_sent == 1);
}

BOOST_FIXTURE_TEST_CASE(a_request_that_is_said_to_leave_twice_is_one, sourced_world)
{
    const auto waits = ask_one([](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        request.sent();
        co_return grant_result::failed(errc::connection_lost, {});
    });
    BOOST_TEST(waits->details.requests_sent == 1);
    BOOST_TEST(client->stats().requests_sent == 1U);
}

BOOST_FIXTURE_TEST_CASE(it_is_closed_once, world)
{
    class counting final : public token_source {
    public:
        asio::awaitable<grant_result> request_token(grant_request&) override
        {
            co_return grant_result::granted("t", 1h);
        }
        void close() noexcept override { ++closed; }
        int closed = 0;
    };
    const auto counted = std::make_shared<counting>();
    start(counted);
    const auto waits = ask(*client); // it ends after close(), which comes to rest then
    client->close();
    client->async_close(asio::detached);
    run();
    BOOST_TEST(waits->aborted());
    client->close();
    run();
    client.reset();
    run();
    BOOST_TEST(counted->closed == 1);
}

BOOST_FIXTURE_TEST_CASE(each_attempt_has_instants_of_its_own, sourced_world)
{
    config.retry.max_attempts = 2;
    config.retry.first_pause = config.retry.longest_pause = 0ms;
    config.lifetime.max_uncertainty = 1h;
    const auto waits = ask_one([this, first = true](grant_request& request) mutable -> asio::awaitable<grant_result> {
        if (!std::exchange(first, false)) {
            clock->advance(10s); // neither sent() nor received(): from the attempt's begin, at its end
            co_return grant_result::granted("t", 1h);
        }
        request.sent();
        clock->advance(5s);
        request.received();
        diagnostics details;
        details.kind = failure_kind::answered;
        details.http_status = 503;
        co_return grant_result::failed(errc::server_error, std::move(details));
    });
    BOOST_REQUIRE(waits->served());
    BOOST_TEST((waits->token.use_until() == boot_clock::time_point{1000h} + 5s + 1h));
    BOOST_TEST((waits->token.regenerate_after() == boot_clock::time_point{1000h} + 15s + 1h));
}

BOOST_FIXTURE_TEST_CASE(a_lifetime_counts_from_the_receipt_that_the_source_tells, sourced_world)
{
    const auto waits = ask_one([this](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        request.received();
        clock->advance(10s); // it is busy with the answer
        co_return grant_result::granted("t", 1h);
    });
    BOOST_REQUIRE(waits->served());
    BOOST_TEST((waits->token.regenerate_after() == boot_clock::time_point{1000h} + 1h));
}

BOOST_FIXTURE_TEST_CASE(no_more_of_an_exchange_is_charged_than_the_uncertainty, sourced_world)
{
    config.lifetime.max_uncertainty = 2s;
    const auto waits = ask_one([this](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        clock->advance(10s);
        co_return grant_result::granted("t", 1h);
    });
    BOOST_REQUIRE(waits->served());
    BOOST_TEST((waits->token.use_until() == boot_clock::time_point{1000h} + 8s + 1h));
}

BOOST_AUTO_TEST_CASE(a_result_that_is_moved_takes_everything_along)
{
    phase_times phases;
    phases.server = 7ms;
    grant_result to = grant_result::failed(errc::server_error, {});
    to = grant_result::granted("t", 1h, phases);
    BOOST_TEST(bool(to));
    BOOST_TEST(to.value() == "t");
    BOOST_TEST((to.expires_in() == 1h));
    BOOST_TEST((to.diagnostics().phases.server == 7ms));
    diagnostics details;
    details.message = "why";
    to = grant_result::failed(errc::server_error, details);
    BOOST_TEST((to.error() == errc::server_error));
    BOOST_TEST(to.value() == "");
    BOOST_TEST(to.diagnostics().message == "why");
}

BOOST_AUTO_TEST_SUITE_END()
