// Episodes: settings and a schedule, both made by the seed; played, counted, and made short if they fail.
#include "model/client_run.hpp"

#include <array>
#include <exception>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <asio/error.hpp>
#include <faceki/error.hpp>

#include "model/client_world.hpp"
#include "model/random.hpp"
#include "model/shrink.hpp"

namespace faceki::model {
namespace {

/// What an attempt brings, beside the steps.
enum class arrival : std::uint8_t { granted, not_sent, lost, refused, rejected, threw, late, gave_up };
constexpr std::size_t arrivals = 8;
constexpr std::array<std::string_view, arrivals> arrival_names = {
    "answer: granted",  "answer: not sent", "answer: lost",         "answer: refused",
    "answer: rejected", "answer: threw",    "answer: of no flight", "ends by its cancellation"};

constexpr std::size_t event_of(arrival what)
{
    return counted_step_kinds + static_cast<std::size_t>(what);
}

arrival arrival_of(const fact& f, bool belongs_to_flight)
{
    if (f.error == asio::error::operation_aborted)
        return arrival::gave_up;
    if (!belongs_to_flight)
        return arrival::late;
    if (!f.error)
        return arrival::granted;
    if (f.error == errc::credentials_rejected)
        return arrival::rejected;
    switch (f.kind) {
    case failure_kind::not_sent:
        return arrival::not_sent;
    case failure_kind::sent_no_answer:
        return arrival::lost;
    case failure_kind::answered:
        return arrival::refused;
    case failure_kind::none:
        break;
    }
    return arrival::threw;
}

constexpr std::array<std::uint32_t, step_kinds> base_weights = {20, 8,  10, 8, 30, 20, // call … run_all
                                                                12, 14, 14, 2, 2,      // time
                                                                8,  5,  2,  3, 2,      // peek … set_credentials
                                                                2,  2,  12,            // keep_fresh … reply
                                                                1,  1,  1,  1, 1,  0}; // ends

bool ends_client(step_kind kind)
{
    return kind == step_kind::close || kind == step_kind::async_close || kind == step_kind::destroy ||
           kind == step_kind::client_context_dies;
}

/// The state to which the next episode is to lead: the more is missing there, the likelier.
stand goal_of(const coverage& met, std::uint64_t each_pair, random_engine& random)
{
    stand goal = stand::live;
    std::uint64_t sum = 0;
    for (std::size_t state = 0; state < stands; ++state) {
        std::uint64_t missing = 0;
        for (std::size_t event = 0; event < counted_step_kinds + arrivals; ++event)
            if (met.lacks(state, event, each_pair))
                missing += each_pair - met.at(state, event);
        sum += missing;
        if (missing != 0 && random.below(sum) < missing)
            goal = static_cast<stand>(state);
    }
    return goal;
}

/// What the goal's pairs lack, at this share of the run.
class wants {
public:
    wants(const coverage& met, stand state, std::uint64_t each_pair)
        : met_(met), state_(static_cast<std::size_t>(state)), each_pair_(each_pair)
    {
    }
    bool operator()(arrival what) const { return met_.lacks(state_, event_of(what), each_pair_); }
    bool older_end() const { return (*this)(arrival::late) || (*this)(arrival::gave_up); }

private:
    const coverage& met_;
    const std::size_t state_;
    const std::uint64_t each_pair_;
};

/// Makes the goal more likely than chance would.
void lead_to(stand goal, const wants& lacking, settings& s, random_engine& random)
{
    endpoint_mood& mood = s.mood;
    mood.lingering = lacking.older_end() && random.happens(3, 4);
    if (lacking.older_end())
        mood.yields = lacking(arrival::gave_up) ? lacking(arrival::late) ? 50 : 80 : 20;
    if (!mood.lingering && random.happens(1, 2)) { // requests that outlive their flights
        mood.stubborn = 50;
        mood.held = 50;
    }
    if (goal != stand::live && goal != stand::gap && goal != stand::renewing && goal != stand::rejected)
        return;
    mood.grants = 20;
    mood.lifetime = std::chrono::seconds(60);
    s.told.budget = {};
    if (goal == stand::gap)
        s.told.safety_margin = std::chrono::seconds(5);
    if (goal == stand::renewing) {
        const auto weight = [&](arrival what) { return lacking(what) ? 3U : 1U; };
        mood.grants = 6;
        mood.not_sent = weight(arrival::not_sent);
        mood.lost = weight(arrival::lost);
        mood.refused = weight(arrival::refused);
        mood.rejected = weight(arrival::rejected);
        mood.throws = weight(arrival::threw);
        mood.dead_grants = 0;
        mood.reissues = 0;
        mood.latency = std::chrono::seconds(3);
    }
}

/// Each episode prefers other steps, so that all of them meet in many ways; and it is drawn to the state that lacks
/// most.
class generator {
public:
    generator(const settings& s, std::uint64_t seed, stand goal, const coverage& met, std::uint64_t each_pair)
        : long_lived_(s.long_lived), lingering_(s.mood.lingering), goal_(goal), met_(met), each_pair_(each_pair),
          random_(seed)
    {
        for (std::size_t k = 0; k < step_kinds; ++k) {
            weights_[k] = base_weights[k] * random_.one_of(std::array<std::uint32_t, 5>{0, 1, 1, 1, 4});
            if (long_lived_ && ends_client(static_cast<step_kind>(k)))
                weights_[k] = 0;
        }
        weights_[static_cast<std::size_t>(step_kind::run_all)] += 5;
    }

