// What an access_token points to: immutable once published.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <faceki/access_token.hpp>

#include "core/lifetime.hpp"
#include "refresh/holders.hpp"

namespace faceki {

struct token_data {
    static constexpr std::string_view scheme = "Bearer ";

    /// Throws std::bad_alloc.
    explicit token_data(std::string_view token);
    /// A copy for one thread, whose handles cost that thread no atomic instruction. Throws std::bad_alloc.
    token_data(const token_data& other, const thread_slots* owner);
    ~token_data(); ///< wipes the characters
    token_data(const token_data&) = delete;
    token_data& operator=(const token_data&) = delete;

    /// The first handle.
    static access_token handle(std::unique_ptr<const token_data> data) noexcept;
    /// One more holder.
    static access_token handle(const token_data& data) noexcept
    {
        data.holds.add();
        return access_token{&data};
    }
    /// The same, by the thread that `data` is biased to.
    static access_token own_handle(const token_data& data) noexcept
    {
        data.holds.add_own();
        return access_token{&data};
    }
    static const token_data* of(const access_token& token) noexcept { return token.data_; }

    std::string header;         ///< "Bearer <token>": value() is its tail, so both forms cost one buffer
    core::lifetime deadlines{}; ///< set before the first handle is made
    core::duration expires_in{};
    mutable holders holds;
};

} // namespace faceki
