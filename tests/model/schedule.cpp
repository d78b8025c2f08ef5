// Random settings, and schedules as text.
#include "model/schedule.hpp"

#include <array>
#include <sstream>

#include "model/random.hpp"

namespace faceki::model {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, step_kinds> step_names = {"call",
                                                                 "call_within",
                                                                 "call_coroutine",
                                                                 "cancel",
                                                                 "run_one",
                                                                 "run_all",
                                                                 "pass_little",
                                                                 "pass_to_alarm",
                                                                 "pass_to_landmark",
                                                                 "pass_far",
                                                                 "jump_wall",
                                                                 "peek",
                                                                 "invalidate_current",
                                                                 "invalidate_old",
                                                                 "renew_early",
                                                                 "set_credentials",
                                                                 "keep_fresh",
                                                                 "keep_fresh_ends",
                                                                 "reply",
                                                                 "close",
                                                                 "async_close",
                                                                 "destroy",
                                                                 "context_dies",
                                                                 "client_context_dies",
                                                                 "restart"};

endpoint_mood random_mood(random_engine& random, const rules& told)
{
    endpoint_mood mood;
    switch (random.below(5)) {
    case 0: // works
        mood.not_sent = mood.lost = mood.refused = 0;
        break;
    case 1: // has bad moments
        mood.dead_grants = mood.reissues = mood.throws = 1;
        mood.rejected = 1;
        break;
    case 2: // nothing gets through
        mood = {.grants = 1, .not_sent = 4, .lost = 3, .refused = 3, .throws = 1};
        break;
    case 3: // does not know us
        mood = {.grants = 2, .reissues = 2, .not_sent = 0, .lost = 1, .refused = 1, .rejected = 6};
        break;
    default: // anything
        mood = {.grants = 4,
                .dead_grants = 2,
                .reissues = 2,
                .not_sent = 2,
                .lost = 2,
                .refused = 2,
                .rejected = 1,
                .throws = 2};
        break;
    }
    mood.stubborn = static_cast<std::uint32_t>(random.one_of(std::array{0, 0, 5, 30}));
    mood.held = static_cast<std::uint32_t>(random.one_of(std::array{0, 10, 30, 70}));
    mood.latency = random.one_of(std::array<duration, 6>{0ms, 1ms, 40ms, 900ms, 3s, told.flight_deadline * 2});
    mood.lifetime = random.one_of(std::array<duration, 8>{1ms, 100ms, 2s, 10s, 40s, 300s, 1h, 2h});
    return mood;
}

std::string milliseconds(duration span)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(span).count()) + " ms";
}

} // namespace

std::string_view name_of(step_kind kind) noexcept
{
    return step_names[static_cast<std::size_t>(kind)];
}

std::string to_text(const step& s)
{
    return std::string(name_of(s.what)) + " " + std::to_string(s.a) + " " + std::to_string(s.b);
}

settings settings_of(std::uint64_t seed, plant fault)
{
    random_engine random(seed);
    settings s;
    s.seed = seed;
    s.fault = fault;
    s.whole_client = random.happens(1, 4);
    s.long_lived = random.happens(1, 3);
    s.contexts = static_cast<std::uint32_t>(random.below(3));
    s.in_order = random.happens(1, 8);
    rules& r = s.told;
    r.flight_deadline = random.one_of(std::array<duration, 6>{1ms, 50ms, 1s, 5s, 30s, 30s});
    r.safety_margin = random.one_of(std::array<duration, 6>{0ms, 0ms, 0ms, 1ms, 500ms, 5s});
    r.max_uncertainty = random.one_of(std::array<duration, 5>{1s, 1s, 0ms, 100ms, 5s});
    if (random.happens(1, 4))
        r.refresh_ahead = random.one_of(std::array<duration, 3>{100ms, 10s, 1h});
    r.prewarm = random.happens(3, 4);
    r.max_attempts = random.one_of(std::array{1, 2, 3, 3, 5});
    r.first_pause = random.one_of(std::array<duration, 4>{1s, 1s, 100ms, 0ms});
    r.longest_pause = random.one_of(std::array<duration, 4>{5s, 5s, 300ms, 0ms});
    if (random.happens(1, 4)) {
        r.budget.hard_per_hour = random.below(5);
        r.budget.hard_per_day = random.below(8);
        r.budget.soft_per_hour = random.below(3);
        r.budget.soft_per_day = random.below(3);
    }
    r.max_waiters = random.one_of(std::array<std::size_t, 5>{1, 3, 1000, 1000, 1000});
    s.mood = random_mood(random, r);
    return s;
}

std::string to_text(const settings& s)
{
    std::ostringstream out;
    const rules& r = s.told;
    const endpoint_mood& m = s.mood;
    out << (s.whole_client ? "client" : "refresher") << ", " << s.contexts << " contexts of callers"
        << (s.in_order ? ", handlers in order" : "") << "\n  flight_deadline " << milliseconds(r.flight_deadline)
        << ", safety_margin " << milliseconds(r.safety_margin) << ", max_uncertainty "
        << milliseconds(r.max_uncertainty) << ", refresh_ahead " << milliseconds(r.refresh_ahead) << ", prewarm "
        << r.prewarm << ", max_attempts " << r.max_attempts << ", first_pause " << milliseconds(r.first_pause)
        << ", longest_pause " << milliseconds(r.longest_pause) << ", max_waiters " << r.max_waiters
        << ", hard_per_hour " << r.budget.hard_per_hour << ", hard_per_day " << r.budget.hard_per_day
        << "\n  endpoint: grants " << m.grants << ", dead_grants " << m.dead_grants << ", reissues " << m.reissues
        << ", not_sent " << m.not_sent << ", lost " << m.lost << ", refused " << m.refused << ", rejected "
        << m.rejected << ", throws " << m.throws << ", stubborn " << m.stubborn << " %, yields " << m.yields
        << " %, held " << m.held << (m.lingering ? " %, every fourth lingering" : " %") << ", latency "
        << milliseconds(m.latency) << ", lifetime " << milliseconds(m.lifetime) << '\n';
    return out.str();
}

} // namespace faceki::model
