// The seeded context as an Asio executor: what any_io_executor and strands need of it, and the order of handlers.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <faceki/testing/seeded_context.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/bind_allocator.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/dispatch.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>

namespace {

using faceki::testing::seeded_context;

static_assert(asio::execution::is_executor<seeded_context::executor_type>::value);
static_assert(std::is_constructible_v<asio::any_io_executor, seeded_context::executor_type>);
static_assert(std::is_nothrow_move_constructible_v<seeded_context::executor_type>); // any_io_executor: no allocation

/// The order in which `count` handlers run that were posted one after the other.
std::vector<int> order_of(seeded_context& context, const asio::any_io_executor& executor, int count)
{
    std::vector<int> order;
    for (int n = 0; n < count; ++n)
        asio::post(executor, [n, &order] { order.push_back(n); });
    context.run();
    return order;
}

std::vector<int> in_order(int count)
{
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    return order;
}

} // namespace

BOOST_AUTO_TEST_SUITE(executor)

BOOST_AUTO_TEST_CASE(the_seed_decides_the_order)
{
    const auto order = [](std::uint64_t seed) {
        seeded_context context(seed);
        return order_of(context, context.get_executor(), 200);
    };
    BOOST_TEST(order(0) == in_order(200));
    BOOST_TEST(order(1) == order(1));
    BOOST_TEST(order(1) != order(2));
    BOOST_TEST(order(1) != in_order(200));
    auto sorted = order(7);
    std::sort(sorted.begin(), sorted.end());
    BOOST_TEST(sorted == in_order(200)); // each of them, once
}

BOOST_AUTO_TEST_CASE(any_ready_handler_may_be_next)
{
    // Over many seeds each of five handlers comes first about as often as the others.
    std::vector<int> first(5);
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        seeded_context context(seed);
        ++first[static_cast<std::size_t>(order_of(context, context.get_executor(), 5).front())];
    }
    for (const int count : first)
        BOOST_TEST((count > 150 && count < 250));
}

BOOST_AUTO_TEST_CASE(first_in_first_out_also_when_handlers_post)
{
    seeded_context context;
    std::vector<int> order;
    const asio::any_io_executor executor = context.get_executor();
    for (int n = 0; n < 300; ++n)
        asio::post(executor, [&, n] {
            order.push_back(n);
            asio::post(executor, [&order, n] { order.push_back(300 + n); });
        });
    BOOST_TEST(context.ready() == 300U);
    BOOST_TEST(context.run() == 600U);
    BOOST_TEST(order == in_order(600));
    BOOST_TEST(context.ready() == 0U);
    BOOST_TEST(!context.run_one());
}

BOOST_AUTO_TEST_CASE(properties_survive_any_io_executor)
{
    seeded_context context;
    const asio::any_io_executor executor = context.get_executor();
    BOOST_TEST(&asio::query(executor, asio::execution::context) == &context);
    BOOST_TEST((executor == asio::any_io_executor(context.get_executor())));
    seeded_context other;
    BOOST_TEST((executor != asio::any_io_executor(other.get_executor())));

    const auto never = asio::require(executor, asio::execution::blocking.never);
    BOOST_TEST((asio::query(context.get_executor(), asio::execution::blocking) == asio::execution::blocking.possibly));
    BOOST_TEST((never != executor));
    BOOST_TEST((asio::prefer(never, asio::execution::blocking.possibly) == executor));
    const auto follows = asio::prefer(executor, asio::execution::relationship.continuation);
    const auto* target = follows.target<seeded_context::executor_type>();
    BOOST_REQUIRE(target != nullptr);
    BOOST_TEST((asio::query(*target, asio::execution::relationship) == asio::execution::relationship.continuation));

    BOOST_TEST(context.work() == 0U);
    {
        const auto work = asio::prefer(executor, asio::execution::outstanding_work.tracked);
        const auto copy = work;
        auto moved = copy;
        const auto to = std::move(moved);
        BOOST_TEST(context.work() == 3U);
        auto assigned = executor;
        assigned = work;
        BOOST_TEST(context.work() == 4U);
        assigned = executor;
        BOOST_TEST(context.work() == 3U);
        BOOST_TEST((asio::prefer(work, asio::execution::outstanding_work.untracked) == executor));
    }
    BOOST_TEST(context.work() == 0U);
}

BOOST_AUTO_TEST_CASE(post_never_runs_inside_the_call_and_dispatch_does_inside_a_handler)
{
    seeded_context context(3);
    const asio::any_io_executor executor = context.get_executor();
    bool ran = false;
    asio::dispatch(executor, [&] { ran = true; });
    BOOST_TEST(!ran); // no handler is running: dispatch is a post
    context.run();
    BOOST_TEST(ran);

    std::string trace;
    asio::post(executor, [&] {
        asio::post(executor, [&] { trace += "post "; });
        asio::dispatch(executor, [&] { trace += "dispatch "; });
        trace += "end ";
    });
    context.run();
    BOOST_TEST(trace == "dispatch end post ");

    // Inside a handler of another context it is a post too.
    seeded_context other;
    trace.clear();
    asio::post(other.get_executor(), [&] {
        asio::dispatch(executor, [&] { trace += "dispatch "; });
        trace += "end ";
    });
    other.run();
    BOOST_TEST(trace == "end ");
    context.run();
    BOOST_TEST(trace == "end dispatch ");
}

