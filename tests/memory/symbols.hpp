// Names of this program's functions by address, without memory: what dladdr() cannot tell of hidden symbols.
#pragma once

#include <cstdint>
#include <string>

namespace faceki::test {

/// Reads the program's symbol table; called once, before function_around(). Throws std::runtime_error if it was
/// stripped.
void load_symbols();

/// The linker's name of the function that a call returns into; "" if it lies in a shared library. Allocates nothing.
const char* function_around(const void* return_address) noexcept;

/// As a person would write it.
std::string readable(const char* mangled);
/// The same without arguments and template arguments.
std::string short_name(const char* mangled);

} // namespace faceki::test
