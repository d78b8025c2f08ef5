// The clients that a thread has a copy of: found, kept apart, and gone with their clients.
#include <algorithm>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "refresh/snapshots.hpp"
#include "unit/refresh_tokens.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct numbered {
    explicit numbered(int n) : value(std::to_string(n)) { client->publish(lasting(value)); }
    bool reads() const { return client->has_settled() && client->live_from_now_on().value() == value; }

    std::string value;
    std::unique_ptr<snapshots> client = std::make_unique<snapshots>(nullptr);
};

std::vector<numbered> settled(int count)
{
    std::vector<numbered> all;
    for (int n = 0; n < count; ++n) {
        all.emplace_back(n);
        all.back().client->settle_in();
    }
    return all;
}

struct here {
    thread_slots* mine = thread_slots::make();
    std::size_t before = mine->size();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(refresh_clients, here)

BOOST_AUTO_TEST_CASE(all_are_found_from_the_very_first_one_on_while_their_number_grows)
{
    BOOST_TEST(!mine->has_orphans());
    std::vector<numbered> all;
    for (int n = 0; n < 200; ++n) {
        all.emplace_back(n);
        BOOST_TEST(!all.back().client->has_settled());
        BOOST_TEST(all.back().client->live_from_now_on().value() == all.back().value);
        BOOST_TEST(mine->size() == before + all.size());
        BOOST_REQUIRE(std::all_of(all.begin(), all.end(), [](const numbered& c) { return c.reads(); }));
    }
    for (const numbered& c : all)
        c.client->settle_in(); // again
    BOOST_TEST(mine->size() == before + all.size());
}

BOOST_AUTO_TEST_CASE(those_that_stay_are_found_in_whatever_order_the_others_go)
{
    std::minstd_rand random(3);
    for (int round = 0; round < 20; ++round) {
        auto all = settled(100);
        std::shuffle(all.begin(), all.end(), random);
        while (!all.empty()) {
            all.pop_back();
            BOOST_TEST(mine->size() == before + all.size());
            BOOST_REQUIRE(std::all_of(all.begin(), all.end(), [](const numbered& c) { return c.reads(); }));
        }
        BOOST_TEST(!mine->has_orphans());
    }
}

BOOST_AUTO_TEST_CASE(numbers_that_meet_in_one_place_do_not_hide_each_other)
{
    std::minstd_rand random(5);
    std::vector<numbered> few; // of numbers far apart, in a small table of a thread of its own
    std::size_t lost = 0;
    std::thread([&] {
        for (int n = 0; n < 5000; ++n) {
            if (few.size() == 7)
                few.erase(few.begin() + static_cast<std::ptrdiff_t>(random() % 7));
            if (random() % 3 == 0) {
                few.emplace_back(n);
                few.back().client->settle_in();
            } else {
                numbered skipped(n);
            }
            for (const numbered& c : few)
                lost += c.reads() ? 0U : 1U;
            lost += this_threads_slots != nullptr && this_threads_slots->size() != few.size() ? 1U : 0U;
        }
    }).join();
    BOOST_TEST(lost == 0U);
}

BOOST_AUTO_TEST_CASE(one_destroyed_elsewhere_leaves_with_the_next_handle_that_is_dropped)
{
    auto all = settled(3);
    access_token kept = all.front().client->live();
    std::thread([&] { all.clear(); }).join();
    BOOST_TEST(mine->has_orphans());
    BOOST_TEST(mine->size() == before + 3);
    kept = {};
    BOOST_TEST(!mine->has_orphans());
    BOOST_TEST(mine->size() == before);
}

BOOST_AUTO_TEST_CASE(one_destroyed_elsewhere_leaves_with_a_later_read_of_another)
{
    const numbered other(-1);
    other.client->settle_in();
    auto all = settled(3);
    access_token kept = other.client->live(); // none is dropped
    std::thread([&] { all.clear(); }).join();
    std::vector<access_token> handles;
    for (int n = 0; mine->has_orphans() && n < 200; ++n) {
        std::this_thread::sleep_for(10ms); // a tick of the coarse clock
        handles.push_back(other.client->live());
    }
    BOOST_TEST(mine->size() == before + 1);
}

BOOST_AUTO_TEST_SUITE_END()
