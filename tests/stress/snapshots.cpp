// Threads that read, copy, pass on and drop tokens while others publish, forget and destroy them.
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <faceki/testing/manual_clock.hpp>

#include "refresh/snapshots.hpp"
#include "refresh/token_data.hpp"

using faceki::access_token;
using faceki::snapshots;
using faceki::token_data;
using namespace std::chrono_literals;

namespace {

const auto stopped = std::make_shared<faceki::testing::manual_clock>();

/// Two equal halves: a token that was freed or torn shows.
access_token make(std::size_t number)
{
    const std::string half = std::to_string(number) + std::string(200, 'x');
    auto data = std::make_unique<token_data>(half + half);
    data->deadlines.use_until = stopped->now() + 1h;
    return token_data::handle(std::move(data));
}

bool is_whole(const access_token& token)
{
    const std::string_view value = token.value();
    return value.empty() || value.substr(0, value.size() / 2) == value.substr(value.size() / 2);
}

/// Where threads leave tokens for each other.
class exchange {
public:
    access_token swap(std::size_t at, access_token token)
    {
        const std::scoped_lock lock(mutex_);
        std::swap(places_[at % places_.size()], token);
        return token;
    }

private:
    std::mutex mutex_;
    std::array<access_token, 8> places_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(snapshots_in_threads)

BOOST_AUTO_TEST_CASE(readers_publishers_and_clients_that_come_and_go)
{
    std::shared_mutex clients_mutex; // a client must not be destroyed while somebody calls it: the user's own duty
    std::array<std::shared_ptr<snapshots>, 3> clients;
    for (auto& client : clients)
        client = std::make_shared<snapshots>(stopped);
    exchange passed_on;
    std::atomic<std::size_t> torn{0}, read{0}, published{0};
    std::vector<std::thread> threads;
    for (unsigned seed = 1; seed <= 3; ++seed)
        threads.emplace_back([&, seed] {
            std::minstd_rand random(seed);
            for (int round = 0; round < 40; ++round)
                std::thread([&] { // short-lived threads: their slots end with them
                    access_token mine;
                    for (int n = 0; n < 300; ++n) {
                        {
                            const std::shared_lock lock(clients_mutex);
                            const auto& client = clients[random() % clients.size()];
                            mine = random() % 8 == 0 ? client->live() : client->live_from_now_on();
                        }
                        read += mine ? 1U : 0U;
                        torn += is_whole(mine) ? 0U : 1U;
                        if (random() % 4 == 0)
                            mine = passed_on.swap(random(), mine);
                        torn += is_whole(mine) ? 0U : 1U;
                    }
                })
                    .join();
        });
    threads.emplace_back([&] {
        std::minstd_rand random(99);
        for (int n = 0; n < 4000; ++n) {
            if (n % 50 == 0) {
                const std::unique_lock lock(clients_mutex);
                clients[random() % clients.size()] = std::make_shared<snapshots>(stopped);
            }
            const std::shared_lock lock(clients_mutex);
            const auto& client = clients[random() % clients.size()];
            if (random() % 5 == 0)
                client->forget();
            else
                client->publish(make(++published));
            static_cast<void>(client->hits() + (client->used() ? 1U : 0U));
        }
    });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(torn == 0U);
    BOOST_TEST(read > 1000U);
    BOOST_TEST(published > 1000U);
}

BOOST_AUTO_TEST_CASE(once_a_token_is_forgotten_nobody_who_knows_it_sees_it_again)
{
    snapshots client(stopped);
    std::atomic<std::size_t> forgotten{0}; ///< tokens up to this number
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> stale{0}, seen{0};
    std::vector<std::thread> readers;
    for (int n = 0; n < 3; ++n)
        readers.emplace_back([&] {
            while (!stop) {
                const std::size_t gone = forgotten;
                if (const access_token token = client.live_from_now_on()) {
                    ++seen;
                    stale += std::stoul(std::string(token.value())) <= gone ? 1U : 0U;
                }
            }
        });
    for (std::size_t n = 1; n <= 20'000; ++n) {
        client.publish(make(n));
        client.forget();
        forgotten = n;
    }
    stop = true;
    for (auto& t : readers)
        t.join();
    BOOST_TEST(stale == 0U);
    BOOST_TEST_MESSAGE("seen " << seen);
}

BOOST_AUTO_TEST_SUITE_END()
