// The world of a cell, and what has to hold when it is over.
#include "memory/scene.hpp"

#include <algorithm>

#include <asio/redirect_error.hpp>
#include <boost/test/unit_test.hpp>

namespace faceki::test {
namespace {

/// Makes a string of everything, as a logging observer would.
class wordy_observer final : public observer {
public:
    void on_flight_started(const flight_started& e) override
    {
        text_ = "a flight has started, and its number is " + std::to_string(e.flight);
    }
    void on_flight_finished(const flight_finished& e) override
    {
        text_ = "a flight has ended: " + e.error.message() + ", " + e.details.message;
    }
    void on_retry(std::uint64_t, std::error_code error, const diagnostics& details, std::chrono::nanoseconds) override
    {
        text_ = "an attempt has failed: " + error.message() + ", " + details.message;
    }
    void on_token_rejected() override { text_ = "the API has rejected the token that was in use"; }
    void on_budget(const budget_event& e) override
    {
        text_ = "a limit of the budget is reached, with today's " + std::to_string(e.today);
    }
    void on_prewarmed(std::error_code error) override { text_ = "the connection is ready, or not: " + error.message(); }

private:
    std::string text_;
};

} // namespace

/// A wait that only let_go() or a cancellation ends.
class plain_source::sleeper {
public:
    sleeper(plain_source& owner, const asio::any_io_executor& executor) : owner_(owner), bed_(executor)
    {
        bed_.expires_at(asio::steady_timer::time_point::max());
        owner_.beds_.push_back(&bed_);
    }
    ~sleeper() { std::erase(owner_.beds_, &bed_); }
    sleeper(const sleeper&) = delete;
    sleeper& operator=(const sleeper&) = delete;

