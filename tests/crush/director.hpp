// Lets clients live and end, one after the other, and adds up what they counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "crush/joiner.hpp"
#include "crush/pulse.hpp"
#include "crush/run.hpp"

namespace faceki::crush {

/// Of all clients together.
struct totals {
    std::size_t lives = 0;
    std::array<std::size_t, static_cast<std::size_t>(finish::none_after_last)> finishes{};
    std::size_t requests = 0; ///< by the endpoint's count
    std::size_t early = 0;    ///< flights that began while a token lived, each for a reason
    std::uint64_t flights = 0;
    std::uint64_t tokens = 0;
    std::uint64_t retries = 0;
    std::uint64_t failures = 0;
    std::uint64_t queued = 0; ///< waiters that really waited for a flight
    std::uint64_t cancelled = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t refused = 0;
};

/// Thread safety: none.
class director {
public:
    director(const options& chosen, tally& counts, pulse& time);

    /// One more client, for some of the waiters that are left. False if there are none.
    bool next();
    /// Until each waiter that is still there has ended.
    void finish_all() { joiners_.clear(); }

    const totals& sum() const noexcept { return sum_; }

private:
    void start_callers(const std::shared_ptr<life>& l);
    void end(life& l);
    void end_in_peace(life& l);
    void end_by_handler(life& l);
    void let_callers_die(life& l);
    void leave_home(life& l, std::optional<test::running_context>& where);
    void add_up(const stats& s);
    void check(const stats& s);

    const options chosen_;
    tally& counts_;
    pulse& time_;
    dice dice_;
    std::vector<std::unique_ptr<joiner>> joiners_;
    std::size_t called_ = 0; ///< waiters that were given to a client
    totals sum_;
};

} // namespace faceki::crush
