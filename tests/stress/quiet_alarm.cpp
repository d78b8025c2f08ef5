// Quiet alarms of several contexts, armed, disarmed and destroyed in their threads while the one thread posts to them.
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/clock.hpp>

#include "support/crowd.hpp"

using namespace faceki;
using namespace faceki::test;
using namespace std::chrono_literals;

namespace {

struct tally {
    std::atomic<std::size_t> armed{0};
    std::atomic<std::size_t> fired{0};
    std::atomic<std::size_t> stale{0};
};

/// Alarms of one strand, handled on it. Only what was armed last may fire.
class handful {
public:
    handful(const asio::any_io_executor& executor, unsigned seed, tally& counts)
        : executor_(executor), random_(seed), counts_(counts), slots_(20), pause_(clock_->make_quiet_alarm(executor_))
    {
        for (slot& s : slots_)
            s.timer = clock_->make_quiet_alarm(executor_);
    }

    /// Each tenth step waits for an alarm of its own: else the thread might not get a turn before it is over.
    void go(int steps, std::function<void()> then)
    {
        step();
        if (steps == 0)
            return then();
        auto next = [this, steps, then = std::move(then)] { go(steps - 1, then); };
        if (steps % 10 == 0)
            pause_->arm(clock_->now() + std::chrono::microseconds(random_() % 100), std::move(next));
        else
            asio::post(executor_, std::move(next));
    }

private:
    struct slot {
        std::unique_ptr<faceki::alarm> timer;
        std::size_t expected = 0;
    };

    void step()
    {
        slot& s = slots_[random_() % slots_.size()];
        ++s.expected;
        switch (random_() % 8) {
        case 0:
            s.timer->disarm();
            break;
        case 1:
            s.timer = clock_->make_quiet_alarm(executor_); // destroys the one before
            break;
        default:
            ++counts_.armed;
            s.timer->arm(clock_->now() + std::chrono::microseconds(random_() % 100), [this, &s, this_one = s.expected] {
                ++counts_.fired;
                if (this_one != s.expected)
                    ++counts_.stale;
            });
            break;
        }
    }

    const std::shared_ptr<faceki::clock> clock_ = system_boot_clock();
    const asio::any_io_executor executor_;
    std::minstd_rand random_;
    tally& counts_;
    std::vector<slot> slots_;
    const std::unique_ptr<faceki::alarm> pause_;
};

void check(const tally& counts)
{
    BOOST_TEST(counts.stale.load() == 0U);
    BOOST_TEST(counts.fired.load() > counts.armed.load() / 50); // else little was tried
    BOOST_TEST(counts.fired.load() <= counts.armed.load());
    BOOST_TEST_MESSAGE("fired " << counts.fired << " of " << counts.armed);
}

} // namespace

BOOST_AUTO_TEST_SUITE(quiet_alarms)

BOOST_AUTO_TEST_CASE(contexts_go_while_their_alarms_are_due)
{
    tally counts;
    std::array<std::thread, 4> threads;
    for (std::size_t n = 0; n < threads.size(); ++n)
        threads[n] = std::thread([&counts, n] {
            for (unsigned round = 0; round < 50; ++round) {
                asio::io_context io;
                handful alarms(asio::make_strand(io), static_cast<unsigned>(n) * 100 + round + 1, counts);
                const auto work = asio::make_work_guard(io);
                alarms.go(200, [&io] { io.stop(); });
                io.run();
            } // the alarms first, right before their context
        });
    for (std::thread& t : threads)
        t.join();
    check(counts);
}

BOOST_AUTO_TEST_CASE(strands_of_contexts_that_many_threads_run)
{
    tally counts;
    std::array<running_context, 2> contexts{running_context(2), running_context(2)};
    std::vector<std::unique_ptr<handful>> all(8);
    std::atomic<std::size_t> done{0};
    for (std::size_t n = 0; n < all.size(); ++n) {
        const auto strand = asio::make_strand(contexts[n % 2].executor());
        all[n] = std::make_unique<handful>(strand, static_cast<unsigned>(n) + 1, counts);
        asio::post(strand, [&, n, strand] {
            all[n]->go(2000, [&, n, strand] {
                asio::post(strand, [&, n] {
                    all[n].reset(); // on the strand
                    ++done;
                });
            });
        });
    }
    while (done != all.size())
        std::this_thread::yield();
    for (running_context& c : contexts)
        c.join();
    check(counts);
}

BOOST_AUTO_TEST_SUITE_END()
