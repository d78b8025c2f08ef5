// Instants and durations of the pure core: values only, nobody here reads a clock.
#pragma once

#include <chrono>

#include <faceki/time.hpp>

namespace faceki::core {

using instant = boot_clock::time_point;
using duration = boot_clock::duration;

} // namespace faceki::core
