// The wake: from the flight's result to the last handler, for batches of every kind of length.
#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "memory/sweep.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// `count` waiters on so many executors in turn; each has to be told, and in the order in which they came.
void wake(std::size_t count, std::size_t executors, std::error_code failure)
{
    const std::string name = std::to_string(count) + " waiters on " + std::to_string(executors) + " executors wake" +
                             (failure ? ", after a failure" : "");
    const std::size_t allocations = sweep(name, [&](scene& s) {
        s.source->holds = true;
        s.source->fails = failure;
        s.start();
        std::vector<tally*> callers;
        for (std::size_t i = 0; i < count; ++i)
            callers.push_back(&s.call_on(s.executor(i % executors)));
        s.run();
        s.source->let_go();
        s.scarce([&] { s.run(); });
        s.pass(s.which().how == shortage::one ? 1s : 30s); // without memory for an alarm: when the flight's own comes
        s.expect(
            std::all_of(callers.begin(), callers.end(), [](const tally* t) { return t->called + t->dropped == 1; }),
            "a waiter was not told in time");
        for (std::size_t i = executors; i < count; ++i)
            s.expect(callers[i]->dropped + callers[i - executors]->dropped != 0 ||
                         callers[i]->order > callers[i - executors]->order,
                     "a waiter was told before one who came earlier");
    });
    BOOST_TEST(allocations > 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(waking)

BOOST_AUTO_TEST_CASE(one_waiter)
{
    wake(1, 1, {});
    wake(1, 1, errc::server_error);
}

BOOST_AUTO_TEST_CASE(a_whole_batch)
{
    wake(64, 1, {});
    wake(64, 3, {});
}

BOOST_AUTO_TEST_CASE(a_batch_and_one_more)
{
    wake(65, 1, {});
    wake(65, 3, {});
}

BOOST_AUTO_TEST_CASE(several_batches)
{
    wake(200, 1, {});
    wake(200, 3, {});
    wake(200, 3, errc::server_error);
}

BOOST_AUTO_TEST_SUITE_END()
