// Plays steps: the world around one client, from its making to its end.
#include "model/client_world.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <asio/bind_executor.hpp>
#include <asio/post.hpp>

#include "model/random.hpp"

namespace faceki::model {

using namespace std::chrono_literals;

/// The client's observer: what it is told are facts too.
class client_world::teller final : public observer {
public:
    explicit teller(client_world& world) : world_(world) {}

    void on_flight_started(const flight_started& f) override
    {
        world_.look_at_limits();
        world_.source_->flight_starts(f.flight);
        world_.note({.what = fact_kind::flight_started, .flight = f.flight, .count = f.waiting, .cause = f.cause});
    }
    void on_flight_finished(const flight_finished& f) override
    {
        world_.look_at_limits();
        world_.note({.what = fact_kind::flight_ended,
                     .flight = f.flight,
                     .count = f.waiters,
                     .retry_at = f.details.retry_at,
                     .cause = f.cause,
                     .error = f.error,
                     .pause = f.cool_down,
                     .attempts = f.attempts,
                     .requests = f.requests_sent});
    }
    void on_retry(std::uint64_t flight, std::error_code error, const diagnostics&,
                  std::chrono::nanoseconds delay) override
    {
        world_.look_at_limits();
        world_.note({.what = fact_kind::retry_planned, .flight = flight, .error = error, .pause = delay});
    }

private:
    client_world& world_;
};

client_world::client_world(const settings& s)
    : settings_(s), log_(
                        [this] {
                            return std::pair{clock_->now(), clock_->wall_now()};
                        },
                        [this](const fact& f) {
                            fact seen = f;
                            if (settings_.fault == plant::early && f.what == fact_kind::request_began)
                                seen.deadline -= duration{1};
                            judge_->take(seen);
                            if (listener_)
                                listener_(seen);
                        })
{
    contexts_.push_back(make_context(0));
    for (std::uint32_t n = 0; n < settings_.contexts; ++n)
        contexts_.push_back(make_context(++next_context_));
    start_client();
}

client_world::~client_world() = default;

client_world::numbered_context client_world::make_context(std::uint32_t number)
{
    const std::uint64_t seed = settings_.in_order ? 0 : derived_seed(settings_.seed, number + 1000) | 1;
    return {number, decltype(numbered_context::context)(new (&storages_.emplace_back()) testing::seeded_context(seed))};
}

client_world::numbered_context* client_world::context_of(std::uint32_t number)
{
    const auto at = std::find_if(contexts_.begin(), contexts_.end(),
                                 [&](const numbered_context& c) { return c.number == number && c.context; });
    return at == contexts_.end() ? nullptr : &*at;
}

void client_world::start_client()
{
    const rules& told = settings_.told;
    judge_ = std::make_unique<model::judge>(told);
    source_ =
        std::make_shared<random_source>(settings_, log_, clock_, derived_seed(settings_.seed, ++clients_), last_token_);
    callers_.clear();
    callers_.emplace_back(); // numbers count from 1
    got_.clear();
    generation_ = 1;
    timed_out_ = 0;
    closed_ = rest_expected_ = has_limits_ = false;
    asks_again_ = true;
    if (!contexts_.front().context)
        contexts_.front() = make_context(0);

    client_config config;
    const auto in_milliseconds = [](duration d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d); };
    config.credentials = credentials("id-1", "secret");
    config.clock = clock_;
    config.observer = std::make_shared<teller>(*this);
    config.random_seed = derived_seed(settings_.seed, clients_ + 2000);
    config.limits.flight_deadline = in_milliseconds(told.flight_deadline);
    config.limits.max_waiters = told.max_waiters;
    config.lifetime.safety_margin = in_milliseconds(told.safety_margin);
    config.lifetime.max_uncertainty = in_milliseconds(told.max_uncertainty);
    config.lifetime.refresh_ahead = in_milliseconds(told.refresh_ahead);
    config.prewarm = told.prewarm;
    config.retry.max_attempts = told.max_attempts;
    config.retry.first_pause = in_milliseconds(told.first_pause);
    config.retry.longest_pause = in_milliseconds(told.longest_pause);
    config.budget = {told.budget.soft_per_hour, told.budget.hard_per_hour, told.budget.soft_per_day,
                     told.budget.hard_per_day};
    const auto executor = contexts_.front().context->get_executor();
    if (settings_.whole_client) {
        config.source = source_;
        client_ = &whole_client_.emplace(executor, config);
    } else {
        client_ = &refresher_.emplace(executor, config, source_);
    }
}

