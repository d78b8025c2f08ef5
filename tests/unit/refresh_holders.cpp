// Who holds a token: exactly one remove() is the last one, whoever adds and removes where.
#include <array>
#include <random>
#include <thread>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "refresh/holders.hpp"
#include "refresh/thread_slots.hpp"

using faceki::holders;
using faceki::this_threads_slots;

namespace {

/// While it lives, this thread counts like one that has no slots.
class elsewhere {
public:
    elsewhere() : here_(std::exchange(this_threads_slots, nullptr)) {}
    ~elsewhere() { this_threads_slots = here_; }
    elsewhere(const elsewhere&) = delete;
    elsewhere& operator=(const elsewhere&) = delete;

private:
    faceki::thread_slots* here_;
};

bool removed(holders& h, bool here)
{
    if (here)
        return h.remove();
    const elsewhere other;
    return h.remove();
}

void add(holders& h, bool here)
{
    if (here)
        return h.add();
    const elsewhere other;
    h.add();
}

struct owner {
    faceki::thread_slots* me = faceki::thread_slots::make();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(refresh_holders, owner)

BOOST_AUTO_TEST_CASE(without_an_owner_the_last_remove_is_the_one_that_makes_up_for_the_first_hold)
{
    for (const bool here : {true, false}) {
        holders h;
        BOOST_TEST(!h.is_biased());
        add(h, here);
        add(h, !here);
        BOOST_TEST(!removed(h, !here));
        BOOST_TEST(!removed(h, here));
        BOOST_TEST(removed(h, here));
    }
}

BOOST_AUTO_TEST_CASE(the_owners_own_hold_lasts_until_the_end_of_the_bias)
{
    holders h(me);
    BOOST_TEST(h.is_biased());
    h.add_own(); // dropped elsewhere
    BOOST_TEST(!removed(h, false));
    add(h, false); // dropped here
    BOOST_TEST(!removed(h, true));
    h.end_bias();
    BOOST_TEST(!h.is_biased());
    BOOST_TEST(removed(h, true));
}

BOOST_AUTO_TEST_CASE(the_last_one_may_be_dropped_elsewhere)
{
    holders h(me);
    h.add_own();
    h.end_bias();
    BOOST_TEST(!removed(h, true));
    BOOST_TEST(removed(h, false));
}

BOOST_AUTO_TEST_CASE(whatever_the_order_exactly_the_last_remove_says_so)
{
    std::minstd_rand random(1);
    for (int round = 0; round < 2000; ++round) {
        holders h(me);
        bool biased = true;
        for (unsigned held = 1; held != 0;) {
            const bool here = random() % 2 == 0;
            if (biased && random() % 16 == 0) {
                h.end_bias();
                biased = false;
            } else if (biased && random() % 4 == 0) {
                h.add_own();
                ++held;
            } else if (random() % (biased ? 2 : 3) == 0) {
                add(h, here);
                ++held;
            } else if (!biased || held > 1) { // while the bias lasts, the owner's own hold is there
                --held;
                BOOST_REQUIRE(removed(h, here) == (held == 0));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(no_count_is_lost_when_all_count_at_once)
{
    holders h(me);
    std::array<bool, 2> last{};
    const auto count = [&h](bool& was_last) {
        for (int n = 0; n < 300'000; ++n) {
            h.add();
            was_last = h.remove() || was_last;
        }
    };
    std::thread first([&] { count(last[0]); });
    std::thread second([&] { count(last[1]); });
    for (int n = 0; n < 300'000; ++n) {
        h.add_own();
        BOOST_REQUIRE(!h.remove());
    }
    first.join();
    second.join();
    BOOST_TEST(!last[0]);
    BOOST_TEST(!last[1]);
    h.end_bias();
    BOOST_TEST(h.remove());
}

BOOST_AUTO_TEST_SUITE_END()
