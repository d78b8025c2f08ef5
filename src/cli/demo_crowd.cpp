// What one coroutine of the crowd does, and how its calls are timed.
#include "cli/demo_crowd.hpp"

#include <algorithm>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

namespace faceki::cli {

std::size_t token_ledger::index_of(boot_clock::time_point use_until)
{
    const std::scoped_lock lock(mutex_);
    const auto at = std::find(ends_.begin(), ends_.end(), use_until);
    if (at != ends_.end()) return static_cast<std::size_t>(at - ends_.begin());
    ends_.push_back(use_until);
    return ends_.size() - 1;
}

void token_ledger::arrived(std::size_t had, std::size_t index)
{
    for (std::size_t n = had; n <= index && n < steps_.size(); ++n)
        if (steps_[n].have.fetch_add(1) + 1 == coroutines_) {
            const std::scoped_lock lock(mutex_);
            all_have_.notify_all();
        }
}

void token_ledger::waited(std::size_t index, boot_clock::time_point served, const access_token& token, const phase_times& phases)
{
    if (index >= steps_.size()) return;
    step& s = steps_[index];
    if (s.waited.fetch_add(1) == 0) {
        s.received.store(token.regenerate_after().time_since_epoch().count());
        s.exchange.store((phases.server + phases.parse).count());
        s.cold.store(phases.connect.count() != 0);
    }
    const std::int64_t at = served.time_since_epoch().count();
    for (std::int64_t last = s.last_served.load(); last < at && !s.last_served.compare_exchange_weak(last, at);) {
    }
}

void token_ledger::failed(const std::string& why)
{
    const std::scoped_lock lock(mutex_);
    if (errors_.fetch_add(1) == 0) first_error_ = why;
}

bool token_ledger::wait_for(std::size_t index, std::chrono::milliseconds at_most)
{
    std::unique_lock lock(mutex_);
    return all_have_.wait_for(lock, at_most, [&] { return steps_[index].have.load() == coroutines_; });
}

flight_report token_ledger::flight(std::size_t index, std::chrono::nanoseconds lifetime) const
{
    const step& s = steps_[index];
    flight_report report;
    report.waited = s.waited.load();
    report.cold = s.cold.load();
    report.exchange = std::chrono::nanoseconds{s.exchange.load()};
    if (report.waited != 0) report.all_served = std::chrono::nanoseconds{s.last_served.load() - s.received.load()} + lifetime;
    return report;
}

std::size_t token_ledger::known() const
{
    const std::scoped_lock lock(mutex_);
    return ends_.size();
}

std::string token_ledger::first_error() const
{
    const std::scoped_lock lock(mutex_);
    return first_error_;
}

crowd_thread::crowd_thread(client& tokens, token_ledger& ledger, presentation_desk& desk, const demo_options& options,
                           std::uint64_t seed)
    : tokens_(tokens), ledger_(ledger), desk_(desk), last_token_(options.rollovers), latency_(options.effective_latency()),
      random_(static_cast<std::minstd_rand::result_type>(seed))
{
}

void crowd_thread::add(std::size_t count, std::size_t sample)
{
    cached.reserve(count * (last_token_ + 1) * 3);
    waiting.reserve(count * (last_token_ + 1));
    for (std::size_t n = 0; n < count; ++n) asio::co_spawn(io_, member(n % sample == 0), asio::detached);
}

std::chrono::nanoseconds crowd_thread::random_between(std::chrono::nanoseconds low, std::chrono::nanoseconds high)
{
    if (high <= low) return low;
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
    if (result.waited()) ledger_.waited(index_of(result.token().use_until()), end, result.token(), result.diagnostics().phases);
    co_return std::move(result).token();
}

asio::awaitable<void> crowd_thread::member(bool sampled)
{
    asio::steady_timer pause(io_);
    std::size_t tokens_had = 0;
    boot_clock::time_point last_end{};
    while (tokens_had <= last_token_) {
        const access_token token = co_await timed_call();
        if (!token) co_return; // counted as failed
        if (token.use_until() == last_end) {
            // The old token once more, shortly before its end: come again when it is over.
            pause.expires_after(last_end - boot_clock::now() + random_between({}, latency_));
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        last_end = token.use_until();
        const std::size_t index = index_of(last_end);
        ledger_.arrived(tokens_had, index);
        tokens_had = index + 1;
        if (sampled) desk_.present(token);
        // Calls while it lives: two, at random times.
        for (int n = 0; n < 2; ++n) {
            const auto left = last_end - boot_clock::now();
            pause.expires_after(random_between({}, left / 2));
            co_await pause.async_wait(asio::use_awaitable);
            if (boot_clock::now() + latency_ / 4 >= last_end) break;
            if (!co_await timed_call()) co_return;
        }
        if (tokens_had > last_token_) break;
        // And again around its end: some shortly before, most in the gap or while the new one is fetched.
        pause.expires_after(last_end - boot_clock::now() + random_between(-latency_ / 5, latency_));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

} // namespace faceki::cli
