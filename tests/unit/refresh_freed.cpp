// Nothing is freed twice, and nothing stays: whichever of client, thread and handle ends first. A token is as big as to
// be seen in what malloc() says it has given out.
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "refresh/snapshots.hpp"
#include "unit/refresh_tokens.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

constexpr int many = 40; // of consecutive numbers: every place of a small table is somebody's

using clients = std::vector<std::unique_ptr<snapshots>>;

clients make_clients()
{
    clients all;
    for (int n = 0; n < many; ++n)
        all.push_back(std::make_unique<snapshots>(nullptr));
    return all;
}

void publish(const clients& all)
{
    for (int n = 0; n < many; ++n)
        all[static_cast<std::size_t>(n)]->publish(big(n));
}

/// A thread that stands still between its two halves, so that others act meanwhile.
template <class First, class Second>
class halted_thread {
public:
    halted_thread(First first, Second second)
        : thread_([=, this] {
              first();
              halted_.count_down();
              go_.wait();
              second();
          })
    {
        halted_.wait();
    }
    ~halted_thread() { end(); }
    void end()
    {
        if (!thread_.joinable())
            return;
        go_.count_down();
        thread_.join();
    }

private:
    std::latch halted_{1}, go_{1};
    std::thread thread_;
};

/// Made before its thread's slots, so destroyed after them: it still reads.
struct late_reader {
    const snapshots* client = nullptr;
    access_token kept;
    bool* right = nullptr;

    ~late_reader()
    {
        if (client == nullptr)
            return;
        *right = this_threads_slots == nullptr && is_big(client->live_from_now_on(), 7) && !client->has_settled() &&
                 is_big(client->live(), 7) && is_big(kept, 7) && this_threads_slots == nullptr;
    }
};

thread_local late_reader late;

} // namespace

BOOST_AUTO_TEST_SUITE(refresh_freed)

BOOST_AUTO_TEST_CASE(copies_that_are_replaced_or_whose_client_goes)
{
    const heap_watch heap;
    for (int n = 0; n < many; ++n) {
        snapshots client(nullptr);
        client.settle_in();
        client.publish(big(n));
        client.publish(big(n + 1)); // in place of one that was never read
        BOOST_TEST(is_big(client.live(), n + 1));
        BOOST_TEST(is_big(client.live(), n + 1));
        client.publish(big(n + 2));
        BOOST_TEST(is_big(client.live_from_now_on(), n + 2));
        if (n % 2 == 0)
            client.publish(big(n + 3)); // never read
    }
    BOOST_TEST(!heap.has_grown());
}

BOOST_AUTO_TEST_CASE(those_of_a_thread_that_ends_before_its_clients)
{
    const auto all = make_clients();
    publish(all);
    const heap_watch heap;
    for (std::size_t first = 0; first < all.size(); first += 8)
        std::thread([&] {
            for (std::size_t n = first; n < first + 8; ++n) {
                all[n]->live_from_now_on();
                all[n]->live();
                if (n % 2 == 0)
                    all[n]->publish(all[n]->current()); // never read
            }
        }).join();
    BOOST_TEST(!heap.has_grown());
    for (const auto& client : all)
        BOOST_TEST(client->hits() == 2U);
}

BOOST_AUTO_TEST_CASE(those_of_a_thread_that_does_not_come_by_once_their_clients_have_gone)
{
    const heap_watch heap;
    auto all = make_clients();
    halted_thread other(
        [&] {
            for (const auto& client : all)
                client->settle_in();
        },
        [] {});
    publish(all); // never read
    all.clear();
    BOOST_TEST(!heap.has_grown());
    other.end();
    BOOST_TEST(!heap.has_grown());
}

BOOST_AUTO_TEST_CASE(those_that_a_thread_has_read_and_never_touched_again)
{
    const heap_watch heap;
    auto all = make_clients();
    publish(all);
    halted_thread other(
        [&] {
            for (const auto& client : all)
                client->live_from_now_on();
        },
        [] {});
    all.clear();
    other.end();
    BOOST_TEST(!heap.has_grown());
}

BOOST_AUTO_TEST_CASE(a_token_whose_client_was_destroyed_elsewhere_goes_with_its_last_handle)
{
    for (int n = 0; n < 20; ++n) {
        auto client = std::make_unique<snapshots>(nullptr);
        const heap_watch heap;
        client->publish(big(n));
        client->live_from_now_on();
        access_token mine = client->live();
        access_token copy = mine;
        std::thread([&] { client.reset(); }).join();
        BOOST_TEST(is_big(mine, n));
        mine = {};
        BOOST_TEST(is_big(copy, n));
        copy = {};
        BOOST_TEST(!heap.has_grown());
    }
}

BOOST_AUTO_TEST_CASE(a_token_dropped_by_another_thread_than_it_was_made_by)
{
    const heap_watch heap;
    for (int n = 0; n < 20; ++n) {
        snapshots client(nullptr);
        client.publish(big(n));
        std::vector<access_token> passed;
        std::thread([&] {
            for (int times = 0; times < 10; ++times)
                passed.push_back(client.live_from_now_on());
        }).join();
        client.forget();
        for (; passed.size() > 1; passed.pop_back())
            BOOST_TEST(is_big(passed.back(), n));
        std::thread([handle = std::move(passed.front()), n] { BOOST_TEST(is_big(handle, n)); }).join();
    }
    BOOST_TEST(!heap.has_grown());
}

BOOST_AUTO_TEST_CASE(an_object_that_outlives_its_threads_slots_reads_without_a_copy)
{
    snapshots client(nullptr);
    client.publish(big(7));
    const heap_watch heap;
    for (int n = 0; n < 20; ++n) {
        bool right = false;
        std::thread([&] {
            late.client = &client;
            late.right = &right;
            late.kept = client.live_from_now_on();
            client.live();
        }).join();
        BOOST_TEST(right);
    }
    BOOST_TEST(client.hits() == 80U);
    BOOST_TEST(!heap.has_grown());
}

BOOST_AUTO_TEST_SUITE_END()
