// What a token of these tests says about itself: whoever gets one can judge it without asking anybody.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <faceki/time.hpp>

namespace faceki::crush {

/// Of "17" 17.
inline std::uint64_t number_in(std::string_view digits)
{
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

struct token_text {
    std::uint64_t life = 0;       ///< which client asked for it
    std::uint64_t number = 0;     ///< grows with each grant of that client
    std::uint64_t generation = 0; ///< of the credentials it was asked for with
    std::int64_t returned = 0;    ///< when the source gave it: its outcome was fixed no sooner
    std::int64_t latest_end = 0;  ///< no use_until may be later

    std::string text() const
    {
        return std::to_string(life) + '.' + std::to_string(number) + '.' + std::to_string(generation) + '.' +
               std::to_string(returned) + '.' + std::to_string(latest_end);
    }

    static token_text parse(std::string_view text)
    {
        std::array<std::int64_t, 5> parts{};
        for (std::int64_t& part : parts) {
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
            text.remove_prefix(static_cast<std::size_t>(end - text.data()));
            if (!text.empty())
                text.remove_prefix(1);
        }
        return {static_cast<std::uint64_t>(parts[0]), static_cast<std::uint64_t>(parts[1]),
                static_cast<std::uint64_t>(parts[2]), parts[3], parts[4]};
    }
};

inline std::int64_t ticks(boot_clock::time_point t)
{
    return t.time_since_epoch().count();
}

} // namespace faceki::crush
