// Whole days of services: how long they take, and that the same seed gives the same day.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>

#include <faceki/testing/world.hpp>

namespace {

using namespace std::chrono_literals;
using faceki::testing::world;

/// Asks for a token every second and presents it to the API; says what it saw.
struct caller {
    world& w;
    faceki::client& client;
    std::string name;
    bool tells_all = false;
    int calls = 0;
    int failed = 0;
    int refused = 0; ///< by the API

    asio::awaitable<void> run()
    {
        for (;;) {
            co_await w.sleep_for(1s);
            ++calls;
            const faceki::token_result result = co_await client.try_token();
            if (!result) {
                ++failed;
                w.note(name + " got no token: " + result.error().message());
                continue;
            }
            const int status = w.endpoint.api_status(result.token());
            if (status == 401) {
                ++refused;
                client.invalidate(result.token());
            }
            if (tells_all || status == 401)
                w.note(name + " called the API: " + std::to_string(status));
        }
    }
};

class stopwatch {
public:
    explicit stopwatch(std::string what) : what_(std::move(what)) {}
    ~stopwatch()
    {
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start_;
        std::cout << what_ << " took " << took.count() << " ms of real time\n";
    }
    stopwatch(const stopwatch&) = delete;
    stopwatch& operator=(const stopwatch&) = delete;

private:
    std::string what_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Ten minutes of 100 callers with tokens of a minute, failures of each kind, and a revocation.
std::vector<std::string> rough_minutes(std::uint64_t seed)
{
    world w(seed);
    w.endpoint.set_lifetime(60s).set_latency(70ms);
    w.endpoint.grant("t1", 30s).fail(503).lose().grant("t2", 90s).fail(503).fail(503).refuse(3ms).raw("torn");
    faceki::client client = w.client();
    std::vector<std::unique_ptr<caller>> callers;
    for (int n = 0; n < 100; ++n) {
        callers.emplace_back(new caller{w, client, "caller " + std::to_string(n), true});
        w.spawn(callers.back()->run());
    }
    const auto revoke = [&]() -> asio::awaitable<void> {
        co_await w.sleep_for(300s + 500ms);
        w.note("the endpoint revokes all tokens");
        w.endpoint.revoke_all();
    };
    w.spawn(revoke);
    w.run_for(10min);

    BOOST_TEST(w.endpoint.early() == 0U);
    BOOST_TEST(w.endpoint.most_in_flight() == 1U);
    int refused = 0;
    for (const auto& c : callers) {
        BOOST_TEST(c->calls > 550);
        refused += c->refused;
    }
    BOOST_TEST(w.endpoint.dead() == static_cast<std::size_t>(refused));
    BOOST_TEST(refused >= 1);   // someone finds out about the revocation
    BOOST_TEST(refused <= 100); // and each at most once
    BOOST_TEST(w.endpoint.requests() == client.stats().requests_sent);
    return w.events();
}

} // namespace

BOOST_AUTO_TEST_SUITE(days)

BOOST_AUTO_TEST_CASE(a_day_with_calls_every_second)
{
    const stopwatch watch("a day with a call every second");
    world w;
    faceki::client client = w.client();
    caller one{w, client, "service"};
    w.spawn(one.run());
    w.run_for(24h);
    // A call is made every second, and waits where a token ends; the first request leaves at 1 s and takes 50 ms, and
    // each of the others leaves the moment the token before it has ended.
    BOOST_TEST(w.endpoint.requests() == 24U);
    BOOST_TEST(w.endpoint.early() == 0U);
    BOOST_TEST(w.endpoint.dead() == 0U);
    BOOST_TEST(w.endpoint.most_in_flight() == 1U);
    BOOST_TEST(one.failed == 0);
    BOOST_TEST(w.endpoint.presented() == static_cast<std::size_t>(one.calls));
    BOOST_TEST(one.calls > 86'390);
    BOOST_TEST(one.calls <= 86'400);
    BOOST_TEST((client.peek().regenerate_after() > w.now()));
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_events_and_another_one_others)
{
    const stopwatch watch("four times ten minutes of 100 callers");
    const auto once = rough_minutes(7);
    const auto again = rough_minutes(7);
    const auto other = rough_minutes(8);
    const auto in_order = rough_minutes(0);
    BOOST_TEST(once.size() > 50'000U);
    BOOST_TEST((once == again));
    BOOST_TEST((once != other));
    BOOST_TEST((once != in_order));

    // Another interleaving already where nothing has failed yet: who calls the API first in the first second.
    const auto first_second = [](const std::vector<std::string>& events) {
        std::vector<std::string> lines;
        for (const std::string& line : events)
            if (line.starts_with("+00:00:01.070 caller"))
                lines.push_back(line);
        return lines;
    };
    auto a = first_second(once);
    auto b = first_second(other);
    BOOST_TEST(a.size() == 100U);
    BOOST_TEST((a != b));
    BOOST_TEST(first_second(in_order).front() == "+00:00:01.070 caller 0 called the API: 200");
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    BOOST_TEST((a == b)); // the same things happened
}

BOOST_AUTO_TEST_CASE(ten_thousand_coroutines)
{
    const stopwatch watch("a minute of 10,000 callers");
    world w;
    faceki::client client = w.client();
    std::vector<std::unique_ptr<caller>> callers;
    for (int n = 0; n < 10'000; ++n) {
        callers.emplace_back(new caller{w, client, "caller"});
        w.spawn(callers.back()->run());
    }
    w.run_for(1min);
    BOOST_TEST(w.endpoint.requests() == 1U);
    BOOST_TEST(w.endpoint.presented() == 10'000U * 59U);
}

BOOST_AUTO_TEST_SUITE_END()
