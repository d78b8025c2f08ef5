// The table: each step, each way it fails, and all that must come of it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sweep/rig.hpp"

namespace faceki_test::sweep {

/// diagnostics::cause, with OpenSSL's packed codes reduced to their reason. No category = no cause.
struct cause {
    std::string category;
    int value = 0;

    bool operator==(const cause&) const = default;
};
cause cause_of(const std::error_code& code);

/// One row: what happens in each attempt, and what the library promises then.
struct cell {
    const char* step;
    const char* way;
    const char* how;
    fault meets;

    faceki::errc error;
    cause why;
    faceki::failure_kind kind;
    int status;                 ///< diagnostics::http_status
    std::chrono::seconds limit; ///< the documented limit that ends each attempt; 0 = it fails by itself
    int requests;               ///< that one attempt costs
    int whole;                  ///< of those, how many the endpoint reads to the end
    int attempts_of_3;          ///< made when three are allowed
    std::chrono::milliseconds cool_down_from{800}; ///< 1 s ± 20 %
    std::chrono::milliseconds cool_down_to{1200};
};

std::span<const cell> table();

/// What came of a flight in which every attempt met the cell's fault, and of the calls after it.
struct observed {
    std::error_code error;
    cause why;
    faceki::failure_kind kind{};
    int status = 0;
    std::string message;
    int attempts = 0;      ///< diagnostics
    int requests_told = 0; ///< diagnostics
    int requests = 0;      ///< stats
    int whole = 0;         ///< the endpoint's own count
    std::uint64_t flights = 0;
    std::uint64_t retries = 0;

    std::vector<duration> limits; ///< of each attempt that ended by the clock: from its start to its alarm
    bool waited = true;           ///< … and 1 ms before that all of them still waited
    bool on_time = true;          ///< … and all of them had ended at that instant
    bool in_step = true;          ///< … and their time is told as that of the step they waited in
    std::vector<duration> pauses; ///< before the second and third attempt
    duration took{};              ///< from the call to its end

    duration cool_down{};       ///< from the end to retry_at
    bool refused_alike = false; ///< a call 1 ms before retry_at gets the same error at once
    int requests_refused = 0;   ///< that it cost
    bool next_call_works = false;
    int next_requests = 0;    ///< of that next call, by the client's count
    int next_at_endpoint = 0; ///< by the kit's endpoint's own
    int next_connections = 0; ///< that the kit's endpoint accepted for it
};

/// Plays it. Nothing of the cell's right half is looked at.
observed observe(const cell& row, int max_attempts, int newest_tls = 0);

/// What differs from the row's promise; empty = nothing.
std::vector<std::string> differences(const cell& row, int max_attempts, const observed& seen);

/// One line.
std::string to_text(const cell& row, int max_attempts, const observed& seen);

} // namespace faceki_test::sweep
