// What one coroutine of the crowd does, and how its calls are timed.
#include "cli/demo_crowd.hpp"

#include <algorithm>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

namespace faceki::cli {

token_ledger::token_ledger(std::size_t tokens, std::size_t coroutines, std::size_t threads) : coroutines_(coroutines)
{
    for (std::size_t t = 0; t < threads; ++t)
        threads_.emplace_back(tokens);
}

std::size_t token_ledger::index_of(boot_clock::time_point use_until)
{
    const std::scoped_lock lock(mutex_);
    const auto at = std::find(ends_.begin(), ends_.end(), use_until);
    if (at != ends_.end())
        return static_cast<std::size_t>(at - ends_.begin());
    ends_.push_back(use_until);
    return ends_.size() - 1;
}

token_step* token_ledger::step(std::size_t thread, std::size_t index)
{
    return index < threads_[thread].size() ? &threads_[thread][index] : nullptr;
}

void token_ledger::failed(const std::string& why)
{
    const std::scoped_lock lock(mutex_);
    if (errors_.fetch_add(1) == 0)
        first_error_ = why;
}

bool token_ledger::wait_for(std::size_t index, std::chrono::milliseconds at_most)
{
    std::unique_lock lock(mutex_);
    return all_have_.wait_for(lock, at_most, [&] { return have(index) == coroutines_; });
}

std::size_t token_ledger::have(std::size_t index) const
{
    std::size_t sum = 0;
    for (const auto& steps : threads_)
        sum += steps[index].have.load();
    return sum;
}

flight_report token_ledger::flight(std::size_t index, std::chrono::nanoseconds lifetime) const
{
    flight_report report;
    for (const auto& steps : threads_) {
        const token_step& s = steps[index];
        if (s.waited.load() == 0)
            continue;
        report.waited += s.waited.load();
        report.cold = s.cold.load();
        report.exchange = std::chrono::nanoseconds{s.exchange.load()};
        report.all_served =
            std::max(report.all_served, std::chrono::nanoseconds{s.last_served.load() - s.received.load()} + lifetime);
    }
    return report;
}

std::string token_ledger::first_error() const
{
    const std::scoped_lock lock(mutex_);
    return first_error_;
}

crowd_thread::crowd_thread(client& tokens, token_ledger& ledger, presentation_desk& desk, const demo_options& options,
                           std::size_t number)
    : tokens_(tokens), ledger_(ledger), desk_(desk), number_(number), last_token_(options.rollovers),
      latency_(options.effective_latency()), random_(static_cast<std::minstd_rand::result_type>(number + 1))
{
}

void crowd_thread::add(std::size_t count, std::size_t sample)
{
    members_ += count;
    cached.reserve(count * (last_token_ + 1) * 3);
    waiting.reserve(count * (last_token_ + 1));
    for (std::size_t n = 0; n < count; ++n)
        asio::co_spawn(io_, member(n % sample == 0), asio::detached);
}

std::chrono::nanoseconds crowd_thread::random_between(std::chrono::nanoseconds low, std::chrono::nanoseconds high)
{
    if (high <= low)
        return low;
    return std::chrono::nanoseconds{std::uniform_int_distribution<std::int64_t>{low.count(), high.count()}(random_)};
}

std::size_t crowd_thread::index_of(boot_clock::time_point use_until)
{
    if (use_until != newest_end_) {
        newest_index_ = ledger_.index_of(use_until);
        newest_end_ = use_until;
    }
    return newest_index_;
}

void crowd_thread::count_arrival(std::size_t had, std::size_t index)
{
    for (std::size_t n = had; n <= index; ++n) {
        token_step* const step = ledger_.step(number_, n);
        if (step && step->have.fetch_add(1) + 1 == members_)
            ledger_.announce();
    }
}

void crowd_thread::count_wait(std::size_t index, boot_clock::time_point served, const token_result& result)
{
    token_step* const step = ledger_.step(number_, index);
    if (!step)
        return;
    if (step->waited.fetch_add(1) == 0) {
        const phase_times& phases = result.diagnostics().phases;
        step->received.store(result.token().regenerate_after().time_since_epoch().count());
        step->exchange.store((phases.server + phases.parse).count());
        step->cold.store(phases.connect.count() != 0);
    }
    step->last_served.store(served.time_since_epoch().count());
}

asio::awaitable<access_token> crowd_thread::timed_call()
{
    const auto begin = boot_clock::now();
    token_result result = co_await tokens_.try_token();
    const auto end = boot_clock::now();
    (result.waited() ? waiting : cached).push_back(static_cast<std::uint64_t>((end - begin).count()));
    if (!result) {
        ledger_.failed(result.error().message() + ": " + result.diagnostics().message);
        co_return access_token{};
    }
    if (result.waited())
        count_wait(index_of(result.token().use_until()), end, result);
    co_return std::move(result).token();
}

asio::awaitable<void> crowd_thread::member(bool sampled)
{
    asio::steady_timer pause(io_);
    std::size_t tokens_had = 0;
    boot_clock::time_point last_end{};
    while (tokens_had <= last_token_) {
        const access_token token = co_await timed_call();
        if (!token)
            co_return; // counted as failed
        if (token.use_until() == last_end) {
            // The old token once more, shortly before its end: come again when it is over.
            pause.expires_after(last_end - boot_clock::now() + random_between({}, latency_));
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        last_end = token.use_until();
        const std::size_t index = index_of(last_end);
        count_arrival(tokens_had, index);
        tokens_had = index + 1;
        if (sampled)
            desk_.present(token);
        // Calls while it lives: two, at random times.
        for (int n = 0; n < 2; ++n) {
            const auto left = last_end - boot_clock::now();
            pause.expires_after(random_between({}, left / 2));
            co_await pause.async_wait(asio::use_awaitable);
            if (boot_clock::now() + latency_ / 4 >= last_end)
                break;
            if (!co_await timed_call())
                co_return;
        }
        if (tokens_had > last_token_)
            break;
        // And again around its end: some shortly before, most in the gap or while the new one is fetched.
        pause.expires_after(last_end - boot_clock::now() + random_between(-latency_ / 5, latency_));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

} // namespace faceki::cli
