// within(): a caller's own limit takes out that caller alone, at its instant, by the client's one timer.
#include <deque>
#include <random>
#include <set>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include "refresh/waiter_timers.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

answer_ptr ask_within(refresher& client, std::chrono::milliseconds limit)
{
    auto a = std::make_shared<answer>();
    client.async_token(within(limit), note(a));
    return a;
}

} // namespace

BOOST_AUTO_TEST_SUITE(own_limits)

BOOST_FIXTURE_TEST_CASE(a_caller_leaves_at_its_limit_and_the_flight_goes_on_for_the_others, world)
{
    source->grant("paid", 60s, 2s);
    start();
    const auto short_limit = ask_within(*client, 800ms);
    const auto long_limit = ask_within(*client, 2001ms);
    const auto none = ask(*client);
    pass(800ms - 1ns);
    BOOST_TEST(short_limit->open());
    pass(1ns);
    BOOST_TEST(short_limit->failed(errc::timed_out));
    BOOST_TEST(client->stats().waiting == 2U);
    pass(1200ms);
    BOOST_TEST(long_limit->token.value() == "paid");
    BOOST_TEST(none->token.value() == "paid");
    pass(10s);
    BOOST_TEST(long_limit->times == 1U);
    const stats s = client->stats();
    BOOST_TEST(s.waiters == 3U);
    BOOST_TEST(s.served == 2U);
    BOOST_TEST(s.timed_out == 1U);
    BOOST_TEST(s.failed == 0U);
    BOOST_TEST(s.failures == 0U); // the flight did not fail
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(all_leave_by_their_limits_and_the_token_is_kept_for_the_next_caller, world)
{
    source->grant("paid", 60s, 5s);
    start();
    std::vector<answer_ptr> callers;
    for (int n = 0; n < 1000; ++n)
        callers.push_back(ask_within(*client, 10ms * (n % 7 + 1)));
    pass(70ms);
    for (const auto& c : callers)
        BOOST_TEST(c->failed(errc::timed_out));
    BOOST_TEST(client->stats().timed_out == 1000U);
    BOOST_TEST(source->in_flight() == 1U);
    pass(5s);
    BOOST_TEST(client->peek().value() == "paid");
    BOOST_TEST(source->requests() == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_diagnostics_say_whose_limit_it_was_and_no_cool_down_follows, world)
{
    source->grant("late", 60s, 1s);
    start();
    const auto a = std::make_shared<answer>();
    const auto coroutine = [&]() -> asio::awaitable<void> {
        const token_result result = co_await client->try_token(within(100ms));
        ++a->times;
        a->error = result.error();
        a->details = result.diagnostics();
        BOOST_CHECK_EXCEPTION(co_await client->token(within(100ms)), token_error, [](const token_error& e) {
            return e.code() == errc::timed_out && e.code() == condition::transient &&
                   std::string_view(e.what()).find("the caller's own limit") != std::string_view::npos;
        });
        ++a->times;
    };
    asio::co_spawn(io, coroutine, asio::detached);
    pass(200ms);
    BOOST_TEST(a->times == 2U);
    BOOST_TEST((a->error == errc::timed_out));
    BOOST_TEST(!a->details.retry_at.has_value());
    const auto next = ask(*client); // joins: it is not refused
    pass(800ms);
    BOOST_TEST(next->token.value() == "late");
}

BOOST_FIXTURE_TEST_CASE(a_live_token_is_given_whatever_the_limit, world)
{
    start();
    fetch();
    for (const auto limit : {-1ms, 0ms, 1ms, std::chrono::milliseconds::min()}) {
        const auto a = ask_within(*client, limit);
        run();
        BOOST_TEST(a->served());
    }
}

BOOST_FIXTURE_TEST_CASE(a_limit_of_nothing_starts_the_request_and_leaves_at_once, world)
{
    source->grant("for-the-next", 60s, 1s);
    start();
    const auto a = ask_within(*client, 0ms);
    const auto negative = ask_within(*client, -5s);
    BOOST_TEST(a->open()); // not inside the call
    run();
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(negative->failed(errc::timed_out));
    pass(1s);
    BOOST_TEST(client->peek().value() == "for-the-next");
}

BOOST_FIXTURE_TEST_CASE(limits_too_long_to_add_to_an_instant_are_long, world)
{
    source->grant("t", 60s, 29s);
    start();
    const auto longest = ask_within(*client, std::chrono::milliseconds::max() - 1ms);
    const auto none = ask_within(*client, std::chrono::milliseconds::max());
    pass(29s);
    BOOST_TEST(longest->served());
    BOOST_TEST(none->served());
}

BOOST_FIXTURE_TEST_CASE(the_flights_deadline_bounds_a_longer_limit, world)
{
    source->hold();
    start();
    const auto a = ask_within(*client, 10min);
    pass(30s);
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(client->stats().timed_out == 0U);
    BOOST_TEST(client->stats().failed == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_limit_that_ends_with_the_flight_gets_the_flights_own_outcome, world)
{
    source->hold();
    start();
    diagnostics details;
    const auto a = std::make_shared<answer>();
    client->async_token(details, within(30s), note(a));
    pass(30s);
    BOOST_TEST(a->failed(errc::timed_out));
    BOOST_TEST(details.message.find("flight_deadline") != std::string::npos);
    BOOST_TEST(details.retry_at.has_value());
    BOOST_TEST(client->stats().timed_out == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_limit_works_in_the_gap_between_the_two_deadlines, world)
{
    config.lifetime.safety_margin = 10s;
    start();
    source->grant("t", 60s).grant("next", 60s);
    fetch();
    pass(50s);
    const auto impatient = ask_within(*client, 2s);
    const auto patient = ask_within(*client, 12s);
    pass(2s);
    BOOST_TEST(impatient->failed(errc::timed_out));
    BOOST_TEST(patient->open());
    pass(8s);
    BOOST_TEST(patient->token.value() == "next");
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_refused_caller_is_told_at_once, world)
{
    source->fail(errc::server_error);
    start();
    fetch();
    const auto a = ask_within(*client, 5s);
    run();
    BOOST_TEST(a->failed(errc::server_error));
}

BOOST_FIXTURE_TEST_CASE(the_handlers_executor_is_the_callers_own_and_order_is_kept_within_it, world)
{
    source->hold();
    start();
    const auto strand = asio::make_strand(io);
    std::vector<int> order;
    for (int n = 0; n < 200; ++n)
        client->async_token(within(100ms), asio::bind_executor(strand, [&, n](error_code error, access_token) {
                                BOOST_TEST((error == errc::timed_out));
                                BOOST_TEST(strand.running_in_this_thread());
                                order.push_back(n);
                            }));
    pass(100ms);
    BOOST_REQUIRE(order.size() == 200U);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_FIXTURE_TEST_CASE(cancellation_before_the_limit_and_after_it, world)
{
    source->hold();
    start();
    asio::cancellation_signal early;
    asio::cancellation_signal late;
    const auto a = std::make_shared<answer>();
    const auto b = std::make_shared<answer>();
    client->async_token(within(100ms), asio::bind_cancellation_slot(early.slot(), note(a)));
    client->async_token(within(100ms), asio::bind_cancellation_slot(late.slot(), note(b)));
    early.emit(asio::cancellation_type::terminal);
    run();
    BOOST_TEST(a->aborted());
    clock->advance(100ms); // the alarm is posted
    io.restart();
    io.poll_one(); // it ran: the outcome is fixed, the handler has not run
    late.emit(asio::cancellation_type::terminal);
    run();
    BOOST_TEST(b->failed(errc::timed_out));
    BOOST_TEST(a->times == 1U);
    BOOST_TEST(client->stats().cancelled == 1U);
    BOOST_TEST(client->stats().timed_out == 1U);
}

BOOST_FIXTURE_TEST_CASE(closing_and_new_credentials_take_limited_waiters_along, world)
{
    source->hold().hold();
    start();
    const auto moved = ask_within(*client, 500ms);
    run();
    client->set_credentials(credentials("id", "other"));
    pass(499ms);
    BOOST_TEST(moved->open()); // its limit counts from its call
    pass(1ms);
    BOOST_TEST(moved->failed(errc::timed_out));
    const auto aborted = ask_within(*client, 500ms);
    client->close();
    pass(1s);
    BOOST_TEST(aborted->aborted());
}

BOOST_FIXTURE_TEST_CASE(nothing_is_armed_when_the_limited_waiters_are_gone, world)
{
    config.prewarm = false; // whose alarm would be armed, too
    start();
    source->grant("t", 60s, 10ms);
    const auto a = ask_within(*client, 5s);
    pass(10ms);
    BOOST_TEST(a->served());
    BOOST_TEST(!clock->next_alarm().has_value()); // so io.run() returns
}

BOOST_FIXTURE_TEST_CASE(dying_contexts_drop_those_whose_limit_came_just_before, world)
{
    source->hold();
    start();
    auto other = std::make_unique<asio::io_context>();
    const auto a = std::make_shared<answer>();
    client->async_token(within(10ms), asio::bind_executor(*other, note(a)));
    pass(10ms); // posted to `other`, which nobody runs
    other.reset();
    BOOST_TEST(a->open());
    BOOST_TEST(a.use_count() == 1); // the handler is gone, uncalled
    BOOST_TEST(client->stats().waiting == 0U);
    client->close();
    run();
}

namespace {

struct node final : detail::waiter {
    void complete(const detail::outcome_ptr&) override {}
    void drop() noexcept override {}
};

} // namespace

BOOST_AUTO_TEST_CASE(the_heap_agrees_with_a_sorted_set_whatever_is_taken_out)
{
    std::minstd_rand random(7);
    std::deque<node> nodes(500);
    std::vector<std::optional<boot_clock::time_point>> in(nodes.size());
    std::multiset<boot_clock::time_point> reference;
    detail::waiter_timers timers;
    for (int n = 0; n < 50'000; ++n) {
        const std::size_t k = random() % nodes.size();
        if (random() % 8 == 0 && !timers.empty()) {
            const auto first = *timers.earliest();
            const auto* const who = static_cast<node*>(&timers.pop());
            const auto index = static_cast<std::size_t>(
                std::find_if(nodes.begin(), nodes.end(), [&](const node& x) { return &x == who; }) - nodes.begin());
            BOOST_REQUIRE((in[index] == first));
            in[index].reset();
            reference.erase(reference.find(first));
        } else if (in[k]) {
            BOOST_REQUIRE((timers.erase(nodes[k]) == in[k]));
            reference.erase(reference.find(*in[k]));
            in[k].reset();
        } else {
            const boot_clock::time_point when{std::chrono::nanoseconds{random() % 100}};
            timers.push(nodes[k], when);
            in[k] = when;
            reference.insert(when);
        }
        BOOST_REQUIRE(timers.empty() == reference.empty());
        if (!reference.empty())
            BOOST_REQUIRE((timers.earliest() == *reference.begin()));
        BOOST_REQUIRE(!timers.erase(nodes[k]) == !in[k]);
        if (in[k]) {
            timers.push(nodes[k], *in[k]);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
