// What a run counts: each waiter's own end, and everything that must not happen.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "support/crowd.hpp"

namespace faceki::crush {

/// Mistakes made on purpose, so that each check is seen to fail.
enum class plant {
    none,
    lost,    ///< one waiter's end is not counted
    twice,   ///< one waiter's end is counted twice
    overlap, ///< each request is counted again while it is answered
    early,   ///< tokens are booked with twice their lifetime, so that the next request looks early
    dead,    ///< some tokens are judged as if they had been asked for much later
    foreign, ///< some tokens are judged as if another client had given them
    stale,   ///< some tokens are judged as if they had been rejected before
    calm,    ///< tokens live so long that hardly anybody waits
    none_after_last
};
inline constexpr std::array<std::string_view, 9> plant_names{"none", "lost",    "twice", "overlap", "early",
                                                             "dead", "foreign", "stale", "calm"};

enum class fault {
    dead_token,     ///< handed out at or after its use_until
    foreign_token,  ///< of another client
    stale_token,    ///< of other credentials, or rejected before it was asked for
    no_answer,      ///< neither a token nor an error, or both
    overlapping,    ///< a request while another one was out
    not_permitted,  ///< a request while the last token lived, and nobody gave a reason
    impatient,      ///< a flight within the cool-down of a failed one
    too_many_tries, ///< more attempts in one flight than configured
    over_budget,    ///< more requests in an hour than configured
    wrong_counters, ///< stats() that do not add up
    restless,       ///< async_close() completed before the last handler
    none_after_last
};
inline constexpr std::array<std::string_view, 11> fault_names{"dead tokens handed out",
                                                              "tokens of another client handed out",
                                                              "tokens of other credentials or rejected ones handed out",
                                                              "answers with neither a token nor an error",
                                                              "requests while another one was out",
                                                              "requests before they were permitted",
                                                              "flights within a cool-down",
                                                              "attempts beyond those of a flight",
                                                              "requests beyond the budget",
                                                              "clients with wrong counters",
                                                              "clients at rest before their last handler"};

/// Thread safety: any thread, except where said otherwise.
class tally {
public:
    tally(std::size_t waiters, plant planted) : planted_(planted), endings_(waiters) {}

    /// A waiter's handler was called, or destroyed uncalled.
    void ends(std::size_t waiter, bool called) noexcept
    {
        auto& count = called ? endings_[waiter].called : endings_[waiter].dropped;
        int times = 1;
        if (waiter == endings_.size() / 2)
            times = planted_ == plant::lost ? 0 : planted_ == plant::twice ? 2 : 1;
        count.fetch_add(times);
        moved();
    }

    void blame(fault what, std::size_t times = 1) noexcept { faults_[static_cast<std::size_t>(what)] += times; }
    std::size_t blamed(fault what) const noexcept { return faults_[static_cast<std::size_t>(what)]; }
    bool blameless() const noexcept
    {
        for (const auto& count : faults_)
            if (count != 0)
                return false;
        return true;
    }

    /// Something happened: the run is not stuck.
    void moved() noexcept { moves_.fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t moves() const noexcept { return moves_.load(std::memory_order_relaxed); }

    plant planted() const noexcept { return planted_; }
    std::size_t size() const noexcept { return endings_.size(); }
    /// Of the waiters `first` … `first + count − 1`: those without an end.
    std::size_t without_end(std::size_t first, std::size_t count) const noexcept
    {
        std::size_t found = 0;
        for (std::size_t n = first; n < first + count; ++n)
            found += endings_[n].called + endings_[n].dropped == 0 ? 1U : 0U;
        return found;
    }
    std::size_t lost() const noexcept { return without_end(0, endings_.size()); }
    std::size_t twice() const noexcept
    {
        std::size_t found = 0;
        for (const auto& e : endings_)
            found += e.called + e.dropped > 1 ? 1U : 0U;
        return found;
    }
    std::size_t dropped() const noexcept
    {
        std::size_t found = 0;
        for (const auto& e : endings_)
            found += e.dropped != 0 ? 1U : 0U;
        return found;
    }

    std::atomic<std::size_t> tokens{0}; ///< waiters that got one
    std::atomic<std::size_t> thrown{0}; ///< handlers that threw

private:
    const plant planted_;
    std::vector<test::ending> endings_; ///< kept to the last: who ends twice may do so late
    std::array<std::atomic<std::size_t>, static_cast<std::size_t>(fault::none_after_last)> faults_{};
    std::atomic<std::uint64_t> moves_{0};
};

static_assert(fault_names.size() == static_cast<std::size_t>(fault::none_after_last));
static_assert(plant_names.size() == static_cast<std::size_t>(plant::none_after_last));

} // namespace faceki::crush
