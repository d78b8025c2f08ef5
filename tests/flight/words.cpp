// What the log and the observer are told beside the flights' own events: connections made ready, limits of the budget,
// what a server said, a request that is dropped.
#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

class listener final : public observer {
public:
    void on_prewarmed(std::error_code error) override { prewarmed.push_back(error); }
    void on_retry(std::uint64_t flight, std::error_code, const diagnostics&, std::chrono::nanoseconds) override
    {
        retried.push_back(flight);
    }

    std::vector<std::error_code> prewarmed;
    std::vector<std::uint64_t> retried;
};

/// Grants an hour; warm_up() ends as it is told to.
class ready_source final : public token_source {
public:
    asio::awaitable<grant_result> request_token(grant_request&) override { co_return grant_result::granted("t", 1h); }
    asio::awaitable<std::error_code> warm_up(boot_clock::time_point) override { co_return result; }

    std::error_code result;
};

struct heard_world : world {
    heard_world()
    {
        config.log = [this](log_level level, std::string_view text) {
            lines.push_back(std::string(name_of(level)) + " " + std::string(text));
        };
        config.log_level = log_level::trace;
        config.observer = told;
        config.random_seed = 1;
    }
    ~heard_world() { client.reset(); } // it still logs: before `lines` goes

    bool says(std::string_view line) const { return std::find(lines.begin(), lines.end(), line) != lines.end(); }
    bool says_first(std::string_view begin) const
    {
        return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.starts_with(begin); });
    }

    std::shared_ptr<listener> told = std::make_shared<listener>();
    std::vector<std::string> lines;
};

} // namespace

BOOST_AUTO_TEST_SUITE(words)

BOOST_FIXTURE_TEST_CASE(of_a_connection_made_ready_and_of_one_that_could_not_be, heard_world)
{
    const auto ready = std::make_shared<ready_source>();
    start(ready);
    const auto use_up = [this] {
        fetch();
        pass(59min + 30s);
        client->peek();
        pass(30s);
    };
    use_up();
    BOOST_TEST(told->prewarmed == std::vector<std::error_code>{{}}, boost::test_tools::per_element());
    BOOST_TEST(says("trace a connection is ready for the next request"));
    ready->result = errc::connect_failed;
    use_up();
    BOOST_REQUIRE(told->prewarmed.size() == 2U);
    BOOST_TEST((told->prewarmed[1] == errc::connect_failed));
    BOOST_TEST(says("trace no connection could be made ready: no connection to the endpoint"));
    bool rests = false;
    client->close();
    client->async_close([&](error_code) { rests = true; });
    run();
    BOOST_TEST(rests);
    BOOST_TEST(says("info closed: 0 waiters aborted"));
}

BOOST_FIXTURE_TEST_CASE(of_a_connection_that_threw_an_error, heard_world)
{
    class unlucky final : public token_source {
    public:
        asio::awaitable<grant_result> request_token(grant_request&) override
        {
            co_return grant_result::granted("t", 1h);
        }
        asio::awaitable<std::error_code> warm_up(boot_clock::time_point) override
        {
            throw std::system_error(std::make_error_code(std::errc::network_down));
            co_return std::error_code{};
        }
    };
    start(std::make_shared<unlucky>());
    fetch();
    pass(59min + 30s);
    client->peek();
    pass(30s);
    BOOST_REQUIRE(told->prewarmed.size() == 1U);
    BOOST_TEST((told->prewarmed[0] == std::errc::network_down));
}

BOOST_FIXTURE_TEST_CASE(of_what_a_server_answered, heard_world)
{
    config.retry.max_attempts = 2;
    start(std::make_shared<custom_source>([](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        diagnostics details;
        details.message = "no token";
        details.kind = failure_kind::answered;
        details.http_status = 503;
        details.server_message = "try later";
        co_return grant_result::failed(errc::server_error, std::move(details));
    }));
    ask(*client);
    pass(5s);
    BOOST_TEST(says_first("info flight 1, attempt 1 failed: server_error: no token (HTTP 503), the server says "
                          "\"try later\"; the next one follows in "));
    BOOST_TEST(says_first("error flight 1 failed after "));
    BOOST_TEST(told->retried == std::vector<std::uint64_t>{1}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(of_an_error_that_is_not_ours, heard_world)
{
    start(std::make_shared<custom_source>([](grant_request&) -> asio::awaitable<grant_result> {
        co_return grant_result::failed(std::make_error_code(std::errc::not_supported), {});
    }));
    ask(*client);
    pass(5s);
    BOOST_TEST(says_first(
        "error flight 1 failed after 0 ms: " + std::make_error_code(std::errc::not_supported).message() + ": "));
    BOOST_TEST(std::none_of(lines.begin(), lines.end(), [](const auto& line) {
        return line.find("(HTTP") != std::string::npos || line.find("the server says") != std::string::npos;
    }));
}

BOOST_FIXTURE_TEST_CASE(of_the_budgets_limits, heard_world)
{
    config.budget.soft_per_hour = 1;
    config.budget.hard_per_hour = 3;
    source->grant("a", 1s).grant("b", 1s).grant("c", 1s);
    start();
    for (int n = 0; n < 4; ++n) {
        fetch();
        pass(1s);
    }
    BOOST_TEST(says("error 2 requests in the last hour, 2 today: past a soft limit of the budget"));
    BOOST_TEST(says("error 3 requests in the last hour, 3 today: a hard limit of the budget is reached"));
    BOOST_TEST(client->stats().requests_today == 3U);
}

BOOST_FIXTURE_TEST_CASE(of_a_request_that_closing_drops, heard_world)
{
    source->hold();
    start();
    ask(*client);
    run();
    client->close();
    client->close();
    run();
    BOOST_TEST(std::count_if(lines.begin(), lines.end(),
                             [](const auto& line) { return line.starts_with("info closed: "); }) == 1);
    BOOST_TEST(says("info closed: 1 waiters aborted, a sent request dropped (it may be billed)"));
}

BOOST_AUTO_TEST_SUITE_END()
