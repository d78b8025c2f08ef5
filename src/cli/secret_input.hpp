// Where the tool's credentials come from: the environment, a file, stdin. Never the command line, which everybody can
// read.
#pragma once

#include <optional>
#include <string>

#include <faceki/token_source.hpp>

#include "cli/interrupts.hpp"

namespace faceki::cli {

/// Until when a secret is waited for, and what ends the wait before.
struct patience {
    std::optional<boot_clock::time_point> until; ///< empty = for ever
    interrupts& signals;
};

/// FACEKI_CLIENT_ID, and the secret from `secret_file` ("-" = stdin) or, if that is empty, FACEKI_CLIENT_SECRET.
///
/// The variable's memory is overwritten. One line end at the end of a file is not part of the secret; more than 64 KiB
/// are refused. Throws token_error: invalid_config with a message that says what to set, timed_out,
/// operation_canceled.
credentials read_credentials(const std::string& secret_file, const patience& wait);

} // namespace faceki::cli
