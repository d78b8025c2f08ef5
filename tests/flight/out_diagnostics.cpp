// async_token(diagnostics&, …): what went wrong, written right before the handler runs.
#include <future>

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

BOOST_AUTO_TEST_SUITE(out_diagnostics)

BOOST_FIXTURE_TEST_CASE(a_failure_fills_them_before_the_handler_runs_and_a_success_clears_them, world)
{
    source->fail(errc::server_error, 10ms).grant("t", 60s);
    start();
    diagnostics details;
    details.message = "from before";
    bool called = false;
    client->async_token(details, [&](error_code error, access_token token) {
        called = true;
        BOOST_TEST((error == errc::server_error));
        BOOST_TEST(!token);
        BOOST_TEST(details.message == "scripted failure");
        BOOST_TEST(details.requests_sent == 1);
        BOOST_TEST(details.retry_at.has_value());
    });
    run();
    BOOST_TEST(details.message == "from before"); // untouched until then
    pass(10ms);
    BOOST_TEST(called);
    pass(2s);
    called = false;
    client->async_token(details, [&](error_code error, access_token token) {
        called = true;
        BOOST_TEST(!error);
        BOOST_TEST(token.value() == "t");
    });
    run();
    BOOST_TEST(called);
    BOOST_TEST(details.message == "");
    BOOST_TEST(!details.retry_at.has_value());
    details.message = "again";
    client->async_token(details, [](error_code, access_token) {}); // a hit
    run();
    BOOST_TEST(details.message == "");
}

BOOST_FIXTURE_TEST_CASE(each_waiter_has_its_own_and_a_limit_goes_with_it, world)
{
    source->hold();
    start();
    diagnostics of_limited;
    diagnostics of_patient;
    const auto limited = std::make_shared<answer>();
    const auto patient = std::make_shared<answer>();
    client->async_token(of_limited, within(50ms), note(limited));
    client->async_token(of_patient, note(patient));
    pass(50ms);
    BOOST_TEST(limited->failed(errc::timed_out));
    BOOST_TEST(of_limited.message.find("own limit") != std::string::npos);
    BOOST_TEST(of_patient.message == "");
    pass(30s);
    BOOST_TEST(patient->failed(errc::timed_out));
    BOOST_TEST(of_patient.message.find("flight_deadline") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(every_completion_token_takes_them, world)
{
    source->fail(errc::tls_failed).fail(errc::tls_failed).fail(errc::tls_failed);
    start();
    diagnostics details;
    std::future<access_token> later = client->async_token(details, asio::use_future);
    run();
    BOOST_CHECK_THROW(later.get(), std::system_error);
    BOOST_TEST(details.message == "scripted failure");
    bool done = false;
    const auto coroutine = [&]() -> asio::awaitable<void> {
        diagnostics own;
        const auto [error, token] =
            co_await client->async_token(own, asio::experimental::as_tuple(asio::use_awaitable));
        BOOST_TEST((error == errc::tls_failed));
        BOOST_TEST(own.message == "scripted failure");
        BOOST_CHECK_THROW(co_await client->async_token(own, within(1s)), std::system_error);
        BOOST_TEST(own.message == "scripted failure");
        done = true;
    };
    asio::co_spawn(io, coroutine, asio::detached);
    run();
    BOOST_TEST(done);
}

BOOST_FIXTURE_TEST_CASE(a_dropped_waiters_diagnostics_stay_untouched, world)
{
    source->hold();
    start();
    diagnostics details;
    details.message = "from before";
    {
        asio::io_context other;
        client->async_token(details, asio::bind_executor(other, [](error_code, access_token) {}));
    }
    source->release();
    run();
    BOOST_TEST(details.message == "from before");
}

BOOST_AUTO_TEST_SUITE_END()
