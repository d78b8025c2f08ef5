// What the pure machine may and must do, as properties of what was seen from outside: events, decisions and instants.
#pragma once

#include <cstdint>
#include <optional>

#include "core/token_machine.hpp"

namespace faceki::model {

/// The token that was published last.
struct seen_token {
    core::instant use_until{};
    core::instant regenerate_after{};
    core::instant renew_from{}; ///< regenerate_after, or the permitted lead before it
    core::instant watch_from{};
    core::instant warm_at{};
    bool came_of_rejection = false; ///< it replaced a rejected one
};

struct seen_flight {
    core::instant started{};
    core::instant deadline{};
    flight_cause cause{};
};

/// The next step of what happens around a token's end.
enum class next_quiet : std::uint8_t { nothing, watch, warm, ahead };

/// All that the properties need to remember of the events so far.
struct seen {
    std::optional<seen_token> token{}; ///< of these credentials, alive or not, rejected or not
    std::optional<seen_flight> flight{};
    bool rejected = false;    ///< the token was rejected, and no other one has come since
    bool closed = false;      ///< for good
    bool last_failed = false; ///< the last flight brought no token
    next_quiet quiet = next_quiet::nothing;
    unsigned failures = 0;   ///< in a row, of these credentials
    unsigned rejections = 0; ///< of the credentials, in a row
    core::duration forced_interval{0};
    core::instant next_forced = core::instant::min();
    core::instant retry_at = core::instant::min();
    core::instant not_before = core::instant::min();
    std::uint64_t last_number = 0;
};

/// Takes every event with the machine's decision. What is wrong with it comes back as a sentence, or nullptr: the
/// decision is one that the properties permit, and the only one. Thread safety: none. Allocates nothing.
class pure_account {
public:
    explicit pure_account(const core::machine_policy& policy) noexcept : policy_(policy) {}

    seen now_known;

    const char* called(const core::decision& d, core::instant now) noexcept;
    const char* woken(const core::decision& d, core::instant now, bool wanted) noexcept;
    /// `listening`: next_quiet_wake() named an instant before.
    const char* quietly_woken(const core::decision& d, core::instant now, bool used, bool listening) noexcept;
    const char* granted(const core::decision& d, std::uint64_t flight, core::instant sent, core::instant received,
                        core::duration expires_in, core::instant now) noexcept;
    const char* failed(const core::decision& d, std::uint64_t flight, core::failure how, core::instant now,
                       core::duration at_least) noexcept;
    const char* invalidated(bool dropped, core::instant now) noexcept;
    const char* renewed(const core::decision& d, core::instant now) noexcept;
    const char* new_credentials(const core::decision& d, core::instant now, bool wanted) noexcept;
    void blocked_until(core::instant when) noexcept { now_known.not_before = when; }
    void closed() noexcept;

    /// Between events: what the machine says of itself, and what copies of it would do next.
    const char* standing(const core::token_machine& machine, core::instant now, bool wanted) const noexcept;
    /// Somebody waits: whether time alone, with a source that is silent, completes the wait, and soon enough.
    const char* waiting_ends(const core::token_machine& machine, core::instant now) const noexcept;

    bool token_lives(core::instant now) const noexcept;

private:
    core::instant permitted_from() const noexcept;
    const char* departed(const core::decision& d, core::instant now) noexcept;
    const char* ended_without_token(const core::decision& d, core::instant now, core::failure how,
                                    core::duration at_least) noexcept;
    const char* wakes(const core::token_machine& machine, core::instant now, bool wanted) const noexcept;
    const char* quiet_wakes(const core::token_machine& machine, core::instant now) const noexcept;
    const char* forcing(const core::token_machine& machine, core::instant now) const noexcept;

    core::machine_policy policy_;
};

} // namespace faceki::model
