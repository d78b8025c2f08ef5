// Nobody's handler, executor or context costs anybody else a completion: handlers that throw anywhere in a batch,
// foreign handlers between batches, contexts that die at any moment of a wait.
#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include "support/crowd.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// A crowd on the client's context or on one of its own, whose handlers may throw.
struct crowd_world : world {
    std::unique_ptr<asio::io_context> callers = std::make_unique<asio::io_context>();
    std::deque<asio::cancellation_signal> signals;
    std::vector<std::size_t> calls; ///< of each waiter's handler
    std::size_t completed = 0;
    bool on_clients_context = false;

    asio::any_io_executor home() { return on_clients_context ? io.get_executor() : callers->get_executor(); }

    void join(std::size_t count, const std::set<std::size_t>& throwing = {}, wait_limit limit = {})
    {
        calls.assign(count, 0);
        for (std::size_t n = 0; n < count; ++n) {
            auto handler = [this, n, throws = throwing.contains(n)](error_code, access_token) {
                ++calls[n];
                ++completed;
                if (throws)
                    throw std::runtime_error("handler");
            };
            client->async_token(limit, asio::bind_cancellation_slot(signals.emplace_back().slot(),
                                                                    asio::bind_executor(home(), std::move(handler))));
        }
    }

    /// Runs both contexts until nothing is ready, each again after an exception, as a server's main loop does. Returns
    /// how many exceptions there were.
    std::size_t run_on()
    {
        std::size_t thrown = 0;
        for (bool more = true; more;) {
            more = false;
            for (asio::io_context* const context : {&io, callers.get()}) {
                context->restart();
                try {
                    more = context->poll() != 0 || more;
                } catch (const std::runtime_error&) {
                    ++thrown;
                    more = true;
                }
            }
        }
        return thrown;
    }
};

/// A way in which a crowd is completed: what has to be so before it joins, how it joins, and what completes it.
struct ending_row {
    const char* what;
    std::function<void(crowd_world&)> before;
    wait_limit limit;
    std::function<void(crowd_world&)> end;
    bool one_by_one = false; ///< each by a post of its own, made at once
};

void hold(crowd_world& w)
{
    w.source->hold();
    w.start();
}

const std::vector<ending_row>& endings()
{
    static const std::vector<ending_row> rows{
        {"served", hold, {}, [](crowd_world& w) { w.source->release(); }},
        {"failed",
         [](crowd_world& w) {
             w.source->fail(errc::server_error, 1s);
             w.start();
         },
         {},
         [](crowd_world& w) { w.clock->advance(1s); }},
        {"the flight's deadline", hold, {}, [](crowd_world& w) { w.clock->advance(30s); }},
        {"their own limits", hold, within(5ms), [](crowd_world& w) { w.clock->advance(5ms); }},
        {"closed", hold, {}, [](crowd_world& w) { w.client->close(); }},
        {"cancelled",
         hold,
         {},
         [](crowd_world& w) {
             for (auto& s : w.signals)
                 s.emit(asio::cancellation_type::terminal);
         },
         true},
        {"a live token",
         [](crowd_world& w) {
             w.start();
             w.fetch();
         },
         {},
         [](crowd_world&) {},
         true},
        {"refused",
         [](crowd_world& w) {
             w.source->fail(errc::server_error);
             w.start();
             w.fetch();
         },
         {},
         [](crowd_world&) {},
         true},
    };
    return rows;
}

} // namespace

BOOST_AUTO_TEST_SUITE(isolation)

BOOST_AUTO_TEST_CASE(a_handler_that_throws_anywhere_in_a_batch_loses_nobody_however_the_wait_ends)
{
    const std::vector<std::set<std::size_t>> places{{0},  {1},   {31},  {62},  {63},        {64},
                                                    {65}, {127}, {128}, {199}, {0, 63, 64}, {62, 63, 64, 65, 66}};
    for (const ending_row& ending : endings())
        for (const bool clients : {false, true})
            for (const auto& throwing : places)
                BOOST_TEST_CONTEXT(ending.what << (clients ? ", client's" : ", own") << " context, first thrower "
                                               << *throwing.begin())
                {
                    crowd_world w;
                    w.on_clients_context = clients;
                    ending.before(w);
                    w.join(200, throwing, ending.limit);
                    std::size_t thrown = 0;
                    if (w.client->stats().waiting != 0)
                        thrown += w.run_on(); // the flight is out
                    ending.end(w);
                    thrown += w.run_on();
                    BOOST_TEST(thrown == throwing.size());
                    BOOST_TEST((w.calls == std::vector<std::size_t>(200, 1)));
                    BOOST_TEST(w.client->stats().waiting == 0U);
                    // Handlers that threw have ended: the client comes to rest.
                    bool rest = false;
                    w.client->async_close([&](error_code) { rest = true; });
                    w.run_on();
                    BOOST_TEST(rest);
                }
}

BOOST_AUTO_TEST_CASE(crowds_of_any_size_in_which_everybody_throws_are_told_one_by_one)
{
    for (const std::size_t size : {1U, 63U, 64U, 65U, 128U, 129U}) {
        crowd_world w;
        hold(w);
        std::set<std::size_t> all;
        for (std::size_t n = 0; n < size; ++n)
            all.insert(n);
        w.join(size, all);
        w.run_on();
        w.source->release();
        BOOST_TEST(w.run_on() == size);
        BOOST_TEST((w.calls == std::vector<std::size_t>(size, 1)));
        BOOST_TEST(w.client->stats().served == size);
    }
}

