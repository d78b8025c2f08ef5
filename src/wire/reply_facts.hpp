// What the body of a token reply says, key by key, before anything is concluded from it. Private to this room; knows no
// JSON parser.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "wire/ascii.hpp"
#include "wire/decimal_seconds.hpp"

namespace faceki::wire {

inline constexpr std::chrono::milliseconds longest_lifetime = std::chrono::hours{24 * 365 * 10};

/// The values that are read, by where they stand.
enum class slot : std::uint8_t {
    other,
    root,
    response_code,
    status,
    status_code,
    message,
    error,
    errors,
    data,
    client_secret,
    access_token,
    expires_in,
    token_type,
    data_error,
    error_message,
    data_error_message,
    first_error, ///< errors[0]
    first_error_message,
    count
};

/// What the key `key` means inside `parent`.
constexpr slot slot_of(slot parent, std::string_view key) noexcept
{
    switch (parent) {
    case slot::root:
        if (key == "data")
            return slot::data;
        if (key == "responseCode")
            return slot::response_code;
        if (key == "status")
            return slot::status;
        if (key == "statusCode")
            return slot::status_code;
        if (key == "message")
            return slot::message;
        if (key == "error")
            return slot::error;
        if (key == "errors")
            return slot::errors;
        if (key == "clientSecret")
            return slot::client_secret;
        return slot::other;
    case slot::data:
        if (key == "access_token")
            return slot::access_token;
        if (key == "expires_in")
            return slot::expires_in;
        if (key == "token_type")
            return slot::token_type;
        if (key == "error")
            return slot::data_error;
        return slot::other;
    case slot::error:
        return key == "message" ? slot::error_message : slot::other;
    case slot::data_error:
        return key == "message" ? slot::data_error_message : slot::other;
    case slot::first_error:
        return key == "message" ? slot::first_error_message : slot::other;
    default:
        return slot::other;
    }
}

enum class kind : std::uint8_t { object, array, string, number, true_literal, false_literal, null_literal };

struct json_value {
    kind what;
    std::string_view text;    ///< of a string, unescaped; of a number, as it stands there
    std::size_t elements = 0; ///< of an object or array
};

/// What a reply says, before anything is concluded from it. Views point into the body or the reader's buffer.
struct facts {
    std::uint32_t seen = 0; ///< one bit per slot
    bool repeated = false;  ///< a slot was filled twice
    std::size_t root_keys = 0;
    bool status_false = false;
    bool error = false;
    bool response_code_bad = false;
    bool token_type_bad = false;
    bool lifetime_given = false;
    std::optional<std::chrono::milliseconds> lifetime;
    std::optional<std::int64_t> response_code;
    std::optional<std::int64_t> status_code;
    std::string_view token;
    std::array<std::string_view, 5> messages; ///< in order of preference

    bool has(slot s) const noexcept { return (seen >> static_cast<unsigned>(s) & 1U) != 0; }
    void mark(slot s) noexcept
    {
        if (s == slot::other)
            return;
        repeated = repeated || has(s);
        seen |= 1U << static_cast<unsigned>(s);
    }
    void note(slot, const json_value&) noexcept;
};
static_assert(static_cast<unsigned>(slot::count) <= 32);

inline std::optional<std::int64_t> to_integer(const json_value& value) noexcept
{
    std::int64_t number = 0;
    const char* const end = value.text.data() + value.text.size();
    if (value.what != kind::number)
        return std::nullopt;
    const auto [stopped, error] = std::from_chars(value.text.data(), end, number);
    if (error != std::errc{} || stopped != end)
        return std::nullopt; // 1.0 and 1e0 stop early: not how a code is written
    return number;
}

inline bool is_bearer(const json_value& value) noexcept
{
    return value.what == kind::string && equal_ignoring_case(value.text, "bearer");
}

inline std::optional<std::chrono::milliseconds> to_lifetime(const json_value& value) noexcept
{
    if (value.what != kind::number && value.what != kind::string)
        return std::nullopt;
    const decimal number = split_decimal(value.text);
    if (value.what == kind::string && !is_plain_decimal(number))
        return std::nullopt;
    return to_milliseconds(number, longest_lifetime);
}

inline void facts::note(slot where, const json_value& value) noexcept
{
    const bool is_null = value.what == kind::null_literal;
    const bool is_container = value.what == kind::object || value.what == kind::array;
    const std::string_view text = value.what == kind::string ? value.text : std::string_view{};
    const auto keep_first = [text](std::string_view& message) {
        if (message.empty())
            message = text;
    };
    switch (where) {
    case slot::response_code:
        if (!response_code)
            response_code = to_integer(value);
        response_code_bad = response_code_bad || (!is_null && to_integer(value) != 0);
        break;
    case slot::status:
        status_false = status_false || value.what == kind::false_literal;
        break;
    case slot::status_code:
        if (!status_code)
            status_code = to_integer(value);
        break;
    case slot::error:
        error = error || !is_null;
        keep_first(messages[4]);
        break;
    case slot::data_error:
        error = error || !is_null;
        break;
    case slot::errors:
        error = error || !(is_null || (is_container && value.elements == 0));
        break;
    case slot::access_token:
        token = text;
        break;
    case slot::token_type:
        token_type_bad = !is_null && !is_bearer(value);
        break;
    case slot::expires_in:
        lifetime_given = !is_null;
        lifetime = to_lifetime(value);
        break;
    case slot::message:
        keep_first(messages[0]);
        break;
    case slot::error_message:
        keep_first(messages[1]);
        break;
    case slot::data_error_message:
        keep_first(messages[2]);
        break;
    case slot::first_error_message:
        keep_first(messages[3]);
        break;
    default:
        break;
    }
}

} // namespace faceki::wire
