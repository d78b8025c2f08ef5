// Text that came from outside (arguments, the system, the server), made fit for a terminal or for JSON.
#pragma once

#include <string>
#include <string_view>

namespace faceki::cli {

/// Control characters as \xNN, so that no text can forge a line or drive a terminal. What is not UTF-8 is written like
/// that too.
std::string printable(std::string_view text);

/// Appends `text` as a JSON string, quotes included. It must be UTF-8, as what printable() returns is.
void append_json_string(std::string& out, std::string_view text);

} // namespace faceki::cli
