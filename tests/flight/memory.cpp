// Memory that runs out at the worst moment: each allocation of an operation fails in turn, and no waiter is lost.
#include <cstdlib>
#include <new>

#include <boost/test/unit_test.hpp>

#include "support/custom_source.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

namespace {

/// Allocations of this thread that still succeed; negative = all do.
thread_local long allocations_left = -1;
thread_local bool failed_one = false;

void* allocate(std::size_t size)
{
    if (allocations_left == 0) {
        failed_one = true;
        throw std::bad_alloc();
    }
    if (allocations_left > 0)
        --allocations_left;
    if (void* p = std::malloc(size != 0 ? size : 1))
        return p;
    throw std::bad_alloc();
}

} // namespace

// Not inlined: g++ 12 would see a free() of what operator new gave, and warn.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    return allocate(size);
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return std::malloc(size != 0 ? size : 1); // std::stable_sort uses it, outside of what is tested
}
[[gnu::noinline]] void operator delete(void* p) noexcept
{
    std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}

using namespace faceki;
using namespace faceki::test;

namespace {

/// While one lives, the allocation after `n` others fails, and so does every later one.
class scarcity {
public:
    explicit scarcity(long n)
    {
        failed_one = false;
        allocations_left = n;
    }
    ~scarcity() { allocations_left = -1; }
    scarcity(const scarcity&) = delete;
    scarcity& operator=(const scarcity&) = delete;
};

/// Counts calls without allocating.
struct tally {
    int called = 0;
    int dropped = 0;
    error_code error;
};

class tally_handler {
public:
    explicit tally_handler(tally& t) : tally_(&t) {}
    tally_handler(tally_handler&& other) noexcept : tally_(std::exchange(other.tally_, nullptr)) {}
    ~tally_handler()
    {
        if (tally_)
            ++tally_->dropped;
    }
    void operator()(error_code error, const access_token&)
    {
        tally* t = std::exchange(tally_, nullptr);
        ++t->called;
        t->error = error;
    }

private:
    tally* tally_;
};

std::shared_ptr<custom_source> instant_source()
{
    return std::make_shared<custom_source>([](grant_request& request) -> asio::awaitable<grant_result> {
        request.sent();
        request.received();
        co_return grant_result::granted("instant", 60s);
    });
}

/// Plays `scenario(world, n)` with more and more memory until none of its allocations fails any more. Returns how
/// often.
template <class Scenario>
int sweep(Scenario scenario)
{
    for (int n = 0; n < 200; ++n) {
        world w;
        w.start(instant_source());
        scenario(w, n);
        if (!failed_one)
            return n;
    }
    BOOST_ERROR("the sweep did not end");
    return 0;
}

/// After all that: does the client still work?
void still_works(world& w)
{
    w.pass(10min);
    BOOST_TEST(w.fetch().value() == "instant");
    BOOST_TEST(w.client->stats().waiting == 0U);
    bool rest = false;
    w.client->async_close([&](error_code) { rest = true; });
    w.run();
    BOOST_TEST(rest);
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(a_first_call_without_memory_ends_once_and_the_next_one_works)
{
    const int failures = sweep([](world& w, int n) {
        tally t;
        {
            const scarcity scarce(n);
            w.client->async_token(tally_handler(t));
        }
        w.run();
        BOOST_TEST(t.called + t.dropped == 1);
        if (t.called != 0 && t.error)
            BOOST_TEST((t.error == std::errc::not_enough_memory));
        still_works(w);
    });
    BOOST_TEST(failures > 2);
}

BOOST_AUTO_TEST_CASE(so_does_a_call_that_joins_others)
{
    const int failures = sweep([](world& w, int n) {
        const auto first = ask(*w.client);
        tally t;
        {
            const scarcity scarce(n);
            w.client->async_token(tally_handler(t));
        }
        w.run();
        BOOST_TEST(first->served());
        BOOST_TEST(t.called + t.dropped == 1);
        still_works(w);
    });
    BOOST_TEST(failures > 0);
}

BOOST_AUTO_TEST_CASE(so_does_a_hit)
{
    const int failures = sweep([](world& w, int n) {
        w.fetch();
        tally t;
        {
            const scarcity scarce(n);
            w.client->async_token(tally_handler(t));
        }
        w.run();
        BOOST_TEST(t.called + t.dropped == 1);
        still_works(w);
    });
    BOOST_TEST(failures > 1);
}

BOOST_AUTO_TEST_CASE(set_credentials_without_memory_changes_nothing_or_everything)
{
    const int failures = sweep([](world& w, int n) {
        const access_token old = w.fetch();
        credentials next("id-2", "secret-2");
        bool thrown = false;
        {
            const scarcity scarce(n);
            try {
                w.client->set_credentials(std::move(next));
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
        }
        BOOST_TEST((w.client->peek() == old) == thrown);
        still_works(w);
    });
    BOOST_TEST(failures > 0);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_passes_without_memory_still_ends_the_flight)
{
    world w;
    w.source->hold_stubbornly();
    w.start();
    tally t;
    w.client->async_token(tally_handler(t));
    w.run();
    w.clock->advance(30s);
    {
        const scarcity scarce(0);
        w.run();
        BOOST_TEST(failed_one);
    }
    w.run();
    BOOST_TEST(t.called + t.dropped == 1);
    BOOST_TEST(!w.fetch()); // at the latest this caller notices that the deadline has passed
    w.pass(10s);
    BOOST_TEST(w.fetch().value() == "token-2");
}

BOOST_AUTO_TEST_CASE(close_and_peek_need_no_memory)
{
    world w;
    w.source->hold();
    w.start();
    const auto a = ask(*w.client);
    tally t;
    w.client->async_token(tally_handler(t));
    w.run();
    {
        const scarcity scarce(0);
        BOOST_TEST(!w.client->peek());
        w.client->close();
    }
    w.client.reset();
    w.pass(30s);
    // What cannot be posted is dropped, but nothing is lost, and nothing runs beyond the flight's deadline.
    BOOST_TEST(t.called + t.dropped == 1);
    BOOST_TEST(w.source->in_flight() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
