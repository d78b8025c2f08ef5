// stdin, stdout and stderr as a program that prints secrets has to treat them.
#pragma once

#include <string_view>
#include <system_error>

namespace faceki::cli {

/// First thing in main(): a standard descriptor that the caller closed is occupied, so that no socket gets its number
/// and then what was meant for stdout; and writing to a pipe whose reader left is an error, not the end of the process.
void prepare_standard_streams() noexcept;

/// Whether writing to `fd` can work at all, as far as can be known without writing.
std::error_code probe_output(int fd) noexcept;

/// Writes all of it, or says why not. Nothing of it is kept in a buffer.
std::error_code write_all(int fd, std::string_view text) noexcept;

} // namespace faceki::cli
