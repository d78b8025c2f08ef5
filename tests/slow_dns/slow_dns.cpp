// A getaddrinfo that hangs for 30 s must hold up nothing: not a call, not close(), not a destructor, not ~io_context.
#define BOOST_TEST_MODULE slow_dns
#include <boost/test/unit_test.hpp>

#include <faceki/client.hpp>
#include <filesystem>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr auto tolerance = 200ms;

faceki::client_config config()
{
    faceki::client_config c;
    c.credentials = faceki::credentials("id", "secret");
    c.base_url = "https://slow.example.test";
    c.proxy = "none";
    c.retry.max_attempts = 1; // the limits are those of one attempt
    return c;
}

void check_within(clock_type::time_point begin, clock_type::duration deadline, const char* what)
{
    const auto took = clock_type::now() - begin;
    BOOST_TEST_MESSAGE(what << ": " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    BOOST_TEST((took < deadline + tolerance), what);
}

void run(asio::io_context& io, auto& call)
{
    asio::co_spawn(io, call, [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    io.run();
}

} // namespace

BOOST_AUTO_TEST_CASE(the_lookup_really_hangs)
{
    // The test would pass with any resolver if the shim were not there: a call with a long deadline must still be
    // waiting.
    asio::io_context io;
    faceki::client client(io.get_executor(), config());
    bool done = false;
    client.async_token([&done](std::error_code, const faceki::access_token&) { done = true; });
    io.run_for(500ms);
    BOOST_TEST(!done);
}

BOOST_AUTO_TEST_CASE(token_returns_at_the_connect_timeout)
{
    auto c = config();
    c.limits.connect_timeout = 300ms;
    const auto begin = clock_type::now();
    {
        asio::io_context io;
        faceki::client client(io.get_executor(), c);
        const auto call = [&]() -> asio::awaitable<void> {
            const faceki::token_result result = co_await client.try_token();
            BOOST_TEST(result.error() == make_error_code(faceki::errc::timed_out));
            BOOST_TEST((result.diagnostics().kind == faceki::failure_kind::not_sent));
            check_within(begin, 300ms, "token()");
        };
        run(io, call);
        check_within(begin, 300ms, "io.run()");
    }
    check_within(begin, 300ms, "client and io_context destroyed");
}

BOOST_AUTO_TEST_CASE(token_returns_at_the_flight_deadline)
{
    auto c = config();
    c.limits.flight_deadline = 300ms;
    const auto begin = clock_type::now();
    asio::io_context io;
    faceki::client client(io.get_executor(), c);
    const auto call = [&]() -> asio::awaitable<void> {
        const faceki::token_result result = co_await client.try_token();
        BOOST_TEST(result.error() == make_error_code(faceki::errc::timed_out));
        check_within(begin, 300ms, "token()");
    };
    run(io, call);
}

BOOST_AUTO_TEST_CASE(close_does_not_wait_for_it)
{
    const auto begin = clock_type::now();
    asio::io_context io;
    faceki::client client(io.get_executor(), config());
    bool aborted = false;
    client.async_token([&aborted](std::error_code failed, const faceki::access_token&) {
        aborted = failed == asio::error::operation_aborted;
    });
    const auto call = [&]() -> asio::awaitable<void> {
        asio::steady_timer later(io, 100ms);
        co_await later.async_wait(asio::use_awaitable);
        co_await client.async_close();
        BOOST_TEST(aborted);
        check_within(begin, 100ms, "async_close()");
    };
    run(io, call);
    check_within(begin, 100ms, "io.run() after close");
}

BOOST_AUTO_TEST_CASE(destructors_do_not_wait_for_it)
{
    clock_type::time_point begin;
    {
        asio::io_context io;
        auto client = std::make_unique<faceki::client>(io.get_executor(), config());
        client->async_token([](std::error_code, const faceki::access_token&) {});
        io.run_for(100ms);
        begin = clock_type::now();
        client.reset();
        check_within(begin, 0ms, "~client");
        io.run_for(50ms);
    }
    check_within(begin, 50ms, "~io_context");
    begin = clock_type::now();
    std::unique_ptr<faceki::client> survivor;
    {
        asio::io_context io;
        survivor = std::make_unique<faceki::client>(io.get_executor(), config());
        survivor->async_token([](std::error_code, const faceki::access_token&) {});
        io.run_for(100ms);
    }
    check_within(begin, 100ms, "~io_context before ~client");
}

BOOST_AUTO_TEST_CASE(many_flights_share_one_hanging_lookup)
{
    auto c = config();
    c.limits.connect_timeout = 20ms;
    const auto threads_now = [] {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
            static_cast<void>(entry);
            ++count;
        }
        return count;
    };
    const std::size_t before = threads_now();
    for (int n = 0; n < 20; ++n) {
        asio::io_context io;
        faceki::client client(io.get_executor(), c);
        client.async_token([](std::error_code failed, const faceki::access_token&) {
            BOOST_TEST(failed == make_error_code(faceki::errc::timed_out));
        });
        io.run();
    }
    BOOST_TEST(threads_now() <= before + 1); // the earlier cases' lookup may have left one already
}
