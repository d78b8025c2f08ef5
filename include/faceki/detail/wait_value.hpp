// What a coroutine that waited gets of its flight's outcome. Not for users.
#pragma once

#include <faceki/detail/token_core.hpp>
#include <faceki/token_result.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

template <class T>
struct wait_value;

template <>
struct wait_value<access_token> {
    static access_token of(const outcome_ptr& how)
    {
        if (how->error)
            throw token_error(how->error, how->details);
        return how->token;
    }
};

template <>
struct wait_value<token_result> {
    static token_result of(const outcome_ptr& how) { return token_result(how); }
};

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
