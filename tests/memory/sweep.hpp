// Plays a scenario again and again, each time with another allocation that fails.
#pragma once

#include <functional>
#include <string_view>

#include "memory/scene.hpp"

namespace faceki::test {

/// Without and with log and observer, and in both kinds of shortage (over sockets only one allocation fails): the first
/// allocation fails, the second …, until the operation makes so many no more. `play` gets a scene, makes its client,
/// and calls scarce() once; the rest is checked here. Says how many allocations failed, and whose. Returns that number.
std::size_t sweep(std::string_view scenario, const std::function<void(scene&)>& play);

} // namespace faceki::test
