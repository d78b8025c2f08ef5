// The least that an asio::awaitable can cost: a child coroutine that has its value at hand.
#pragma once

#include <string>
#include <utility>

#include <asio/awaitable.hpp>

namespace faceki::bench {

inline asio::awaitable<const std::string*> child_coroutine(const std::string& value)
{
    co_return &value;
}

} // namespace faceki::bench
