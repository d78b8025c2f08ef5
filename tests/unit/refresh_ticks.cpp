// What a thread knows for a tick of the coarse clock: the time, and whether its copy may be handed out unasked.
#include <thread>

#include <boost/test/unit_test.hpp>

#include <faceki/testing/manual_clock.hpp>

#include "refresh/snapshots.hpp"
#include "unit/refresh_tokens.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// Of a thread that has one client only, which is among the first thousands.
const thread_slot* only_slot()
{
    const thread_slot* found = nullptr;
    for (std::uint64_t number = 1; found == nullptr && number < 1'000'000; ++number)
        found = this_threads_slots->find(number);
    return found;
}

/// In a thread of its own: whether the copy, once read, is good for all of the tick.
bool is_good_for_its_tick(const snapshots& client)
{
    bool good = false;
    std::thread([&] {
        client.settle_in();
        const thread_slot* const slot = only_slot();
        coarse_tick before, after;
        do { // until no tick passes meanwhile
            before = coarse_tick::current();
            client.live();
            after = coarse_tick::current();
        } while (before != after);
        good = slot != nullptr && slot->good == after;
    }).join();
    return good;
}

} // namespace

BOOST_AUTO_TEST_SUITE(refresh_ticks)

BOOST_AUTO_TEST_CASE(the_time_is_read_once_in_a_tick)
{
    thread_slots& mine = *thread_slots::make();
    const boot_clock::time_point first = mine.now({1, 1});
    const boot_clock::time_point then = boot_clock::now();
    BOOST_TEST((first <= then));
    BOOST_TEST((mine.now({1, 1}) == first));
    const boot_clock::time_point next = mine.now({1, 2});
    BOOST_TEST((next >= then));
    BOOST_TEST((mine.now({1, 2}) == next));
    BOOST_TEST((mine.now({2, 2}) >= next));
}

BOOST_AUTO_TEST_CASE(a_token_that_lasts_is_looked_at_once_in_a_tick)
{
    snapshots client(nullptr);
    client.publish(lasting("a"));
    BOOST_TEST(is_good_for_its_tick(client));
}

BOOST_AUTO_TEST_CASE(none_is_and_none_by_a_clock_of_the_users_or_near_its_end)
{
    const snapshots empty(nullptr);
    BOOST_TEST(!is_good_for_its_tick(empty));
    snapshots by_hand(std::make_shared<testing::manual_clock>());
    by_hand.publish(lasting("a"));
    BOOST_TEST(!is_good_for_its_tick(by_hand));
    snapshots ending(nullptr);
    auto data = std::make_unique<token_data>("a");
    data->deadlines.use_until = boot_clock::now() + 1ms;
    ending.publish(token_data::handle(std::move(data)));
    BOOST_TEST(!is_good_for_its_tick(ending));
}

BOOST_AUTO_TEST_CASE(a_slot_is_of_nobody_at_first)
{
    const thread_slot slot;
    BOOST_TEST(slot.client == 0U);
    BOOST_TEST(!slot.was_used());
    BOOST_TEST((slot.good == coarse_tick{}));
}

BOOST_AUTO_TEST_SUITE_END()