    std::size_t length() { return 100 + random_.below(300); }

    step next(const client_world& world)
    {
        if (ending_ != 0) {
            --ending_;
            return of_kind(step_kind::run_one);
        }
        std::optional<step_kind> kind;
        if (random_.happens(2, 3))
            kind = lacking_here(world);
        const bool older = kind == step_kind::reply && world.older_waits();
        if (!kind && random_.happens(1, 2))
            kind = way_to_goal(world);
        if (!kind || !world.applies(*kind))
            kind = world.closed() && random_.happens(1, 5) ? step_kind::restart : likely();
        step s = of_kind(*kind);
        if (s.what == step_kind::reply && world.older_waits() && random_.happens(7, 8)) {
            s.b = older ? 0 : world.held() - 1; // it is kept for the states that lack its end
            ending_ = older ? 3 : 0;
        }
        return s;
    }

private:
    step of_kind(step_kind kind)
    {
        return {kind, static_cast<std::uint32_t>(random_.next() >> 33), random_.next() >> 1};
    }

    /// One that this state has not met often enough.
    std::optional<step_kind> lacking_here(const client_world& world)
    {
        const auto here = static_cast<std::size_t>(world.stands());
        std::optional<step_kind> chosen;
        std::uint64_t candidates = 0;
        for (std::size_t n = 0; n < counted_step_kinds; ++n) {
            const auto kind = static_cast<step_kind>(n);
            const bool wanted =
                met_.at(here, n) < each_pair_ || (kind == step_kind::reply && lacks_older_end_in(world));
            const bool fits = wanted && world.applies(kind) && !(long_lived_ && ends_client(kind));
            if (fits && random_.below(++candidates) == 0)
                chosen = kind;
        }
        return chosen;
    }

    bool lacks_older_end_in(const client_world& world) const
    {
        return world.older_waits() && wants(met_, world.stands(), each_pair_).older_end();
    }

    std::optional<step_kind> way_to_goal(const client_world& world)
    {
        using enum step_kind;
        const stand here = world.stands();
        if (lingering_ && world.held() != 0 && !world.older_waits())
            return pass_to_alarm; // up to its flight's deadline: only then it is older
        if (here == goal_)        // answers may be what it lacks
            return random_.one_of(std::array{reply, run_one, pass_to_alarm, pass_little, call});
        switch (here) {
        case stand::empty:
        case stand::rejected:
            return random_.one_of(std::array{call, keep_fresh});
        case stand::live:
            if (goal_ == stand::renewing)
                return renew_early;
            return goal_ == stand::rejected ? invalidate_current : pass_to_landmark;
        case stand::gap:
        case stand::cooling:
            return pass_to_landmark;
        case stand::flying:
        case stand::renewing:
            return random_.one_of(std::array{reply, run_all, pass_to_alarm});
        case stand::pausing:
            return pass_to_alarm;
        case stand::blocked:
            return pass_far;
        case stand::closed:
            return restart;
        }
        return std::nullopt;
    }

    step_kind likely()
    {
        std::uint64_t sum = 0;
        for (const std::uint32_t w : weights_)
            sum += w;
        std::uint64_t rest = random_.below(sum);
        std::size_t kind = 0;
        for (; rest >= weights_[kind]; ++kind)
            rest -= weights_[kind];
        return static_cast<step_kind>(kind);
    }

