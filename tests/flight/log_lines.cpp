// The log hook: which line comes at which level, outside every lock, and that a hook may do anything.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct logging_world : world {
    ~logging_world() { client.reset(); } // it still logs: before `lines` goes

    void listen(log_level most)
    {
        config.log = [this](log_level level, std::string_view text) {
            lines.push_back(std::string(name_of(level)) + " " + std::string(text));
        };
        config.log_level = most;
    }

    std::size_t count(std::string_view begin) const
    {
        std::size_t n = 0;
        for (const std::string& line : lines)
            n += line.starts_with(begin) ? 1U : 0U;
        return n;
    }

    /// A flight that fails, one that brings a token, a rejection, other credentials, the end.
    void live()
    {
        source->fail(errc::server_error, 20ms).grant("t-1", 60s, 30ms).grant("t-2", 60s);
        start();
        ask(*client);
        ask(*client);
        pass(20ms);
        pass(2s);
        ask(*client);
        pass(30ms);
        client->invalidate(client->peek());
        client->set_credentials(credentials("other", "one"));
        ask(*client);
        client->async_token(within(0ms), [](error_code, access_token) {});
        run();
        client->close();
        run();
    }

    std::vector<std::string> lines;
};

} // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_FIXTURE_TEST_CASE(info_tells_of_flights_and_what_ends_them, logging_world)
{
    config.random_seed = 1;
    listen(log_level::info);
    live();
    const std::vector<std::string> expected = {
        "info flight 1 started (cold), 2 waiting",
        "error flight 1 failed after 20 ms: server_error: scripted failure; next attempt in ",
        "info flight 2 started (cold), 1 waiting",
        "info flight 2 brought a token after 30 ms, good for 60000 ms",
        "error the API rejected the token: it is used no more",
        "info new credentials: token, flight and remembered failures are gone",
        "info flight 3 started (cold), 2 waiting",
        "info flight 3 brought a token after 0 ms, good for 60000 ms",
        "info closed: 0 waiters aborted",
    };
    BOOST_REQUIRE(lines.size() == expected.size());
    for (std::size_t n = 0; n < expected.size(); ++n)
        BOOST_TEST(lines[n].starts_with(expected[n]), lines[n] << " instead of " << expected[n]);
}

BOOST_FIXTURE_TEST_CASE(error_tells_of_failures_and_rejections_only, logging_world)
{
    listen(log_level::error);
    live();
    BOOST_TEST(lines.size() == 2U);
    BOOST_TEST(count("error ") == 2U);
}

BOOST_FIXTURE_TEST_CASE(off_and_no_hook_tell_nothing, logging_world)
{
    listen(log_level::off);
    live();
    BOOST_TEST(lines.empty());
    client.reset();
    config.log = nullptr;
    config.log_level = log_level::trace;
    live();
    BOOST_TEST(lines.empty());
}

BOOST_FIXTURE_TEST_CASE(trace_also_counts_the_waiters_an_outcome_goes_to, logging_world)
{
    listen(log_level::trace);
    live();
    BOOST_TEST(count("trace flight 1: its outcome goes to 2 waiters") == 1U);
    BOOST_TEST(count("trace flight 2: its outcome goes to 1 waiters") == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_deadline_and_a_limit_of_a_callers_own_are_told_apart, logging_world)
{
    listen(log_level::trace);
    source->hold();
    start();
    ask(*client);
    client->async_token(within(1s), [](error_code, access_token) {});
    pass(30s);
    BOOST_TEST(count("trace 1 waiters left by a limit of their own; the flight goes on") == 1U);
    BOOST_TEST(count("error flight 1 failed after 30000 ms: timed_out: the flight's deadline passed") == 1U);
    BOOST_TEST(count("trace flight 1: its outcome goes to 1 waiters") == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_a_hook_throws_is_ignored_and_it_may_call_the_client, world)
{
    std::size_t called = 0;
    config.log = [&](log_level, std::string_view) {
        ++called;
        if (client) {
            client->peek();
            client->stats(); // would hang if a line came from under the lock
        }
        throw std::runtime_error("the disk is full");
    };
    config.log_level = log_level::trace;
    source->fail(errc::server_error).grant("t", 60s);
    start();
    BOOST_TEST(!fetch());
    pass(2s);
    BOOST_TEST(fetch().value() == "t");
    client->invalidate(client->peek());
    client->set_credentials(credentials("other", "one"));
    client->close();
    run();
    BOOST_TEST(called > 5U);
}

BOOST_FIXTURE_TEST_CASE(the_same_seed_spreads_cool_downs_alike, world)
{
    const auto retry_of = [this](std::optional<std::uint64_t> seed) {
        config.random_seed = seed;
        source->fail(errc::server_error);
        start();
        const auto a = ask_details(*client);
        run();
        return a->details.retry_at.value_or(now()) - now();
    };
    const auto one = retry_of(1);
    BOOST_TEST((retry_of(1) == one));
    BOOST_TEST((retry_of(2) != one));
}

BOOST_AUTO_TEST_SUITE_END()
