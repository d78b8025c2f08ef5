// How many requests left in the last hour and on this UTC day, and whether one more may.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/instant.hpp"

namespace faceki::core {

using wall_instant = std::chrono::system_clock::time_point;

struct budget_limits { ///< 0 = none
    std::uint64_t soft_per_hour = 0;
    std::uint64_t hard_per_hour = 0;
    std::uint64_t soft_per_day = 0;
    std::uint64_t hard_per_day = 0;

    bool operator==(const budget_limits&) const = default;
};

/// What a request has changed; of two things that it changed the graver one.
enum class budget_news : std::uint8_t {
    nothing,
    soft_limit, ///< one more than a soft limit; again only after the count was below that limit
    hard_limit, ///< it was the last one that a hard limit permits for now
};

/// O(1), or O(60) where minutes are added up; allocates nothing. Thread safety: none.
///
/// The hour rolls, by the instant clock, in minutes of that clock: a request counts for more than 60 minutes and at
/// most 61, so that never more than the limit leaves in any 60 minutes.
///
/// The day is the wall clock's UTC day, and a request belongs to the day it was counted under. Today's count takes in
/// what was counted under a later day: a clock that ran ahead and is put right brings no second allowance, nor does
/// one that goes to and fro. A clock that was behind forgets, when put right, what it counted under the earlier day,
/// as at any midnight. A count is forgotten once its day has had no request for 25 hours of the instant clock, so
/// that an hour in the year 2099 does not weigh on all days to come.
class budget {
public:
    explicit budget(const budget_limits& limits) noexcept : limits_(limits) {}

    /// A request leaves. Counted even if blocked_until() forbade it.
    budget_news on_request(instant now, wall_instant wall) noexcept;

    /// Before this instant no request may leave (hard limit); nullopt = one may leave now. Ask again then: after a
    /// jump of the wall clock the next day may begin with a count.
    std::optional<instant> blocked_until(instant now, wall_instant wall) const noexcept;

    std::uint64_t last_hour(instant now) const noexcept;
    /// As of the last request, where counts are forgotten with time.
    std::uint64_t today(wall_instant wall) const noexcept;

private:
    struct day_count {
        std::int64_t day = 0;
        std::uint64_t requests = 0; ///< 0 = the place is free
        instant last{};
    };

    /// The soft limit's memory, so that a count that moves around it is told once.
    struct soft_watch {
        bool told = false;
        bool passed(std::uint64_t before, std::uint64_t limit) noexcept;
    };

    static constexpr std::int64_t minutes_counted = 61; // the running one, and 60 whole ones

    std::uint64_t& minute(std::int64_t number) noexcept;
    std::uint64_t minute(std::int64_t number) const noexcept;
    void begin_minute(std::int64_t number) noexcept;
    void forget_old_days(instant now) noexcept;
    day_count& place_of(std::int64_t day) noexcept;
    instant hour_frees(instant now) const noexcept;

    budget_limits limits_;
    std::array<std::uint64_t, minutes_counted> minutes_{}; ///< a ring; minutes_[n mod 61] is minute n's
    std::int64_t newest_minute_ = duration::min().count() / 60'000'000'000; ///< before all that can come
    std::array<day_count, 4> days_{}; ///< more than two are in use only after jumps of the wall clock
    soft_watch hour_watch_;
    soft_watch day_watch_;
};

} // namespace faceki::core
