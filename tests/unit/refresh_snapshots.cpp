// The current token as each thread sees it: copies that come, are replaced and go, whoever ends first.
#include <deque>
#include <latch>
#include <random>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <faceki/testing/manual_clock.hpp>

#include "refresh/snapshots.hpp"
#include "refresh/token_data.hpp"

using faceki::access_token;
using faceki::snapshots;
using faceki::token_data;
using namespace std::chrono_literals;

namespace {

access_token make(std::string_view value, faceki::boot_clock::time_point use_until)
{
    auto data = std::make_unique<token_data>(value);
    data->deadlines.use_until = use_until;
    return token_data::handle(std::move(data));
}

struct fixture {
    std::shared_ptr<faceki::testing::manual_clock> clock = std::make_shared<faceki::testing::manual_clock>();
    std::optional<snapshots> held{std::in_place, clock};

    access_token make(std::string_view value) const { return ::make(value, clock->now() + 1h); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(refresh_snapshots, fixture)

BOOST_AUTO_TEST_CASE(every_way_to_read_sees_what_was_published_last)
{
    BOOST_TEST(!held->live());
    for (const std::string value : {"one", "two", "three"}) {
        held->publish(make(value));
        BOOST_TEST(held->live().value() == value);             // without a copy at first, then with one
        BOOST_TEST(held->live_from_now_on().value() == value); // makes one, or has one
        BOOST_TEST(held->current().value() == value);
    }
    held->publish(make("four"));
    held->publish(make("five")); // in place of one that was never read
    BOOST_TEST(held->live().value() == "five");
    held->forget();
    BOOST_TEST(!held->live());
    BOOST_TEST(!held->current());
}

BOOST_AUTO_TEST_CASE(a_token_is_live_up_to_its_end_with_and_without_a_copy)
{
    held->publish(make("a"));
    std::thread([&] { // this thread has no copy
        clock->advance(1h - 1ns);
        BOOST_TEST(held->live().value() == "a");
        BOOST_TEST(held->live_from_now_on().value() == "a");
        clock->advance(1ns);
        BOOST_TEST(!held->live());
    })
        .join();
    BOOST_TEST(!held->live());
    BOOST_TEST(held->current().value() == "a");
}

BOOST_AUTO_TEST_CASE(the_system_clock_is_as_exact_near_the_end)
{
    snapshots real(nullptr);
    const auto end = faceki::boot_clock::now() + 30ms; // the coarse clock moves in steps of some ms
    real.publish(::make("short", end));
    BOOST_TEST(real.live_from_now_on().value() == "short");
    while (true) {
        const auto before = faceki::boot_clock::now();
        const bool live = static_cast<bool>(real.live());
        if (live)
            BOOST_TEST((before < end));
        else if (faceki::boot_clock::now() >= end)
            break;
        else
            BOOST_TEST(live, "gone before its end");
    }
}

BOOST_AUTO_TEST_CASE(handles_outlive_copy_thread_and_client)
{
    held->publish(make("a"));
    std::deque<access_token> kept;
    std::latch read(1), go(1);
    std::thread owner([&] {
        for (int n = 0; n < 3; ++n)
            kept.push_back(held->live_from_now_on());
        const access_token mine = kept.front();
        read.count_down();
        go.wait();
        BOOST_TEST(mine.value() == "a"); // its client has gone meanwhile
    });
    read.wait();
    kept.pop_front(); // made there, dropped here
    const access_token copy = kept.front();
    held->publish(make("b"));
    held.reset();
    go.count_down();
    owner.join();
    BOOST_TEST(copy.value() == "a");
    BOOST_TEST(kept.back().value() == "a");
}

BOOST_AUTO_TEST_CASE(the_hits_and_the_use_of_threads_that_have_ended_are_not_lost)
{
    held->publish(make("a"));
    BOOST_TEST(!held->used());
    std::thread([&] {
        for (int n = 0; n < 10; ++n)
            held->live_from_now_on();
    }).join();
    BOOST_TEST(held->used());
    BOOST_TEST(held->hits() == 10U);
    held->clear_used();
    BOOST_TEST(!held->used());
    held->live(); // without a copy
    BOOST_TEST(held->used());
    held->clear_used();
    held->live_from_now_on();
    BOOST_TEST(held->used());
    held->clear_used();
    held->live_from_now_on();
    BOOST_TEST(held->used());
    BOOST_TEST(held->hits() == 13U);
    held->forget();
    held->live();
    BOOST_TEST(held->hits() == 13U); // that was none
}

BOOST_AUTO_TEST_CASE(a_thread_keeps_hundreds_of_clients_apart_however_they_come_and_go)
{
    std::minstd_rand random(7);
    std::deque<std::pair<std::unique_ptr<snapshots>, std::string>> clients;
    for (int n = 0; n < 20'000; ++n) {
        if (clients.empty() || random() % 400 >= clients.size()) {
            clients.emplace_back(std::make_unique<snapshots>(clock), std::to_string(n));
            clients.back().first->publish(make(clients.back().second));
        } else if (random() % 3 == 0) {
            std::swap(clients[random() % clients.size()], clients.back());
            clients.pop_back(); // the next one may be made at its address
        }
        if (!clients.empty()) {
            const auto& [client, value] = clients[random() % clients.size()];
            BOOST_REQUIRE(client->live_from_now_on().value() == value);
        }
    }
}

BOOST_AUTO_TEST_CASE(clients_that_were_destroyed_elsewhere_leave_the_thread_when_it_comes_by)
{
    const access_token kept = [&] {
        snapshots other(clock);
        other.publish(make("other"));
        access_token token = other.live_from_now_on();
        std::thread([&] { BOOST_TEST(other.live_from_now_on().value() == "other"); }).join();
        return token;
    }();
    for (int n = 0; n < 1000; ++n) { // each leaves a slot here
        auto gone = std::make_unique<snapshots>(clock);
        gone->publish(make("gone"));
        access_token token = gone->live_from_now_on();
        std::thread([&] { gone.reset(); }).join();
        BOOST_TEST(token.value() == "gone");
    }
    held->publish(make("a"));
    BOOST_TEST(held->live_from_now_on().value() == "a");
    BOOST_TEST(kept.value() == "other");
}

BOOST_AUTO_TEST_SUITE_END()
