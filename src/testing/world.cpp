// Runs handlers while there are any, then moves time to the next instant somebody waits for.
#include <faceki/testing/world.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <faceki/testing/seeded_context.hpp>

#include <asio/co_spawn.hpp>

#include "testing/bell.hpp"

namespace faceki::testing {
namespace {

constexpr std::size_t most_at_one_instant = 100'000'000;
constexpr boot_clock::duration longest_sleep = std::chrono::hours{24 * 365 * 100}; ///< now + this cannot overflow

void rethrow(std::exception_ptr thrown)
{
    if (thrown)
        std::rethrow_exception(thrown);
}

/// Lines with virtual time stamps. Clients write to it too, and may outlive their world. Thread safety: any thread.
class event_log {
public:
    explicit event_log(std::shared_ptr<faceki::clock> time) : time_(std::move(time)), start_(time_->now()) {}

    boot_clock::duration elapsed() const { return time_->now() - start_; }

    void add(std::string_view text)
    {
        using namespace std::chrono;
        const hh_mm_ss at(duration_cast<milliseconds>(elapsed()));
        char stamp[48];
        std::snprintf(stamp, sizeof stamp, "+%02ld:%02ld:%02ld.%03ld ", static_cast<long>(at.hours().count()),
                      static_cast<long>(at.minutes().count()), static_cast<long>(at.seconds().count()),
                      static_cast<long>(at.subseconds().count()));
        const std::scoped_lock lock(mutex_);
        lines_.emplace_back(stamp).append(text);
    }

    std::vector<std::string> lines() const
    {
        const std::scoped_lock lock(mutex_);
        return lines_;
    }

private:
    const std::shared_ptr<faceki::clock> time_;
    const boot_clock::time_point start_;
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

/// Who sleeps until when. Ordered, where alarms of the clock would be searched: services have many coroutines.
class dormitory {
public:
    /// A sleeping coroutine's place; leaves with it.
    class bed {
    public:
        bed(dormitory& owner, boot_clock::time_point when, bell& sleeper) : owner_(owner), sleeper_(sleeper)
        {
            place_ = owner_.beds_.emplace(when, this);
        }
        ~bed()
        {
            if (!woken_)
                owner_.beds_.erase(place_);
        }
        bed(const bed&) = delete;
        bed& operator=(const bed&) = delete;

    private:
        friend class dormitory;
        dormitory& owner_;
        bell& sleeper_;
        std::multimap<boot_clock::time_point, bed*>::iterator place_;
        bool woken_ = false;
    };

    std::optional<boot_clock::time_point> next() const
    {
        return beds_.empty() ? std::nullopt : std::optional{beds_.begin()->first};
    }

    void wake(boot_clock::time_point now)
    {
        while (!beds_.empty() && beds_.begin()->first <= now) {
            bed& first = *beds_.begin()->second;
            beds_.erase(beds_.begin());
            first.woken_ = true;
            first.sleeper_.ring();
        }
    }

private:
    std::multimap<boot_clock::time_point, bed*> beds_;
};

asio::awaitable<void> sleep(std::shared_ptr<dormitory> all, boot_clock::time_point when)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto sleeper = std::make_shared<bell>(executor);
    const dormitory::bed place(*all, when, *sleeper);
    const bool rung = co_await sleeper->wait();
    if (!rung)
        throw std::system_error(asio::error::operation_aborted);
}

} // namespace

struct world::state {
    explicit state(std::uint64_t seed) : context(seed) {}

    const std::shared_ptr<manual_clock> time = std::make_shared<manual_clock>();
    const std::shared_ptr<scripted_endpoint> endpoint = std::make_shared<scripted_endpoint>(time);
    const std::shared_ptr<event_log> events = std::make_shared<event_log>(time);
    const std::shared_ptr<dormitory> sleepers = std::make_shared<dormitory>();
    seeded_context context; ///< goes first, and the coroutines with it

    std::optional<boot_clock::time_point> next_event() const
    {
        const auto alarm = time->next_alarm();
        const auto sleeper = sleepers->next();
        return alarm && sleeper ? std::min(alarm, sleeper) : alarm ? alarm : sleeper;
    }

    /// True as soon as `condition` (if there is one) holds; false at `end`.
    bool run(boot_clock::time_point end, const std::function<bool()>& condition)
    {
        const auto holds = [&condition] { return condition && condition(); };
        std::size_t handlers = 0;
        for (;;) {
            sleepers->wake(time->now());
            if (holds())
                return true;
            while (context.run_one()) {
                if (holds())
                    return true;
                if (++handlers > most_at_one_instant)
                    throw std::runtime_error("world: 100 million handlers ran while time stood still");
            }
            const auto next = next_event();
            if (!next || *next > end)
                break;
            const auto now = time->now();
            if (*next > now) {
                time->advance(*next - now);
                handlers = 0;
            }
        }
        if (const auto now = time->now(); end > now)
            time->advance(end - now);
        return holds();
    }
};

world::world(std::uint64_t seed)
    : state_(std::make_unique<state>(seed)), endpoint(*state_->endpoint), clock(state_->time)
{
    config.credentials = credentials("world-client", "world-secret");
    config.clock = clock;
    config.source = state_->endpoint;
    config.random_seed = seed;
    config.log_level = log_level::info;
    config.log = [events = state_->events](log_level, std::string_view line) { events->add(line); };
}

world::~world() = default;

faceki::client world::client()
{
    return faceki::client(executor(), config);
}

asio::any_io_executor world::executor()
{
    return state_->context.get_executor();
}

void world::spawn(asio::awaitable<void> coroutine)
{
    asio::co_spawn(executor(), std::move(coroutine), rethrow);
}

void world::spawn(std::function<asio::awaitable<void>()> coroutine)
{
    asio::co_spawn(executor(), std::move(coroutine), rethrow);
}

asio::awaitable<void> world::sleep_for(boot_clock::duration span)
{
    return sleep(state_->sleepers, now() + std::clamp(span, boot_clock::duration{0}, longest_sleep));
}

void world::run()
{
    state_->run(now(), nullptr);
}

void world::run_for(boot_clock::duration span)
{
    state_->run(now() + std::clamp(span, boot_clock::duration{0}, longest_sleep), nullptr);
}

bool world::run_until(const std::function<bool()>& condition, boot_clock::duration limit)
{
    return state_->run(now() + std::clamp(limit, boot_clock::duration{0}, longest_sleep), condition);
}

boot_clock::time_point world::now() const
{
    return clock->now();
}

boot_clock::duration world::elapsed() const
{
    return state_->events->elapsed();
}

void world::note(std::string_view text)
{
    state_->events->add(text);
}

std::vector<std::string> world::events() const
{
    return state_->events->lines();
}

} // namespace faceki::testing
