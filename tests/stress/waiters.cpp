// Four threads on four contexts: joins, cancels, expiries, failures, rejections and new credentials at once.
#include <array>
#include <barrier>
#include <memory>

#include <boost/test/unit_test.hpp>

#include <faceki/testing/manual_clock.hpp>

#include "support/crowd.hpp"
#include "support/jittery_source.hpp"

using namespace faceki;
using namespace faceki::test;
using namespace std::chrono_literals;

namespace {

/// One context with its thread and its waiters: joins in `rounds`, now and then cancelling somebody.
class joiner {
public:
    joiner(refresher& client, unsigned seed) : client_(client), random_(seed) {}

    void start(std::size_t rounds)
    {
        rounds_ = rounds;
        asio::post(context_.io(), [this] { step(); });
    }

    running_context& context() { return context_; }
    const crowd& waiters() const { return waiters_; }

private:
    void step()
    {
        for (int n = 0; n < batch; ++n) {
            crowd::waiter& w = waiters_.add();
            ++open_;
            counting_handler handler(w.end, [this](error_code, const access_token&) {
                // The next round begins when half of this one has ended: some always wait, and many flights are needed.
                if (--open_ == batch / 2 && --rounds_ != 0)
                    asio::post(context_.io(), [this] { step(); });
            });
            const wait_limit limit =
                random_() % 3 == 0 ? within(std::chrono::milliseconds{random_() % 300}) : wait_limit{};
            client_.async_token(
                limit, asio::bind_cancellation_slot(w.signal.slot(),
                                                    asio::bind_executor(context_.executor(), std::move(handler))));
        }
        if (random_() % 2 == 0)
            waiters_.recent(random_).signal.emit(asio::cancellation_type::terminal);
        if (random_() % 16 == 0)
            client_.invalidate(client_.peek());
        if (random_() % 64 == 0)
            client_.set_credentials(credentials("id", std::to_string(random_())));
    }

    static constexpr int batch = 8;

    refresher& client_;
    std::minstd_rand random_;
    std::size_t rounds_ = 0;
    int open_ = 0;
    crowd waiters_;
    running_context context_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(many_threads)

BOOST_AUTO_TEST_CASE(every_waiter_ends_exactly_once_whatever_happens_around_it)
{
    const auto clock = std::make_shared<testing::manual_clock>();
    const auto source = std::make_shared<jittery_source>(200ms);
    running_context home(2);
    refresher_config config = make_config(clock);
    config.limits.flight_deadline = 24h; // virtual time outruns the source: an abandoned request would overlap the next
    auto client = std::make_unique<refresher>(home.executor(), config, source);
    std::atomic<bool> stop{false};
    std::thread time([&] { // 100 ms of virtual time each: expiries, cool-downs and rate limits pass in no time
        while (!stop) {
            clock->advance(100ms);
            std::this_thread::yield();
        }
    });

    std::array<std::unique_ptr<joiner>, 4> joiners;
    for (unsigned n = 0; n < joiners.size(); ++n)
        joiners[n] = std::make_unique<joiner>(*client, n + 1);
    for (auto& j : joiners)
        j->start(600);
    for (auto& j : joiners)
        j->context().join(); // each runs until its last waiter has ended: waiting is work
    const stats s = client->stats();
    client.reset();
    home.join();
    stop = true;
    time.join();

    std::size_t waiters = 0;
    for (const auto& j : joiners) {
        BOOST_TEST(j->waiters().wrong() == 0U);
        BOOST_TEST(j->waiters().called() == j->waiters().size()); // nobody's context died: called, not dropped
        waiters += j->waiters().size();
    }
    BOOST_TEST(waiters == 19200U);
    BOOST_TEST(source->overlapping == 0U);
    BOOST_TEST(s.waiting == 0U);
    BOOST_TEST(s.dropped == 0U);
    BOOST_TEST(s.waiters == s.served + s.failed + s.cancelled + s.timed_out);
    BOOST_TEST_MESSAGE("waited " << s.waiters << " of " << waiters << ", cancelled " << s.cancelled << ", timed out "
                                 << s.timed_out << ", failed " << s.failed << ", refused " << s.refused << ", flights "
                                 << s.flights);
    // A run in which nobody waited or left, and no flight failed, would prove nothing. (Whether somebody waits for one
    // of those that fail is up to the threads: one run in six had none on a busy machine.)
    BOOST_TEST(s.waiters > 200U);
    BOOST_TEST(s.cancelled > 0U);
    BOOST_TEST(s.timed_out > 0U);
    BOOST_TEST(s.failures > 0U);
    BOOST_TEST(s.flights > 20U);
}

BOOST_AUTO_TEST_CASE(real_time_works_too)
{
    const auto source = std::make_shared<jittery_source>(3ms);
    running_context home;
    refresher client(home.executor(), make_config(), source);
    std::array<std::unique_ptr<joiner>, 4> joiners;
    for (unsigned n = 0; n < joiners.size(); ++n)
        joiners[n] = std::make_unique<joiner>(client, n + 100);
    for (auto& j : joiners)
        j->start(100);
    for (auto& j : joiners)
        j->context().join();
    for (const auto& j : joiners) {
        BOOST_TEST(j->waiters().wrong() == 0U);
        BOOST_TEST(j->waiters().called() == 800U);
    }
    BOOST_TEST(client.stats().waiting == 0U);
    BOOST_TEST(client.stats().waiters > 0U);
    BOOST_TEST(source->overlapping == 0U);
    client.close();
    home.join();
}

BOOST_AUTO_TEST_CASE(two_threads_that_find_the_token_expired_at_the_same_moment_share_one_request)
{
    const auto clock = std::make_shared<testing::manual_clock>();
    const auto source = std::make_shared<jittery_source>(1000ms);
    running_context home;
    refresher_config config = make_config(clock);
    config.retry.max_attempts = 1; // time stands still while they wait: a pause would never end
    refresher client(home.executor(), config, source);
    running_context contexts[2];
    constexpr int rounds = 1500;
    std::barrier meet(3);
    std::array<crowd, 2> crowds;
    std::array<std::atomic<int>, 2> ended{};
    std::vector<std::thread> threads;
    for (std::size_t n = 0; n < 2; ++n)
        threads.emplace_back([&, n] {
            for (int r = 0; r < rounds; ++r) {
                meet.arrive_and_wait();
                auto& w = crowds[n].add();
                client.async_token(asio::bind_executor(contexts[n].executor(),
                                                       counting_handler(w.end, [&, n](error_code, const access_token&) {
                                                           ++ended[n];
                                                           ended[n].notify_one();
                                                       })));
                for (int seen = ended[n]; seen <= r; seen = ended[n])
                    ended[n].wait(seen);
                meet.arrive_and_wait();
            }
        });
    std::size_t extra = 0;
    for (int r = 0; r < rounds; ++r) {
        const std::size_t before = source->requests;
        meet.arrive_and_wait();
        meet.arrive_and_wait();
        if (source->requests > before + 1)
            ++extra;
        clock->advance(200s); // expired, and no cool-down either
    }
    for (auto& t : threads)
        t.join();
    for (const auto& c : crowds)
        BOOST_TEST(c.wrong() == 0U);
    BOOST_TEST(extra == 0U);
    BOOST_TEST(source->requests == static_cast<std::size_t>(rounds));
    client.close();
    home.join();
}

BOOST_AUTO_TEST_SUITE_END()