BOOST_AUTO_TEST_CASE(run_itself_returns_only_when_everybody_was_told_although_each_64th_throws)
{
    crowd_world w;
    hold(w);
    std::set<std::size_t> throwing;
    for (std::size_t n = 0; n < 1000; n += 64)
        throwing.insert(n);
    w.join(1000, throwing);
    w.run();
    w.source->release();
    w.run();
    std::size_t thrown = 0;
    w.callers->restart();
    for (bool done = false; !done;) {
        try {
            w.callers->run(); // not poll(): waiting is work, and that work must end
            done = true;
        } catch (const std::runtime_error&) {
            ++thrown;
        }
    }
    BOOST_TEST(thrown == throwing.size());
    BOOST_TEST((w.calls == std::vector<std::size_t>(1000, 1)));
}

BOOST_AUTO_TEST_CASE(a_foreign_handler_gets_its_turn_after_64_completions_at_most_again_and_again)
{
    for (const ending_row& ending : endings()) {
        if (ending.one_by_one)
            continue;
        BOOST_TEST_CONTEXT(ending.what)
        {
            crowd_world w;
            ending.before(w);
            w.join(1000, {}, ending.limit);
            w.run();
            ending.end(w);
            w.run();
            std::size_t seen = 0;
            std::size_t most = 0;
            std::size_t turns = 0;
            std::function<void()> foreign = [&] {
                most = std::max(most, w.completed - seen);
                seen = w.completed;
                ++turns;
                if (seen < 1000)
                    asio::post(*w.callers, foreign);
            };
            asio::post(*w.callers, foreign);
            w.callers->restart();
            w.callers->poll();
            BOOST_TEST(w.completed == 1000U);
            BOOST_TEST(seen == 1000U);
            BOOST_TEST(most <= 64U);
            BOOST_TEST(turns >= 1000U / 64U);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_crowd_holds_up_a_strand_on_the_same_context_by_64_completions_at_most, crowd_world)
{
    hold(*this);
    const auto strand = asio::make_strand(*callers);
    std::size_t before = 1000;
    join(1000);
    client->async_token(asio::bind_executor(strand, [&](error_code, access_token) { before = completed; }));
    run();
    source->release();
    run();
    callers->restart();
    callers->poll();
    BOOST_TEST(completed == 1000U);
    BOOST_TEST(before <= 64U);
}

BOOST_FIXTURE_TEST_CASE(each_executors_waiters_are_told_whoever_does_not_run_his, crowd_world)
{
    // A context that nobody runs is a blocked one: the others' flights go on without it, rollover after rollover.
    source->grant("a", 1s).grant("b", 1s).grant("c", 1s);
    start();
    asio::io_context stuck;
    const auto blocked = ask_on(*client, stuck);
    for (const char* expected : {"a", "b", "c"}) {
        const auto elsewhere = ask_on(*client, *callers);
        const auto limited = std::make_shared<answer>();
        client->async_token(within(1ms), asio::bind_executor(stuck, note(limited)));
        run_on();
        BOOST_TEST(elsewhere->token.value() == expected);
        BOOST_TEST(blocked->open());
        BOOST_TEST(limited->open());
        clock->advance(1s);
    }
    stuck.poll();
    BOOST_TEST(blocked->token.value() == "a"); // what its flight brought, fixed then
}

BOOST_FIXTURE_TEST_CASE(limits_that_pass_one_after_the_other_are_told_each_in_its_turn, crowd_world)
{
    // All on one executor; the flight ends before the last ones have been told what was fixed then.
    hold(*this);
    std::vector<std::vector<answer_ptr>> groups(4);
    for (std::size_t n = 0; n < 400; ++n) {
        const std::size_t group = n % groups.size(); // 10 ms, 20 ms, 30 ms, and no limit
        groups[group].push_back(std::make_shared<answer>());
        const wait_limit limit = group == 3 ? wait_limit{} : within((group + 1) * 10ms);
        client->async_token(limit, asio::bind_executor(*callers, note(groups[group].back())));
    }
    const auto timed_out = [](const answer_ptr& a) { return a->failed(errc::timed_out); };
    const auto open = [](const answer_ptr& a) { return a->open(); };
    const auto served = [](const answer_ptr& a) { return a->served(); };
    for (std::size_t group = 0; group < 2; ++group) {
        clock->advance(10ms);
        run_on();
        BOOST_TEST(std::all_of(groups[group].begin(), groups[group].end(), timed_out));
        BOOST_TEST(std::all_of(groups[group + 1].begin(), groups[group + 1].end(), open));
    }
    pass(10ms); // the third group's outcome is fixed
    source->release();
    run();
    BOOST_TEST(std::all_of(groups[2].begin(), groups[2].end(), open));
    run_on();
    BOOST_TEST(std::all_of(groups[2].begin(), groups[2].end(), timed_out));
    BOOST_TEST(std::all_of(groups[3].begin(), groups[3].end(), served));
    BOOST_TEST(client->stats().timed_out == 300U);
    BOOST_TEST(client->stats().served == 100U);
}

BOOST_AUTO_TEST_SUITE_END()
