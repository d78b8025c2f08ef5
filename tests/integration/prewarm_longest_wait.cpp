// The longest wait at a rollover, with a connection made ready in advance and without: measured side by side, on
// connections that take long to set up.
#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

#include <asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"
#include "integration/slow_setup.hpp"

using namespace std::chrono_literals;
using faceki::boot_clock;

namespace {

constexpr auto lifetime = 8s; // made ready 1 s before the end
constexpr auto idle_limit = 5s;
constexpr auto latency = 50ms;
constexpr auto setup = 600ms; // what a new connection waits for, at least
constexpr auto noise = 300ms; // of a busy machine
static_assert(noise < setup);
constexpr int callers_each = 4;

/// A client with callers that ask all the time, over one rollover.
class roller final : public faceki::observer, public std::enable_shared_from_this<roller> {
public:
    boot_clock::duration longest_wait{}; ///< of a call that came when the first token was there
    boot_clock::duration exchange{};     ///< the flight of the rollover
    boot_clock::duration gap{};          ///< between the first token's two deadlines
    std::size_t tokens = 0;

    void start(asio::io_context& io, faceki::client_config config)
    {
        config.observer = shared_from_this();
        client_.emplace(io.get_executor(), config);
        asio::co_spawn(io, live(shared_from_this()), [](std::exception_ptr failed) {
            if (failed)
                std::rethrow_exception(failed);
        });
    }

    /// Its observer's owner is the client: somebody has to part them.
    void end() { client_.reset(); }

private:
    void on_flight_finished(const faceki::flight_finished& flight) override
    {
        BOOST_TEST(!flight.error);
        ++tokens;
        exchange = flight.took;
    }

    static asio::awaitable<void> live(std::shared_ptr<roller> self)
    {
        const faceki::access_token first = co_await self->client_->token();
        self->gap = first.regenerate_after() - first.use_until();
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        for (int n = 0; n < callers_each; ++n)
            asio::co_spawn(executor, call_all_the_time(self), asio::detached);
    }

    static asio::awaitable<void> call_all_the_time(std::shared_ptr<roller> self)
    {
        asio::steady_timer breath(co_await asio::this_coro::executor);
        while (self->tokens < 2) {
            const auto before = boot_clock::now();
            const faceki::token_result got = co_await self->client_->try_token();
            BOOST_TEST(static_cast<bool>(got));
            self->longest_wait = std::max(self->longest_wait, boot_clock::now() - before);
            breath.expires_after(1ms);
            co_await breath.async_wait(asio::use_awaitable);
        }
    }

    std::optional<faceki::client> client_;
};

using rollers = std::vector<std::shared_ptr<roller>>;

/// The quickest and the slowest.
std::pair<const roller&, const roller&> extremes(const rollers& all)
{
    const auto [least, most] = std::minmax_element(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return a->longest_wait < b->longest_wait; });
    return {**least, **most};
}

double in_ms(boot_clock::duration span)
{
    return std::chrono::duration<double, std::milli>(span).count();
}

} // namespace

BOOST_AUTO_TEST_SUITE(prewarm_longest_wait)

BOOST_AUTO_TEST_CASE(it_is_the_gap_of_the_deadlines_and_one_exchange_and_not_the_setup_of_a_connection)
{
    faceki::testing::mock_options options;
    options.lifetime = lifetime;
    options.latency = latency;
    options.close_idle_after = idle_limit;
    options.client_id.clear(); // each roller has its own
    const faceki::testing::mock_endpoint endpoint(options);
    const faceki_test::slow_setup relay(endpoint.port(), setup);

    asio::io_context io(1);
    rollers with;
    rollers without;
    for (int n = 0; n < 3; ++n) {
        for (const bool prewarm : {true, false}) {
            faceki::client_config config = faceki_test::config_for(endpoint);
            config.credentials = faceki::credentials(std::to_string(n) + (prewarm ? " with" : " without"), "secret");
            config.connect_to = relay.address();
            config.prewarm = prewarm;
            rollers& kind = prewarm ? with : without;
            kind.push_back(std::make_shared<roller>());
            kind.back()->start(io, config);
        }
    }
    io.run();

    BOOST_TEST(endpoint.early() == 0U);
    BOOST_TEST(endpoint.requests() == 12U);
    BOOST_TEST(endpoint.accepted() == 12U);
    for (const rollers* const kind : {&with, &without}) {
        for (const auto& one : *kind) {
            one->end();
            BOOST_TEST(one->tokens == 2U);
            // The endpoint's latency is a part of both.
            BOOST_TEST((one->gap >= latency));
            BOOST_TEST((one->exchange >= latency));
        }
    }
    const roller& made_ready = extremes(with).second;
    const auto [quickest, late] = extremes(without);
    // Beyond the gap and the exchange there is noise, but no setup of a connection.
    BOOST_TEST((made_ready.exchange < setup));
    BOOST_TEST((made_ready.longest_wait < made_ready.gap + made_ready.exchange + noise));
    BOOST_TEST((quickest.longest_wait >= setup + latency));
    std::cout << "pre-warm: longest wait " << in_ms(made_ready.longest_wait) << " ms (gap " << in_ms(made_ready.gap)
              << " + exchange " << in_ms(made_ready.exchange) << "), without: " << in_ms(late.longest_wait) << " ms\n";
}

BOOST_AUTO_TEST_SUITE_END()
