// Making the client, disturbing it, judging what it hands out.
#include "crush/life.hpp"

#include <algorithm>
#include <string>

#include "crush/moody_source.hpp"
#include "crush/token_text.hpp"

namespace faceki::crush {

namespace {

/// What it throws is no business of the client's.
class loud_observer final : public observer {
public:
    void on_flight_started(const flight_started&) override { throw std::runtime_error("observed"); }
    void on_flight_finished(const flight_finished&) override { throw std::runtime_error("observed"); }
    void on_token_rejected() override { throw std::runtime_error("observed"); }
};

request_rules rules_of(const plan& p)
{
    request_rules rules;
    rules.refresh_ahead = p.refresh_ahead;
    rules.hard_per_hour = p.hard_per_hour;
    return rules;
}

std::shared_ptr<faceki::clock> clock_or_system(const std::shared_ptr<testing::manual_clock>& manual)
{
    return manual ? std::shared_ptr<faceki::clock>(manual) : system_boot_clock();
}

} // namespace

life::life(std::uint64_t number_, const plan& p, tally& counts_, std::size_t threads, std::uint64_t seed)
    : number(number_), how(p), counts(counts_), book(std::make_shared<request_book>(rules_of(p), counts_)),
      manual(p.real_time ? nullptr : std::make_shared<testing::manual_clock>()),
      arrived(static_cast<std::ptrdiff_t>(threads)), seed_(seed), clock_(clock_or_system(manual)),
      midway_(std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(p.waiters) * p.midway))),
      open_(p.waiters)
{
}

client_config life::config(std::uint64_t seed) const
{
    client_config c;
    c.credentials = credentials("id", "0");
    c.clock = clock_;
    c.source = std::make_shared<moody_source>(number, how, clock_, book, counts.planted(), seed);
    c.lifetime.refresh_ahead = how.refresh_ahead;
    c.retry.first_pause = how.first_pause;
    c.budget.hard_per_hour = how.hard_per_hour;
    c.limits.max_waiters = how.max_waiters;
    c.random_seed = seed + number;
    if (how.loud_observer)
        c.observer = std::make_shared<loud_observer>();
    return c;
}

void life::begin(const asio::any_io_executor& home)
{
    client_ = std::make_unique<faceki::client>(home, config(seed_));
}

void life::begin_with_own_thread()
{
    client_ = std::make_unique<faceki::client>(own_thread, config(seed_));
}

void life::wait_for_the_last() const noexcept
{
    for (std::size_t still = open_; still != 0; still = open_)
        open_.wait(still);
}

void life::reject(const access_token& token, bool only_if_renewable)
{
    if (!token)
        return;
    const std::uint64_t next = token_text::parse(token.value()).number + 1;
    if (!(only_if_renewable ? client_->invalidate_if_renewable(token) : client_->invalidate(token)))
        return;
    ++early_allowed_;
    for (std::uint64_t known = oldest_; known < next && !oldest_.compare_exchange_weak(known, next);) {
    }
}

void life::change_credentials()
{
    const std::scoped_lock lock(changing_);
    ++early_allowed_;
    client_->set_credentials(credentials("id", std::to_string(++changes_)));
    generation_ = changes_;
}

void life::pass(boot_clock::duration span)
{
    if (manual)
        manual->advance(span);
}

void life::jump(boot_clock::duration span, std::chrono::seconds of_wall_time)
{
    if (!manual)
        return;
    manual->jump_wall(of_wall_time);
    manual->advance(span);
}

void life::judge(std::size_t waiter, const asked& when, error_code error, const access_token& token) const
{
    if (static_cast<bool>(error) == static_cast<bool>(token))
        counts.blame(fault::no_answer);
    if (!token)
        return;
    ++counts.tokens;
    token_text text = token_text::parse(token.value());
    auto at = when.at;
    std::uint64_t oldest = when.number;
    if (waiter % 64 == 0) {
        if (counts.planted() == plant::foreign)
            ++text.life;
        if (counts.planted() == plant::dead)
            at += 24h;
        if (counts.planted() == plant::stale)
            oldest = text.number + 1;
    }
    if (text.life != number) {
        counts.blame(fault::foreign_token);
        return;
    }
    if (std::max(ticks(at), text.returned) >= ticks(token.use_until()) || ticks(token.use_until()) > text.latest_end)
        counts.blame(fault::dead_token);
    if (text.generation < when.generation || text.number < oldest)
        counts.blame(fault::stale_token);
}

} // namespace faceki::crush
