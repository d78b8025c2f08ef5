// What an access_token points to: immutable once published.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <faceki/access_token.hpp>

#include "core/lifetime.hpp"

namespace faceki {

struct token_data {
    static constexpr std::string_view scheme = "Bearer ";

    explicit token_data(std::string_view token);
    ~token_data(); ///< wipes the characters
    token_data(const token_data&) = delete;
    token_data& operator=(const token_data&) = delete;

    static access_token handle(std::shared_ptr<const token_data> data) noexcept;

    std::string header;         ///< "Bearer <token>": value() is its tail, so both forms cost one buffer
    core::lifetime deadlines{}; ///< set before the first handle is made
    core::duration expires_in{};
};

} // namespace faceki
