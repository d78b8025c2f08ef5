// Handlers that throw, and contexts that die while limits pass and flights end, on real threads.
#include <atomic>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/scripted_source.hpp>

#include "support/crowd.hpp"

using namespace faceki;
using namespace faceki::test;
using namespace std::chrono_literals;

namespace {

/// A context whose threads run it again after each exception.
class forgiving_context {
public:
    explicit forgiving_context(std::size_t threads)
    {
        for (std::size_t n = 0; n < threads; ++n)
            threads_.emplace_back([this] {
                for (bool done = false; !done;) {
                    try {
                        io.run();
                        done = true;
                    } catch (const std::runtime_error&) {
                        ++thrown;
                    }
                }
            });
    }
    void join()
    {
        work_.reset();
        for (std::thread& t : threads_)
            t.join();
    }

    asio::io_context io;
    std::atomic<std::size_t> thrown{0};

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io);
    std::vector<std::thread> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(isolation)

BOOST_AUTO_TEST_CASE(handlers_that_throw_on_several_threads_lose_nobody)
{
    for (unsigned round = 1; round <= 30; ++round) {
        const auto source = std::make_shared<testing::scripted_source>();
        source->hold();
        running_context home;
        refresher client(home.executor(), make_config(), source);
        forgiving_context callers(3);
        crowd waiters;
        std::minstd_rand random(round);
        std::size_t throwers = 0;
        std::atomic<std::size_t> errors{0};
        for (int n = 0; n < 500; ++n) {
            const bool throws = random() % 10 == 0;
            throwers += throws ? 1U : 0U;
            counting_handler handler(waiters.add().end, [&errors, throws](error_code error, const access_token&) {
                errors += error ? 1U : 0U;
                if (throws)
                    throw std::runtime_error("handler");
            });
            client.async_token(asio::bind_executor(callers.io.get_executor(), std::move(handler)));
        }
        while (source->requests() == 0)
            std::this_thread::yield();
        source->release();
        callers.join(); // waiting is work: it ends with the last of them
        BOOST_TEST(waiters.wrong() == 0U);
        BOOST_TEST(waiters.called() == 500U);
        BOOST_TEST(callers.thrown == throwers);
        BOOST_TEST(errors == 0U);
        std::atomic<bool> rested{false};
        client.async_close([&](error_code) { rested = true; });
        home.join();
        BOOST_TEST(rested.load());
    }
}

BOOST_AUTO_TEST_CASE(a_context_destroyed_while_limits_pass_flights_end_and_waiters_cancel)
{
    std::size_t dropped = 0;
    std::size_t called = 0;
    for (unsigned round = 1; round <= 100; ++round) {
        const auto clock = std::make_shared<testing::manual_clock>();
        const auto source = std::make_shared<testing::scripted_source>(clock);
        source->grant("t", 1h, 40ms);
        running_context home;
        refresher client(home.executor(), make_config(clock), source);
        crowd dying_crowd;
        crowd living_crowd;
        running_context living;
        std::atomic<bool> stop{false};
        std::thread time;
        {
            running_context dying(2);
            std::atomic<bool> joined{false};
            asio::post(dying.io(), [&] {
                std::minstd_rand random(round);
                for (int k = 0; k < 200; ++k) {
                    crowd::waiter& w = dying_crowd.add();
                    client.async_token(within(std::chrono::milliseconds{1 + random() % 60}),
                                       asio::bind_executor(dying.executor(), counting_handler(w.end)));
                }
                joined = true;
            });
            for (int k = 0; k < 50; ++k)
                client.async_token(within(std::chrono::milliseconds{k + 1}),
                                   asio::bind_executor(living.executor(), counting_handler(living_crowd.add().end)));
            while (!joined || source->requests() == 0)
                std::this_thread::yield();
            time = std::thread([&] {
                while (!stop) {
                    clock->advance(1ms);
                    std::this_thread::yield();
                }
            });
            while (client.stats().timed_out + client.stats().served < round * 2)
                std::this_thread::yield();
            dying.destroy();
        }
        living.join();
        stop = true;
        time.join();
        BOOST_TEST(living_crowd.called() == 50U);
        BOOST_TEST(dying_crowd.wrong() == 0U);
        called += dying_crowd.called();
        dropped += dying_crowd.size() - dying_crowd.called();
        const stats s = client.stats();
        BOOST_TEST(s.waiting == 0U);
        std::atomic<bool> rested{false};
        client.async_close([&](error_code) { rested = true; });
        home.join();
        BOOST_TEST(rested.load());
    }
    BOOST_TEST(dropped > 0U); // else no context died in time
    BOOST_TEST_MESSAGE("called " << called << ", dropped " << dropped << " on the dying contexts");
}

BOOST_AUTO_TEST_SUITE_END()
