// Reading by the system's clock, mostly on the shortest way: what is counted, what is seen, and how long it lives.
#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "refresh/snapshots.hpp"
#include "unit/refresh_tokens.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

struct system_client {
    snapshots client{nullptr};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(refresh_reads, system_client)

BOOST_AUTO_TEST_CASE(each_read_that_gives_a_token_is_one_hit)
{
    client.publish(lasting("a"));
    for (int n = 0; n < 10'000; ++n) {
        BOOST_REQUIRE(client.live_from_now_on().value() == "a");
        BOOST_REQUIRE(client.live().value() == "a");
    }
    BOOST_TEST(client.hits() == 20'000U);
    std::thread([&] {
        client.live(); // without a copy
        for (int n = 0; n < 1000; ++n)
            client.live_from_now_on();
        client.live();
    }).join();
    BOOST_TEST(client.hits() == 21'002U);
    client.forget();
    client.live();
    client.live_from_now_on();
    BOOST_TEST(client.hits() == 21'002U);
}

BOOST_AUTO_TEST_CASE(who_has_a_copy_uses_the_client_by_a_hit_and_by_a_miss)
{
    BOOST_TEST(!client.has_settled());
    client.settle_in();
    BOOST_TEST(client.has_settled());
    BOOST_TEST(!client.used());
    for (int n = 0; n < 3; ++n) {
        BOOST_TEST(!client.live()); // a miss
        BOOST_TEST(client.used());
        client.clear_used();
        BOOST_TEST(!client.used());
    }
    client.publish(lasting("a"));
    BOOST_TEST(!client.used());
    for (int n = 0; n < 1000; ++n) {
        client.live();
        BOOST_REQUIRE(client.used());
        client.clear_used();
        BOOST_REQUIRE(!client.used());
    }
    BOOST_TEST(client.hits() == 1000U);
}

BOOST_AUTO_TEST_CASE(what_is_published_or_forgotten_here_is_seen_by_the_next_read)
{
    for (int n = 0; n < 20'000; ++n) {
        const std::string value = std::to_string(n);
        client.publish(lasting(value));
        BOOST_REQUIRE(client.live_from_now_on().value() == value);
        BOOST_REQUIRE(client.live().value() == value);
        if (n % 3 == 0) {
            client.forget();
            BOOST_REQUIRE(!client.live());
            BOOST_REQUIRE(!client.live());
            BOOST_REQUIRE(!client.live_from_now_on());
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_published_or_forgotten_elsewhere_is_seen_by_the_next_read)
{
    constexpr int rounds = 2000;
    std::barrier<> next(2);
    std::string value; // written here, read there
    std::size_t wrong = 0;
    std::thread reader([&] {
        for (int n = 0; n < rounds; ++n) {
            next.arrive_and_wait();
            for (int times = 0; times < 3; ++times)
                wrong += client.live_from_now_on().value() == value ? 0U : 1U;
            next.arrive_and_wait();
        }
    });
    for (int n = 0; n < rounds; ++n) {
        value = n % 3 == 0 ? "" : std::to_string(n);
        if (value.empty())
            client.forget();
        else
            client.publish(lasting(value));
        next.arrive_and_wait();
        next.arrive_and_wait();
    }
    reader.join();
    BOOST_TEST(wrong == 0U);
}

BOOST_AUTO_TEST_CASE(handles_outlive_the_copy_they_were_made_from)
{
    const heap_watch heap;
    std::vector<access_token> last;
    for (int n = 0; n < 20; ++n) {
        client.publish(big(n));
        std::vector<access_token> handles;
        for (int times = 0; times < 100; ++times)
            handles.push_back(client.live_from_now_on());
        for (std::size_t times = 0; times < 50; ++times)
            handles.push_back(access_token(handles[times]));
        client.forget();
        client.live(); // the copy is let go
        std::thread([dropped = std::vector(handles.begin() + 1, handles.begin() + 70)] {}).join();
        while (handles.size() > 1) {
            BOOST_REQUIRE(is_big(handles.back(), n));
            handles.pop_back();
        }
        BOOST_TEST(is_big(handles.front(), n));
        std::thread([&, handle = std::move(handles.front())] { last.assign(1, handle); }).join();
        BOOST_TEST(is_big(last.front(), n));
    }
    last.clear();
    BOOST_TEST(!heap.has_grown());
}

BOOST_AUTO_TEST_SUITE_END()
