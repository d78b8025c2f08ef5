// Packing: one function names all members, in both directions.
#include "model/exhaustive_state.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

namespace faceki::model {
namespace {

using core::duration;
using core::instant;

/// The machine's members in their order.
struct machine_image {
    core::machine_policy policy;
    core::phase phase;
    std::uint64_t last_flight;
    flight_cause cause;
    instant flight_deadline;
    core::lifetime current;
    instant retry_at;
    instant not_before;
    unsigned failures;
    unsigned rejections;
    enum class quiet_step : std::uint8_t {} quiet;
    instant watch_from;
    instant warm_at;
    instant renew_from;
    bool forced;
    bool current_was_forced;
    instant next_forced;
    duration forced_interval;
};

// Standard layout with the same types in the same order: the language promises the same layout. Which of two members
// of the same type is which makes no difference here: they are packed alike.
static_assert(std::is_standard_layout_v<core::token_machine> && std::is_standard_layout_v<machine_image>);
#ifdef __cpp_lib_is_layout_compatible
static_assert(std::is_layout_compatible_v<core::token_machine, machine_image>);
#endif

constexpr std::uint64_t last_number = 7;
constexpr unsigned most_counted = 2; // the third failure in a row has the pause of the second in all small worlds
constexpr duration half = tick / 2;
constexpr duration oldest_start = -4 * tick; // a flight's start tells nothing more beyond a token's lifetime

class packer {
public:
    explicit packer(instant now) noexcept : now_(now) {}

    void number(std::int64_t value)
    {
        fits = fits && value >= -128 && value <= 127;
        bytes.at(used_++) = static_cast<std::int8_t>(value);
    }
    void take(instant& when, duration oldest = -half)
    {
        const duration from_now = when < now_ + oldest ? oldest : when - now_;
        fits = fits && from_now % half == duration{0};
        number(from_now / half);
    }
    void take(duration& value) { number(value / half); }
    void take(unsigned& count) { number(std::min(count, most_counted)); }
    void take(bool& value) { number(value); }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void take(Enum& value) { number(static_cast<std::int64_t>(value)); }
    void take(std::int8_t& value) { number(value); }

    packed_state bytes{};
    bool fits = true;

private:
    instant now_;
    std::size_t used_ = 0;
};

class unpacker {
public:
    explicit unpacker(const packed_state& bytes) noexcept : bytes_(bytes) {}

    std::int8_t number() { return bytes_.at(used_++); }
    void take(instant& when, duration = {}) { when = packed_now + number() * half; }
    void take(duration& value) { value = number() * half; }
    void take(unsigned& count) { count = static_cast<unsigned>(number()); }
    void take(bool& value) { value = number() != 0; }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void take(Enum& value) { value = static_cast<Enum>(number()); }
    void take(std::int8_t& value) { value = number(); }

private:
    const packed_state& bytes_;
    std::size_t used_ = 0;
};

template <class Way>
void visit(Way& way, machine_image& m)
{
    way.take(m.phase);
    if (m.phase != core::phase::flying && m.phase != core::phase::renewing)
        m.cause = {}; // nobody reads it until the next flight
    way.take(m.cause);
    way.take(m.flight_deadline);
    way.take(m.current.use_until);
    way.take(m.current.regenerate_after);
    way.take(m.retry_at);
    way.take(m.not_before);
    way.take(m.failures);
    way.take(m.rejections);
    way.take(m.quiet);
    way.take(m.watch_from);
    way.take(m.warm_at);
    way.take(m.renew_from);
    way.take(m.forced);
    way.take(m.current_was_forced);
    way.take(m.next_forced);
    way.take(m.forced_interval);
}

template <class Way, class Member>
bool present(Way& way, std::optional<Member>& member)
{
    bool there = member.has_value();
    way.take(there);
    if (there && !member)
        member.emplace();
    return there;
}

template <class Way>
void visit(Way& way, seen& s)
{
    if (present(way, s.token)) {
        way.take(s.token->use_until);
        way.take(s.token->regenerate_after);
        way.take(s.token->renew_from);
        way.take(s.token->watch_from);
        way.take(s.token->warm_at);
        way.take(s.token->came_of_rejection);
    }
    if (present(way, s.flight)) {
        way.take(s.flight->started, oldest_start);
        way.take(s.flight->deadline);
        way.take(s.flight->cause);
    }
    way.take(s.rejected);
    way.take(s.closed);
    way.take(s.last_failed);
    way.take(s.quiet);
    way.take(s.failures);
    way.take(s.rejections);
    way.take(s.forced_interval);
    way.take(s.next_forced);
    way.take(s.retry_at);
    way.take(s.not_before);
}

template <class Way>
void visit(Way& way, machine_image& machine, small_world& world)
{
    visit(way, machine);
    visit(way, world.account.now_known);
    for (waits& w : world.waiters)
        way.take(w);
    way.take(world.kept_fresh);
    way.take(world.token);
}

machine_image image_of(const core::token_machine& machine) noexcept
{
    return std::bit_cast<machine_image>(machine);
}

} // namespace

bool small_world::anyone_waits() const noexcept
{
    return std::any_of(waiters.begin(), waiters.end(), [](waits w) { return w != waits::not_at_all; });
}

std::optional<packed_state> pack(const small_world& world, instant now)
{
    small_world copy = world;
    std::sort(copy.waiters.begin(), copy.waiters.end());
    machine_image image = image_of(copy.machine);
    packer way(now);
    visit(way, image, copy);
    return way.fits ? std::optional{way.bytes} : std::nullopt;
}

small_world unpack(const packed_state& bytes, const core::machine_policy& policy)
{
    small_world world(policy);
    machine_image image = image_of(world.machine);
    unpacker way(bytes);
    visit(way, image, world);
    image.last_flight = world.account.now_known.last_number = last_number;
    world.machine = std::bit_cast<core::token_machine>(image);
    return world;
}

} // namespace faceki::model