BOOST_AUTO_TEST_CASE(a_strand_keeps_its_order_and_excludes)
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        seeded_context context(seed);
        const auto strand = asio::make_strand(asio::any_io_executor(context.get_executor()));
        const auto other = asio::make_strand(context.get_executor());
        std::vector<int> order;
        int inside = 0;
        for (int n = 0; n < 50; ++n) {
            asio::post(strand, [&, n] {
                BOOST_TEST(++inside == 1);
                order.push_back(n);
                asio::post(strand, [&order, n] { order.push_back(50 + n); });
                --inside;
            });
            asio::post(other, [] {});
            asio::post(context, [] {});
        }
        context.run();
        BOOST_TEST(order == in_order(100));
    }
}

BOOST_AUTO_TEST_CASE(handlers_may_be_posted_from_other_threads)
{
    seeded_context context(5);
    constexpr int each = 10'000;
    int count = 0; // written by handlers only, which run in one thread
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&context, &count] {
            for (int n = 0; n < each; ++n)
                asio::post(context.get_executor(), [&count] { ++count; });
        });
    while (count < each)
        context.run();
    for (std::thread& t : threads)
        t.join();
    context.run();
    BOOST_TEST(count == 3 * each);
}

BOOST_AUTO_TEST_CASE(what_a_handler_throws_leaves_run_and_the_rest_goes_on)
{
    seeded_context context;
    const asio::any_io_executor executor = context.get_executor();
    std::string trace;
    asio::post(executor, [] { throw std::runtime_error("first"); });
    asio::post(executor, [&] {
        // io_context too lets a handler that was dispatched inline throw past the one that dispatched it.
        asio::dispatch(executor, [] { throw std::runtime_error("inline"); });
        trace += "after ";
    });
    asio::post(executor, [&] { trace += "last"; });
    const auto thrown_by_run = [&context]() -> std::string {
        try {
            context.run();
        } catch (const std::runtime_error& e) {
            return e.what();
        }
        return "nothing";
    };
    BOOST_TEST(thrown_by_run() == "first");
    BOOST_TEST(thrown_by_run() == "inline");
    BOOST_TEST(trace == "after ");
    BOOST_TEST(thrown_by_run() == "nothing");
    BOOST_TEST(trace == "after last");

    // On a strand as well: the strand is not left locked.
    const auto strand = asio::make_strand(executor);
    asio::post(strand, [] { throw std::runtime_error("strand"); });
    asio::post(strand, [&] { trace += " strand goes on"; });
    BOOST_TEST(thrown_by_run() == "strand");
    context.run();
    BOOST_TEST(trace == "after last strand goes on");
}

BOOST_AUTO_TEST_CASE(a_handler_cannot_run_its_own_context)
{
    seeded_context context;
    asio::post(context, [&context] { context.run(); });
    BOOST_CHECK_THROW(context.run(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(queued_handlers_die_uncalled_with_the_context_and_may_post_while_they_do)
{
    const auto token = std::make_shared<int>();
    bool called = false;
    struct posts_when_destroyed {
        std::shared_ptr<int> token;
        asio::any_io_executor executor;
        int left;
        ~posts_when_destroyed()
        {
            if (token && left > 0)
                asio::post(executor, [next = posts_when_destroyed{token, executor, left - 1}] {});
        }
        posts_when_destroyed(std::shared_ptr<int> t, asio::any_io_executor e, int n)
            : token(std::move(t)), executor(std::move(e)), left(n)
        {
        }
        posts_when_destroyed(posts_when_destroyed&&) = default;
    };
    {
        seeded_context context(9);
        const asio::any_io_executor executor = context.get_executor();
        const auto strand = asio::make_strand(executor);
        for (int n = 0; n < 10; ++n) {
            asio::post(executor, [token, &called] { called = true; });
            asio::post(strand, [token, &called] { called = true; });
        }
        asio::post(executor, [p = posts_when_destroyed(token, executor, 3)] {});
        const auto coroutine = [](std::shared_ptr<int> held, bool& set) -> asio::awaitable<void> {
            set = held != nullptr;
            co_return;
        };
        asio::co_spawn(executor, coroutine(token, called), asio::detached);
        BOOST_TEST(token.use_count() > 20);
    }
    BOOST_TEST(!called);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_handler_gives_its_memory_back_before_it_is_called)
{
    // What it captured lives until it has returned, as with Asio; the queue's own memory does not.
    seeded_context context;
    const auto token = std::make_shared<int>();
    long while_running = 0;
    asio::post(context.get_executor(), [token, &while_running] { while_running = token.use_count(); });
    context.run();
    BOOST_TEST(while_running == 2);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