    const bool long_lived_;
    const bool lingering_;
    unsigned ending_ = 0; ///< steps in which a request that was let go may end, before anything else happens
    const stand goal_;
    const coverage& met_;
    const std::uint64_t each_pair_;
    random_engine random_;
    std::array<std::uint32_t, step_kinds> weights_{};
};

/// Plays a whole schedule in a world of its own; returns what it broke.
std::string play(const settings& s, const std::vector<step>& schedule, const event_log::listener& listener = {})
{
    client_world world(s);
    world.tell_facts_to(listener);
    try {
        for (const step& next : schedule) {
            world.play(next);
            if (!world.clean())
                return world.broken();
        }
        world.finish();
    } catch (const std::exception& e) {
        return std::string("thrown: ") + e.what();
    }
    return world.broken();
}

void explain(const settings& s, std::vector<step> schedule, const std::string& broken, std::ostream& out)
{
    out << "broken: " << broken << "\nseed of the episode: " << s.seed << ", steps: " << schedule.size() << '\n'
        << std::flush;
    schedule =
        shrink(std::move(schedule), [&](const std::vector<step>& shorter) { return play(s, shorter) == broken; });
    out << "shrunk to " << schedule.size() << " steps\n" << to_text(s);
    for (const step& next : schedule)
        out << "  " << to_text(next) << '\n';
    out << "its facts:\n";
    const instant start = testing::manual_clock().now();
    play(s, schedule, [&](const fact& f) { out << "  " << to_text(f, start) << '\n'; });
}

} // namespace

coverage client_coverage()
{
    std::vector<std::string_view> states;
    for (std::size_t n = 0; n < stands; ++n)
        states.push_back(name_of(static_cast<stand>(n)));
    std::vector<std::string_view> events;
    for (std::size_t n = 0; n < counted_step_kinds; ++n)
        events.push_back(name_of(static_cast<step_kind>(n)));
    events.insert(events.end(), arrival_names.begin(), arrival_names.end());
    coverage met("client", std::move(states), std::move(events));
    for (std::size_t state = 0; state < stands; ++state)
        for (std::size_t n = 0; n < static_cast<std::size_t>(arrival::late); ++n)
            if (state != static_cast<std::size_t>(stand::flying) && state != static_cast<std::size_t>(stand::renewing))
                met.declare_unreachable(state, counted_step_kinds + n, "an answer belongs to a flight that is out");
    return met;
}

run_report client_run(std::uint64_t steps, std::uint64_t seed, std::uint64_t each_pair, plant fault, coverage& met,
                      std::ostream& out)
{
    run_report report;
    std::vector<step> schedule;
    for (std::uint64_t episode = 1; report.steps < steps && report.violations == 0; ++episode) {
        settings s = settings_of(derived_seed(seed, episode), fault);
        // A share of what is wanted, so that the rare pairs are spread over the whole run.
        const std::uint64_t share = (each_pair + each_pair / 3) * report.steps / steps + 5;
        random_engine random(derived_seed(seed, ~episode));
        const stand goal = goal_of(met, share, random);
        if (random.happens(7, 8))
            lead_to(goal, wants(met, goal, share), s, random);
        generator generate(s, random.next(), goal, met, share);
        client_world world(s);
        world.tell_facts_to([&](const fact& f) {
            if (f.what == fact_kind::request_ended)
                met.count(static_cast<std::size_t>(world.stands()),
                          event_of(arrival_of(f, world.belongs_to_flight(f.request))));
        });
        schedule.clear();
        std::string broken;
        try {
            for (std::size_t left = generate.length(); left != 0 && world.clean(); --left) {
                const step next = generate.next(world);
                if (world.applies(next.what) && next.what != step_kind::restart)
                    met.count(static_cast<std::size_t>(world.stands()), static_cast<std::size_t>(next.what));
                schedule.push_back(next);
                ++report.steps;
                world.play(next);
            }
            if (world.clean())
                world.finish();
            broken = world.broken();
        } catch (const std::exception& e) {
            broken = std::string("thrown: ") + e.what();
        }
        report.facts += world.facts();
        report.clients += world.clients();
        report.hash = report.hash * 1099511628211U ^ world.hash();
        if (broken.empty())
            continue;
        ++report.violations;
        explain(s, schedule, broken, out);
    }
    return report;
}

} // namespace faceki::model
