// Episodes: a policy and a schedule, both made by the seed; played, counted, and made short if they fail.
#include "model/pure_run.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <random>

#include "model/pure_driver.hpp"
#include "model/shrink.hpp"

namespace faceki::model {
namespace {

using engine = std::mt19937_64;

std::uint64_t below(engine& random, std::uint64_t limit)
{
    return random() % limit;
}

template <std::size_t N>
duration one_of(engine& random, const std::array<duration, N>& values)
{
    return values[below(random, N)];
}

/// Every second one has few requests per hour, so that the budget is often used up while a token lives.
rules random_rules(engine& random)
{
    using namespace std::chrono_literals;
    rules told;
    told.flight_deadline = one_of<4>(random, {30s, 30s, 5s, 200ms});
    told.safety_margin = one_of<5>(random, {0s, 0s, 300ms, 20s, 60s});
    told.max_uncertainty = one_of<3>(random, {1s, 1s, 50ms});
    told.refresh_ahead = one_of<4>(random, {0s, 0s, 30s, 600s});
    told.prewarm = below(random, 4) != 0;
    told.max_attempts = static_cast<int>(1 + below(random, 4));
    told.first_pause = one_of<2>(random, {1s, 100ms});
    if (below(random, 2) == 0)
        told.budget.hard_per_hour = 1 + below(random, 2);
    if (below(random, 5) == 0)
        told.budget.hard_per_day = 1 + below(random, 20);
    return told;
}

/// What leads on from there.
pure_event favourite(pure_stand where, std::uint64_t value) noexcept
{
    switch (where) {
    case pure_stand::flying:
    case pure_stand::flying_alone:
        return value % 3 == 0 ? pure_event::send : value % 3 == 1 ? pure_event::receive : pure_event::grant;
    case pure_stand::pausing:
        return value % 2 == 0 ? pure_event::to_an_instant : pure_event::next_attempt;
    case pure_stand::live:
        return value % 2 == 0 ? pure_event::to_an_instant : pure_event::renew_early;
    case pure_stand::renewing_in_gap:
        return value % 3 == 0   ? pure_event::send
               : value % 3 == 1 ? pure_event::call_with_limit
                                : pure_event::to_an_instant;
    case pure_stand::renewing:
        return value % 3 == 0 ? pure_event::send : pure_event::to_an_instant;
    case pure_stand::empty:
    case pure_stand::due:
        return pure_event::call_with_limit;
    case pure_stand::gap:
        return value % 2 == 0 ? pure_event::to_an_instant : pure_event::call_with_limit;
    case pure_stand::cooling:
    case pure_stand::blocked:
    case pure_stand::forced_limit:
    case pure_stand::live_cooling:
    case pure_stand::live_blocked:
    case pure_stand::closed:
        break;
    case pure_stand::gap_refusing:
        return pure_event::keep_fresh;
    }
    return pure_event::to_an_instant;
}

bool is_seldom(pure_stand where) noexcept
{
    return where == pure_stand::forced_limit || where == pure_stand::live_cooling ||
           where == pure_stand::live_blocked || where == pure_stand::gap_refusing;
}

/// Some lead on; else, of a few events, the one that this state has met least.
pure_step next_step(engine& random, pure_stand where, const coverage& met)
{
    const std::uint64_t r = random();
    const auto value = static_cast<std::uint32_t>(r);
    if ((r >> 32) % (is_seldom(where) ? 12 : 3) == 0)
        return {favourite(where, r >> 40), value};
    const auto state = static_cast<std::size_t>(where);
    const auto times = [&](std::size_t e) { return met.at(state, e); };
    const auto some_event = [&] {
        std::size_t e = below(random, pure_events);
        while (!met.reachable(state, e))
            e = below(random, pure_events);
        return e;
    };
    std::size_t rarest = some_event();
    for (int n = 0; n < 5; ++n)
        if (const std::size_t other = some_event(); times(other) < times(rarest))
            rarest = other;
    const auto event = static_cast<pure_event>(rarest);
    const bool ends_much =
        event == pure_event::close || event == pure_event::suspend || event == pure_event::set_credentials;
    // Rare ones stay rare once every state has met them.
    if (ends_much && times(rarest) > 2000 && below(random, 20) != 0)
        return next_step(random, where, met);
    return {event, value};
}

std::string played(const rules& told, const std::vector<pure_step>& schedule)
{
    pure_driver driver(told);
    for (const pure_step& step : schedule) {
        driver.take(step);
        if (!driver.clean())
            return driver.broken();
    }
    driver.finish();
    return driver.broken();
}

void tell(std::ostream& out, const rules& told, const std::vector<pure_step>& schedule, const std::string& broken)
{
    const auto ms = [](duration d) { return std::chrono::duration<double, std::milli>(d).count(); };
    const std::vector<pure_step> shortest =
        shrink(schedule, [&](const std::vector<pure_step>& part) { return !played(told, part).empty(); });
    out << "broken: " << broken << "\nshrunk from " << schedule.size() << " to " << shortest.size()
        << " steps: " << played(told, shortest) << "\nflight_deadline " << ms(told.flight_deadline)
        << " ms, safety_margin " << ms(told.safety_margin) << " ms, max_uncertainty " << ms(told.max_uncertainty)
        << " ms, refresh_ahead " << ms(told.refresh_ahead) << " ms, prewarm " << told.prewarm << ", max_attempts "
        << told.max_attempts << ", per hour " << told.budget.hard_per_hour << ", per day " << told.budget.hard_per_day
        << '\n';
    for (const pure_step& step : shortest)
        out << "  " << name_of(step.what) << ' ' << step.value << '\n';
}

constexpr std::size_t episode_length = 250;
constexpr std::size_t after_close = 10;

} // namespace

run_report pure_run(std::uint64_t steps, std::uint64_t seed, coverage& met, std::ostream& out)
{
    engine random(seed);
    run_report report;
    std::vector<pure_step> schedule;
    while (report.steps < steps && report.violations == 0) {
        const rules told = random_rules(random);
        const auto driver = std::make_unique<pure_driver>(told);
        schedule.clear();
        std::size_t most = episode_length;
        for (std::size_t n = 0; n < most && driver->clean();) {
            const pure_stand where = driver->stand();
            const pure_step step = next_step(random, where, met);
            if (!driver->take(step))
                continue;
            schedule.push_back(step);
            met.count(static_cast<std::size_t>(where), static_cast<std::size_t>(step.what));
            ++n;
            if (step.what == pure_event::close && where != pure_stand::closed)
                most = std::min(most, n + after_close);
        }
        if (driver->clean())
            driver->finish();
        report.steps += schedule.size();
        report.facts += driver->facts();
        report.hash = (report.hash ^ driver->hash()) * 1099511628211U;
        if (!driver->clean()) {
            ++report.violations;
            tell(out, told, schedule, driver->broken());
        }
    }
    return report;
}

} // namespace faceki::model