bool client_world::applies(step_kind what) const
{
    const bool own_context = contexts_.front().context != nullptr;
    switch (what) {
    case step_kind::run_one:
    case step_kind::run_all:
    case step_kind::pass_little:
    case step_kind::pass_far:
    case step_kind::jump_wall:
    case step_kind::restart:
        return true;
    case step_kind::pass_to_alarm:
        return clock_->next_alarm().has_value();
    case step_kind::pass_to_landmark:
        return !judge_->landmarks(clock_->now()).empty();
    case step_kind::call:
    case step_kind::call_within:
    case step_kind::call_coroutine:
        return client_ && (own_context || contexts_.size() > 1);
    case step_kind::cancel:
        return std::any_of(callers_.begin() + 1, callers_.end(), [](const caller& c) { return !c.done; });
    case step_kind::invalidate_current:
        return client_ && !got_.empty();
    case step_kind::invalidate_old:
        return client_ && got_.size() > 1;
    case step_kind::keep_fresh_ends:
        return !fresh_.empty();
    case step_kind::reply:
        return source_->held() != 0;
    case step_kind::async_close:
    case step_kind::client_context_dies:
        return client_ && own_context;
    case step_kind::context_dies:
        return contexts_.size() > 1;
    case step_kind::peek:
    case step_kind::renew_early:
    case step_kind::set_credentials:
    case step_kind::keep_fresh:
    case step_kind::close:
    case step_kind::destroy:
        return client_ != nullptr;
    }
    return false;
}

void client_world::play(const step& s)
{
    if (!applies(s.what))
        return;
    constexpr std::array<std::chrono::milliseconds, 6> limits = {0ms, 1ms, 50ms, 1s, 5s, 60s};
    constexpr std::array<duration, 6> little = {1ns, 1ms, 20ms, 200ms, 1s, 2s};
    constexpr std::array<duration, 7> far = {10s, 30s, 2min, 5min, 1h, 26h, 72h};
    constexpr std::array<std::chrono::seconds, 6> jumps = {24h, -24h, 1h, -1h, 13h, -13h};
    switch (s.what) {
    case step_kind::call:
        return call(s, wait_limit{}, false);
    case step_kind::call_within:
        return call(s, within(limits[s.b % limits.size()]), s.b >> 20 & 1);
    case step_kind::call_coroutine:
        return call(s, wait_limit{}, true);
    case step_kind::cancel:
        return cancel(s);
    case step_kind::run_one:
        return run_one(s.a);
    case step_kind::run_all:
        return run_all();
    case step_kind::pass_little:
        return clock_->advance(little[s.b % little.size()]);
    case step_kind::pass_to_alarm:
        return static_cast<void>(clock_->advance_to_next_alarm());
    case step_kind::pass_to_landmark: {
        const std::vector<instant> all = judge_->landmarks(clock_->now());
        const instant chosen = all[s.a % all.size()] + duration{static_cast<duration::rep>(s.b % 3)} - duration{1};
        return clock_->advance(std::max(chosen - clock_->now(), duration{0}));
    }
    case step_kind::pass_far:
        return clock_->advance(far[s.b % far.size()]);
    case step_kind::jump_wall:
        clock_->jump_wall(jumps[s.b % jumps.size()]);
        return note({.what = fact_kind::wall_jumped});
    case step_kind::peek:
        return peek();
    case step_kind::invalidate_current:
        return invalidate(got_.back(), s.b % 3 == 0);
    case step_kind::invalidate_old:
        return invalidate(got_[s.b % (got_.size() - 1)], false);
    case step_kind::renew_early:
        return note({.what = fact_kind::renewed_early, .truth = client_->renew_early()});
    case step_kind::set_credentials:
        client_->set_credentials(credentials("id-" + std::to_string(++generation_), "secret"));
        return note({.what = fact_kind::credentials_set, .generation = generation_, .count = client_->stats().waiting});
    case step_kind::keep_fresh:
        fresh_.push_back(client_->keep_fresh());
        return note({.what = fact_kind::kept_fresh, .truth = true});
    case step_kind::keep_fresh_ends:
        fresh_.pop_back();
        return note({.what = fact_kind::kept_fresh, .truth = false});
    case step_kind::reply:
        return source_->reply(s.b);
    case step_kind::close: {
        const close_report report = client_->close();
        closed_ = true;
        return note({.what = fact_kind::closed,
                     .count = report.waiters_aborted,
                     .truth = report.request_dropped,
                     .with_details = true});
    }
    case step_kind::async_close:
        return async_close();
    case step_kind::destroy:
        return destroy();
    case step_kind::context_dies:
        return kill_context(1 + s.a % (contexts_.size() - 1));
    case step_kind::client_context_dies:
        return kill_context(0);
    case step_kind::restart:
        finish();
        if (clean())
            start_client();
        return;
    }
}

