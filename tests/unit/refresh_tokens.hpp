// Tokens for the tests of refresh_*.cpp.
#pragma once

#include <malloc.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "refresh/token_data.hpp"

namespace faceki::test {

using namespace std::chrono_literals;

/// Live for an hour of the system's clock: most reads take the shortest way.
inline access_token lasting(std::string_view value)
{
    auto data = std::make_unique<token_data>(value);
    data->deadlines.use_until = boot_clock::now() + 1h;
    return token_data::handle(std::move(data));
}

/// One that a leak shows by: 60,000 characters, the first of them the number's.
inline access_token big(int number)
{
    return lasting(std::to_string(number) + std::string(60'000, 'x'));
}

/// False, too, for one that was freed: that is wiped.
inline bool is_big(const access_token& token, int number)
{
    const std::string begin = std::to_string(number) + 'x';
    return token.value().starts_with(begin) && token.value().ends_with('x');
}

/// What is allocated since this was made, if it is as much as a token.
class heap_watch {
public:
    bool has_grown() const { return ::mallinfo2().uordblks > before_ + 30'000; }

private:
    std::size_t before_ = ::mallinfo2().uordblks;
};

} // namespace faceki::test
