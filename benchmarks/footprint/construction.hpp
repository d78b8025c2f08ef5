// How long a client's constructor takes.
#pragma once

#include <vector>

#include "harness/side_by_side.hpp"

namespace footprint {

/// `<name>/first`, in a process of its own, and `<name>/further`, another one beside it. Both trust the system's CAs.
std::vector<faceki::bench::reading> construction(const char* name);

/// What it starts in a process of its own: prints both times.
void construct();

} // namespace footprint