    asio::awaitable<void> wait(error_code& ec)
    {
        return bed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }

private:
    plain_source& owner_;
    asio::steady_timer bed_;
};

asio::awaitable<void> plain_source::sleep()
{
    if (stubborn)
        co_await asio::this_coro::throw_if_cancelled(false);
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    sleeper s(*this, executor);
    do {
        error_code ignored;
        co_await s.wait(ignored);
    } while (holds && stubborn);
}

asio::awaitable<grant_result> plain_source::request_token(grant_request& request)
{
    struct guard {
        explicit guard(std::size_t& n) : count(n) {}
        ~guard() { --count; }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;
        std::size_t& count;
    };
    most_running = std::max(most_running, ++running);
    const guard g(running);
    ++requests;
    request.sent();
    if (holds) {
        co_await sleep();
        if (holds)
            co_return grant_result::failed(asio::error::operation_aborted, {});
    }
    if (fails && failures > 0) {
        --failures;
        diagnostics details;
        details.message = "a failure with a text that is longer than a small string";
        details.kind = failure_kind::answered;
        details.http_status = 503;
        co_return grant_result::failed(fails, std::move(details));
    }
    request.received();
    co_return grant_result::granted("a-token-that-is-longer-than-a-small-string", 60s);
}

asio::awaitable<std::error_code> plain_source::warm_up(boot_clock::time_point)
{
    ++warm_ups;
    if (holds)
        co_await sleep();
    co_return std::error_code{};
}

std::string cell::text() const
{
    return std::string(scenario) + (loud ? ", with log and observer" : "") +
           (how == shortage::one ? ", without allocation " : ", without any allocation from ") + std::to_string(n);
}

scene::scene(const cell& which) : cell_(which)
{
    for (auto& context : contexts)
        context.emplace(1);
    config.credentials = credentials("id", "secret");
    config.clock = clock;
    config.source = source;
    config.retry.max_attempts = 1;
    config.random_seed = 1;
    if (!cell_.loud)
        return;
    config.log_level = log_level::trace;
    config.log = [](log_level, std::string_view line) { const std::string copy("in the log: " + std::string(line)); };
    config.observer = std::make_shared<wordy_observer>();
}

scene::~scene() = default;

void scene::start()
{
    client.emplace(executor(), config);
}

void scene::scarce(const std::function<void()>& operation)
{
    const std::size_t before = source->requests;
    try {
        const scarcity scarce(cell_.how, cell_.n);
        operation();
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    report = test::report();
    expect(source->requests - before < 2, "a request was made again at once, for lack of memory");
}

tally& scene::expect_one()
{
    const plenty here;
    return tallies_.emplace_back();
}

tally& scene::call(wait_limit limit)
{
    tally& t = expect_one();
    client->async_token(limit, tally_handler(t, &told_));
    return t;
}

tally& scene::call_on(const asio::any_io_executor& where, wait_limit limit)
{
    tally& t = expect_one();
    client->async_token(limit, asio::bind_executor(where, tally_handler(t, &told_)));
    return t;
}

tally& scene::call_with_slot(asio::cancellation_slot slot)
{
    tally& t = expect_one();
    client->async_token(asio::bind_cancellation_slot(slot, tally_handler(t)));
    return t;
}

asio::awaitable<void> scene::gate()
{
    if (!gate_)
        gate_.emplace(*contexts[0], asio::steady_timer::time_point::max());
    error_code ignored;
    co_await gate_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

bool scene::run_one(asio::io_context& context)
{
    context.restart();
    try {
        if (!real)
            return context.poll_one() != 0;
        // Nothing to wait for ends it at once; a silence of so long is somebody's fault, and shows in what follows.
        return context.run_one_for(10s) != 0;
    } catch (const std::bad_alloc&) {
        ++escaped_;
        return true;
    }
}

void scene::run()
{
    for (bool again = true; again;) {
        again = false;
        for (auto& context : contexts)
            if (context)
                again = run_one(*context) || again;
    }
}

void scene::pass(boot_clock::duration by)
{
    run();
    const auto end = clock->now() + by;
    for (auto next = clock->next_alarm(); next && *next <= end; next = clock->next_alarm()) {
        advance(*next - clock->now());
        run();
    }
    advance(end - clock->now());
    run();
}

void scene::advance(boot_clock::duration by)
{
    const plenty here; // an alarm that the kit's clock cannot post would be lost: no fault of the client's
    clock->advance(by);
}

void scene::settle()
{
    pass(10min); // beyond every deadline, cool-down and pause
    if (cell_.how == shortage::one)
        return;
    call(); // there was no memory to come back to what was left undone: a call brings it about
    pass(2h);
}

access_token scene::fetch()
{
    const tally& t = call();
    run();
    expect(t.served(), "could not get its first token");
    return client->peek();
}

void scene::expect(bool holds, const char* what)
{
    if (!holds)
        BOOST_ERROR(cell_.text() << " (" << report.first.text() << "): " << what);
}

void scene::check_callers()
{
    for (const tally& t : tallies_) {
        expect(t.called + t.dropped != 0, "a handler was neither called nor destroyed");
        expect(t.called + t.dropped < 2, "a handler was called twice");
        if (cell_.how == shortage::one && !t.may_be_dropped)
            expect(t.dropped == 0, "a handler was destroyed uncalled");
    }
}

void scene::check_counters()
{
    const faceki::stats s = client->stats();
    expect(s.waiting == 0, "stats() counts somebody who waits");
    expect(s.waiters == s.served + s.failed + s.cancelled + s.timed_out + s.dropped,
           "stats() has lost somebody who waited");
    expect(!config.source || s.requests_sent == source->requests, "stats() has a wrong number of requests");
    expect(source->most_running < 2, "two requests were out at once");
}

void scene::conclude()
{
    source->fails.clear();
    source->let_go();
    run();
    if (client && contexts[0]) {
        if (real)
            client->set_credentials(config.credentials); // ends a cool-down
        settle();
        check_callers();
        check_counters();
        expect(!keeps_fresh || client->peek(), "keep_fresh() keeps nothing fresh");
        fresh.release();
        const tally& next = call();
        expect(next.called == 0, "a handler ran inside the initiating call");
        run();
        expect(closing ? next.called == 1 : next.served(), "the next call was not served");
        tally& rest = expect_one();
        client->async_close(tally_handler(rest));
        run();
        expect(rest.served(), "close() did not come to rest");
    }
    fresh.release();
    client.reset();
    pass(10min);
    check_callers();
    expect(source->running == 0, "a request is still out");
    expect(escaped_ == 0, "an exception left a handler, and would leave io_context::run()");
}

} // namespace faceki::test
