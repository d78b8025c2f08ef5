// authorized() with real bearers over real TLS: a crowd whose token is revoked, and an API that accepts none.
#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"
#include "integration/raw_client.hpp"

#include <faceki/authorized.hpp>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using faceki::testing::mock_endpoint;
namespace raw = faceki_test::raw;

/// The endpoint's API route, asked over a few kept connections by as many threads. Thread safety: any thread.
class api_route {
public:
    api_route(const mock_endpoint& endpoint, std::size_t connections) : threads_(connections)
    {
        for (std::size_t n = 0; n < connections; ++n)
            idle_.push_back(std::make_unique<raw::client>(endpoint));
    }
    ~api_route() { threads_.join(); }
    api_route(const api_route&) = delete;
    api_route& operator=(const api_route&) = delete;

    asio::awaitable<int> get(faceki::access_token token)
    {
        const auto ask = [this, &token]() -> asio::awaitable<int> { co_return ask_now(token); };
        co_return co_await asio::co_spawn(threads_, ask, asio::use_awaitable);
    }

private:
    int ask_now(const faceki::access_token& token)
    {
        std::unique_ptr<raw::client> connection;
        {
            const std::scoped_lock lock(mutex_);
            connection = std::move(idle_.back()); // one for each thread
            idle_.pop_back();
        }
        const int status = connection->call(raw::api_request(std::string(token.value()))).status;
        const std::scoped_lock lock(mutex_);
        idle_.push_back(std::move(connection));
        return status;
    }

    asio::thread_pool threads_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<raw::client>> idle_;
};

/// A part of the crowd, on an io_context of its own: every first call waits until all of them have their token.
class party {
public:
    party(faceki::client& client, api_route& api, std::latch& all_have_tokens, std::size_t size)
        : client_(client), api_(api), all_have_tokens_(all_have_tokens), calls(size), statuses(size)
    {
    }

    void run()
    {
        for (std::size_t n = 0; n < calls.size(); ++n)
            asio::co_spawn(io_, member(n), asio::detached);
        io_.run();
    }

private:
    asio::awaitable<void> member(std::size_t n)
    {
        const auto call = [this, n](faceki::access_token token) -> asio::awaitable<int> {
            if (++calls[n] == 1)
                co_await all_started();
            co_return co_await api_.get(token);
        };
        statuses[n] = co_await faceki::authorized(client_, call);
    }

    asio::awaitable<void> all_started()
    {
        if (++started_ == calls.size()) {
            all_have_tokens_.arrive_and_wait();
            barrier_.cancel();
            co_return;
        }
        faceki::error_code cancelled;
        co_await barrier_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }

    faceki::client& client_;
    api_route& api_;
    std::latch& all_have_tokens_;
    asio::io_context io_{1};
    asio::steady_timer barrier_{io_, asio::steady_timer::time_point::max()};
    std::size_t started_ = 0;

public:
    std::vector<int> calls; ///< how often each member's call was made
    std::vector<int> statuses;
};

/// A client on a thread of its own, and a first token the API accepts.
class running_client {
public:
    explicit running_client(const mock_endpoint& endpoint)
        : client(io.get_executor(), faceki_test::config_for(endpoint))
    {
        thread_ = std::thread([this] { io.run(); });
    }
    ~running_client()
    {
        client.close();
        work_.reset();
        thread_.join();
    }
    running_client(const running_client&) = delete;
    running_client& operator=(const running_client&) = delete;

    asio::io_context io{1};
    faceki::client client;

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_{io.get_executor()};
    std::thread thread_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(authorized_over_tls)

BOOST_AUTO_TEST_CASE(a_thousand_calls_with_a_revoked_token_are_one_token_request)
{
    constexpr std::size_t parties = 4;
    constexpr std::size_t members = 250;
    mock_endpoint endpoint;
    running_client home(endpoint);
    api_route api(endpoint, 8);
    {
        asio::io_context io;
        int status = 0;
        const auto first = [&]() -> asio::awaitable<void> {
            const auto get = [&](faceki::access_token token) { return api.get(token); };
            status = co_await faceki::authorized(home.client, get);
        };
        faceki_test::run_to_end(io, first);
        BOOST_TEST(status == 200);
        BOOST_TEST(endpoint.requests() == 1U);
    }
    endpoint.revoke_all();

    std::latch all_have_tokens(parties);
    std::vector<std::unique_ptr<party>> crowd;
    std::vector<std::thread> threads;
    for (std::size_t n = 0; n < parties; ++n)
        crowd.push_back(std::make_unique<party>(home.client, api, all_have_tokens, members));
    for (auto& some : crowd)
        threads.emplace_back([&some] { some->run(); });
    for (auto& thread : threads)
        thread.join();

    for (const auto& some : crowd)
        for (std::size_t n = 0; n < members; ++n)
            if (some->statuses[n] != 200 || some->calls[n] != 2)
                BOOST_ERROR("status " << some->statuses[n] << " after " << some->calls[n] << " calls");
    BOOST_TEST(endpoint.requests() == 2U);
    BOOST_TEST(endpoint.early() == 0U);
    BOOST_TEST(endpoint.dead() == parties * members);
    BOOST_TEST(endpoint.presented() == 1 + 2 * parties * members);
    BOOST_TEST(home.client.stats().invalidated == 1U);
    BOOST_TEST(home.client.stats().requests_sent == 2U);
}

BOOST_AUTO_TEST_CASE(an_api_that_accepts_no_token_costs_one_renewal_in_the_first_ten_seconds)
{
    mock_endpoint endpoint;
    running_client home(endpoint);
    api_route api(endpoint, 1);
    asio::io_context io;
    const auto get = [&](faceki::access_token token) {
        endpoint.revoke_all();
        return api.get(token);
    };
    std::size_t calls = 0;
    std::size_t refused = 0;
    const auto begun = std::chrono::steady_clock::now();
    const auto many = [&]() -> asio::awaitable<void> {
        while (calls < 300) {
            ++calls;
            if (co_await faceki::authorized(home.client, get) == 401)
                ++refused;
        }
    };
    faceki_test::run_to_end(io, many); // an exception would come out here
    const auto took = std::chrono::steady_clock::now() - begun;
    BOOST_TEST(calls == 300U);
    BOOST_TEST(refused == 300U);
    const auto most = 2U + static_cast<std::size_t>(took / 10s); // a machine that slow is permitted another one
    BOOST_TEST(endpoint.requests() >= 2U);
    BOOST_TEST(endpoint.requests() <= most);
    BOOST_TEST(endpoint.presented() == calls + endpoint.requests() - 1);
    BOOST_TEST(endpoint.dead() == endpoint.presented());
}

BOOST_AUTO_TEST_SUITE_END()
