// Breadth-first search to closure over four small worlds.
#include "model/exhaustive.hpp"

#include <algorithm>
#include <bit>
#include <iostream>
#include <optional>
#include <vector>

#include "model/exhaustive_events.hpp"

namespace faceki::model {
namespace {

constexpr std::size_t phases = 5;

/// Which states have been seen: an open table of positions in the list of them.
class state_set {
public:
    /// The state's position, and whether it is new.
    std::pair<std::uint32_t, bool> insert(const packed_state& state)
    {
        if (list.size() * 2 >= table_.size())
            grow();
        std::size_t place = hash(state) & (table_.size() - 1);
        while (table_[place] != none) {
            if (list[table_[place]] == state)
                return {table_[place], false};
            place = (place + 1) & (table_.size() - 1);
        }
        table_[place] = static_cast<std::uint32_t>(list.size());
        list.push_back(state);
        return {table_[place], true};
    }

    std::vector<packed_state> list;

private:
    static constexpr std::uint32_t none = 0xffffffff;

    static std::size_t hash(const packed_state& state) noexcept
    {
        const auto words = std::bit_cast<std::array<std::uint64_t, sizeof(packed_state) / 8>>(state);
        std::uint64_t h = 0;
        for (const std::uint64_t word : words) {
            h = (h ^ word) * 0x9e3779b97f4a7c15U;
            h ^= h >> 29;
        }
        return h;
    }

    void grow()
    {
        table_.assign(std::max<std::size_t>(table_.size() * 2, 1024), none);
        for (std::size_t n = 0; n < list.size(); ++n) {
            std::size_t place = hash(list[n]) & (table_.size() - 1);
            while (table_[place] != none)
                place = (place + 1) & (table_.size() - 1);
            table_[place] = static_cast<std::uint32_t>(n);
        }
    }

    std::vector<std::uint32_t> table_;
};

class search {
public:
    explicit search(const core::machine_policy& policy) : policy_(policy) {}

    void run()
    {
        reach(*pack(small_world(policy_), packed_now), 0, small_event::a_tick_passes);
        for (std::uint32_t n = 0; n < found_.list.size() && broken.size() < most_told; ++n) {
            const packed_state bytes = found_.list[n]; // the list grows
            small_world world = unpack(bytes, policy_);
            ++per_phase[static_cast<std::size_t>(world.machine.phase())];
            if (pack(world, packed_now) != bytes)
                note("a state is not what was packed", n, {});
            if (const char* wrong = judge(world))
                note(wrong, n, {});
            else
                expand(n, bytes, world);
        }
    }

    std::size_t states() const noexcept { return found_.list.size(); }

    /// A property that is broken, and the shortest way there.
    struct finding {
        const char* what;
        std::vector<small_event> way;
    };

    std::uint64_t transitions = 0;
    std::array<std::uint64_t, phases> per_phase{};
    std::array<std::uint64_t, small_events> per_event{};
    std::vector<finding> broken;

private:
    static constexpr std::size_t most_told = 10;

    void expand(std::uint32_t from, const packed_state& bytes, const small_world& before)
    {
        for (std::size_t e = 0; e < small_events; ++e) {
            const auto event = static_cast<small_event>(e);
            small_world world = before;
            const small_step step = take(world, event);
            if (!step.possible)
                continue;
            ++transitions;
            ++per_event[e];
            const std::optional<packed_state> after = pack(world, step.now);
            if (step.broken)
                note(step.broken, from, event);
            else if (!after)
                note("an instant or a count that no policy leads to", from, event);
            else if (step.same && after != bytes)
                note("the result of an older flight changes something", from, event);
            else
                reach(*after, from, event);
        }
    }

    void reach(const packed_state& state, std::uint32_t from, small_event by)
    {
        if (found_.insert(state).second)
            came_.push_back({from, by});
    }

    void note(const char* what, std::uint32_t where, std::optional<small_event> then)
    {
        finding f{what, {}};
        if (then)
            f.way.push_back(*then);
        for (; where != 0; where = came_[where].from)
            f.way.push_back(came_[where].by);
        std::reverse(f.way.begin(), f.way.end());
        broken.push_back(std::move(f));
    }

    struct origin {
        std::uint32_t from;
        small_event by;
    };

    core::machine_policy policy_;
    state_set found_;
    std::vector<origin> came_;
};

/// Pauses of one and two ticks, and of two and three for rejected credentials; forced renewals two, four and five ticks
/// apart.
core::machine_policy small_policy()
{
    core::machine_policy policy;
    policy.flight_deadline = 2 * tick;
    policy.lifetime.max_uncertainty = tick;
    policy.cooldown = {.initial = tick, .factor = 2.0, .longest = 2 * tick, .spread = 0.0};
    policy.rejected = {.initial = 2 * tick, .factor = 2.0, .longest = 3 * tick, .spread = 0.0};
    policy.forced_shortest = 2 * tick;
    policy.forced_longest = 5 * tick;
    policy.longest_watch = 2 * tick;
    policy.longest_warm_lead = tick;
    return policy;
}

int explore(std::string_view name, const core::machine_policy& policy)
{
    search s(policy);
    s.run();
    std::cout << "exhaustive: " << name << ": states=" << s.states() << " transitions=" << s.transitions;
    for (std::size_t p = 0; p < phases; ++p)
        std::cout << ' ' << static_cast<core::phase>(p) << '=' << s.per_phase[p];
    std::cout << '\n';
    for (const auto& [what, way] : s.broken) {
        std::cout << "broken: " << what << ", after:\n";
        for (const small_event event : way)
            std::cout << "  " << name_of(event) << '\n';
    }
    return static_cast<int>(s.broken.size());
}

} // namespace

int exhaustive()
{
    int violations = 0;
    core::machine_policy policy = small_policy();
    violations += explore("default", policy);
    policy.refresh_ahead = tick;
    violations += explore("refresh_ahead", policy);
    policy.prewarm = false;
    policy.refresh_ahead = {};
    policy.lifetime.safety_margin = tick;
    violations += explore("safety margin, no pre-warm", policy);
    policy.lifetime.safety_margin = small_lifetime;
    violations += explore("no token lives", policy);
    std::cout << "exhaustive: violations=" << violations << '\n';
    return violations;
}

} // namespace faceki::model