void client_world::peek()
{
    const access_token token = client_->peek();
    std::uint32_t number = number_of(token);
    if (number == 0 && settings_.fault == plant::dead && !got_.empty())
        number = number_of(got_.back());
    note({.what = fact_kind::peeked, .token = number});
}

void client_world::async_close()
{
    client_->async_close(asio::bind_executor(contexts_.front().context->get_executor(),
                                             [this](error_code) { note({.what = fact_kind::rested}); }));
    rest_expected_ = true;
    if (!std::exchange(closed_, true))
        note({.what = fact_kind::closed});
}

void client_world::destroy()
{
    client_ = nullptr;
    refresher_.reset();
    whole_client_.reset();
    if (!std::exchange(closed_, true))
        note({.what = fact_kind::closed});
}

void client_world::run_one(std::size_t place)
{
    testing::seeded_context* const context = contexts_[place % contexts_.size()].context.get();
    if (!context || !context->run_one())
        return;
    settle_ask();
    look_at_limits();
    look_at_waiting();
}

/// In turns, so that no context starves another.
void client_world::run_all()
{
    for (bool any = true; any && clean();) {
        any = false;
        for (std::size_t n = 0; n < contexts_.size(); ++n) {
            any = any || (contexts_[n].context && contexts_[n].context->ready() != 0);
            run_one(n);
        }
    }
    note({.what = fact_kind::quiet});
    if (client_)
        judge_->compare(client_->stats(), clock_->now(), clock_->wall_now());
}

/// Who left by a limit of its own is told from the flight's end by what the client counts.
void client_world::look_at_limits()
{
    if (!has_limits_ || !client_)
        return;
    const std::uint64_t now = client_->stats().timed_out;
    const std::uint64_t before = std::exchange(timed_out_, now);
    if (now != before)
        note({.what = fact_kind::limits_passed, .count = now - before});
}

/// Who is turned away by the budget is told from the others by this alone: no flight has ended, and nobody waits.
void client_world::look_at_waiting()
{
    if (client_ && judge_->waiting() != 0 && client_->stats().waiting == 0)
        note({.what = fact_kind::turned_away});
}

void client_world::kill_context(std::size_t place)
{
    numbered_context& dying = contexts_[place];
    note({.what = fact_kind::context_died, .context = dying.number});
    if (place == 0) {
        source_->context_dies();
        closed_ = true;
        rest_expected_ = false;
    }
    dying.context.reset();
    for (std::uint32_t n = 1; n < callers_.size(); ++n) // a coroutine may have gone before it began
        if (callers_[n].context == dying.number)
            callers_[n].done = true;
    if (place != 0)
        dying = make_context(++next_context_);
}

void client_world::finish()
{
    asks_again_ = false;
    const auto someone_waits = [this] {
        return std::any_of(callers_.begin() + 1, callers_.end(), [](const caller& c) { return !c.done; });
    };
    run_all();
    for (int n = 0; n < 3 && !fresh_.empty() && clean() && clock_->advance_to_next_alarm(); ++n)
        run_all();
    for (; !fresh_.empty(); fresh_.pop_back())
        note({.what = fact_kind::kept_fresh, .truth = false});
    source_->hold_no_more();

    const rules& told = settings_.told;
    const instant latest = clock_->now() + told.max_uncertainty + told.safety_margin + 2 * told.flight_deadline + 1s;
    run_all();
    while (clean() && someone_waits() && clock_->now() < latest && clock_->advance_to_next_alarm())
        run_all();
    if (client_ && contexts_.front().context)
        async_close();
    run_all();
    while (clean() && source_->running() != 0 && clock_->advance_to_next_alarm())
        run_all();
    if (!clean())
        return;
    judge_->finish(rest_expected_);
    destroy();
}

} // namespace faceki::model
