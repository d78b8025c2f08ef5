// Episodes: settings and a schedule, both made by the seed; played, counted, and made short if they fail.
#include "model/client_run.hpp"

#include <array>
#include <exception>
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
    "answer: granted",  "answer: not sent", "answer: lost",           "answer: refused",
    "answer: rejected", "answer: threw",    "answer: of no flight",   "ends by its cancellation"};

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

constexpr std::array<std::uint32_t, step_kinds> base_weights = {
    20, 8, 10, 8, 30, 20, // call … run_all
    12, 14, 14, 2, 2,     // time
    8, 5, 2, 3, 2,        // peek … set_credentials
    2, 2, 12,             // keep_fresh … reply
    1, 1, 1, 1, 1, 0};    // ends

bool ends_client(step_kind kind)
{
    return kind == step_kind::close || kind == step_kind::async_close || kind == step_kind::destroy ||
           kind == step_kind::client_context_dies;
}

/// Each episode prefers other steps, so that all of them meet in many ways.
class generator {
public:
    generator(const settings& s, std::uint64_t seed) : long_lived_(s.long_lived), random_(seed)
    {
        for (std::size_t k = 0; k < step_kinds; ++k) {
            weights_[k] = base_weights[k] * random_.one_of(std::array<std::uint32_t, 5>{0, 1, 1, 1, 4});
            if (long_lived_ && ends_client(static_cast<step_kind>(k)))
                weights_[k] = 0;
        }
        weights_[static_cast<std::size_t>(step_kind::run_all)] += 5;
    }

    std::size_t length() { return 100 + random_.below(300); }

    step next(const client_world& world, const coverage& met, std::uint64_t each_pair)
    {
        step_kind kind = world.closed() && random_.happens(1, 5) ? step_kind::restart : likely();
        if (random_.happens(1, 3)) // one that this state has not met often enough
            for (int tries = 0; tries < 3; ++tries) {
                const auto other = static_cast<step_kind>(random_.below(counted_step_kinds));
                if (met.at(static_cast<std::size_t>(world.stands()), static_cast<std::size_t>(other)) < each_pair &&
                    world.applies(other) && !(long_lived_ && ends_client(other))) {
                    kind = other;
                    break;
                }
            }
        return {kind, static_cast<std::uint32_t>(random_.next() >> 33), random_.next() >> 1};
    }

private:
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
    schedule = shrink(std::move(schedule), [&](const std::vector<step>& shorter) { return play(s, shorter) == broken; });
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

client_report client_run(std::uint64_t steps, std::uint64_t seed, std::uint64_t each_pair, plant fault, coverage& met,
                         std::ostream& out)
{
    client_report report;
    std::vector<step> schedule;
    for (std::uint64_t episode = 1; report.steps < steps && report.violations == 0; ++episode) {
        const settings s = settings_of(derived_seed(seed, episode), fault);
        generator generate(s, derived_seed(seed, ~episode));
        client_world world(s);
        world.tell_facts_to([&](const fact& f) {
            if (f.what == fact_kind::request_ended)
                met.count(static_cast<std::size_t>(world.stands()),
                          counted_step_kinds +
                              static_cast<std::size_t>(arrival_of(f, world.belongs_to_flight(f.request))));
        });
        schedule.clear();
        std::string broken;
        try {
            for (std::size_t left = generate.length(); left != 0 && world.clean(); --left) {
                // A share of what is wanted, so that the rare pairs are spread over the whole run.
                const std::uint64_t wanted = (each_pair + each_pair / 4) * report.steps / steps + 5;
                const step next = generate.next(world, met, wanted);
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
