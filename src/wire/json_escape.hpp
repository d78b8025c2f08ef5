// JSON string escaping, for the request that is sent and for the search of its echo in a reply. Private to this room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faceki::wire {

/// The letter behind the backslash for characters that have a short escape; 0 for the others.
constexpr char short_json_escape(char c) noexcept
{
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

constexpr std::size_t json_escaped_size(std::string_view text) noexcept
{
    std::size_t size = 0;
    for (const char c : text)
        size += short_json_escape(c) != 0 ? 2 : static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
    return size;
}

/// Escapes what RFC 8259 section 7 demands and nothing else. Does not allocate if `out` has the room.
inline void append_json_escaped(std::string& out, std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : text) {
        if (const char letter = short_json_escape(c); letter != 0) {
            out += '\\';
            out += letter;
        } else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 0x0F];
        } else {
            out += c;
        }
    }
}

} // namespace faceki::wire
