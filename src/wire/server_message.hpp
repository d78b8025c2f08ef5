// Makes words of a server fit for a log: secrets out, control characters escaped, short. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "wire/spelled_secret.hpp"

namespace faceki::wire {

/// Stands for a message that holds a secret which cannot be cut out of it.
inline constexpr std::string_view withheld = "(withheld: it holds a credential)";
/// A word of so many characters is none: it may be a token, a key, a signed URL, though not one of ours.
inline constexpr std::size_t longest_word = 63;
/// Looking for more than this would take long, and a hostile server decides how long its token is.
inline constexpr std::size_t longest_needle = 64 * 1024;

/// Length of the longest piece of `hidden` that `text` starts with; 0 if that is none of at least `shortest` bytes.
inline std::size_t matched_piece(std::string_view text, const needle& hidden) noexcept
{
    if (hidden.shortest == 0 || text.size() < hidden.shortest)
        return 0;
    std::size_t length = 0;
    std::size_t wanted = hidden.shortest;
    std::size_t at = 0;
    while (wanted <= text.size() && (at = hidden.text.find(text.substr(0, wanted), at)) != std::string_view::npos) {
        length = wanted;
        while (length < text.size() && at + length < hidden.text.size() && text[length] == hidden.text[at + length])
            ++length;
        wanted = length + 1;
        ++at;
    }
    return length;
}

/// Size of the run of visible ASCII characters that `text` starts with.
inline std::size_t word_size(std::string_view text) noexcept
{
    const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c <= 0x20 || c >= 0x7F; });
    return static_cast<std::size_t>(end - text.begin());
}

/// `text` (valid UTF-8) with needles and long words replaced by "[redacted]" and control characters (C0, DEL, C1) as
/// \xNN, cut to `max_bytes` where a character, an escape or a "[redacted]" ends. A needle that begins or ends inside a
/// character takes all of that character with it.
inline std::string without_plain_secrets(std::string_view text, std::span<const needle> hidden, std::size_t max_bytes)
{
    constexpr std::string_view mark = "[redacted]";
    constexpr std::string_view digits = "0123456789abcdef";
    const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };

    std::string out;
    std::size_t i = 0;
    std::size_t word_end = 0;
    while (i < text.size()) {
        std::size_t end = i + 1; // of the character
        while (end < text.size() && is_continuation(text[end]))
            ++end;

        std::size_t hidden_end = 0;
        if (i >= word_end) {
            word_end = i + word_size(text.substr(i));
            if (word_end - i > longest_word)
                hidden_end = word_end;
        }
        for (std::size_t from = i; from < end; ++from)
            for (const needle& each : hidden)
                if (const std::size_t length = matched_piece(text.substr(from), each); length > 0)
                    hidden_end = std::max(hidden_end, from + length);
        while (hidden_end > 0 && hidden_end < text.size() && is_continuation(text[hidden_end]))
            ++hidden_end;

        const std::string_view character = text.substr(i, end - i);
        const auto first = static_cast<unsigned char>(character[0]);
        const bool is_c1 = first == 0xC2 && character.size() == 2 && static_cast<unsigned char>(character[1]) < 0xA0;
        std::string escaped;
        if (hidden_end == 0 && (first < 0x20 || first == 0x7F || is_c1)) {
            for (const char c : character) {
                const auto byte = static_cast<unsigned char>(c);
                escaped.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 0x0F]);
            }
        }
        const std::string_view piece = hidden_end > 0 ? mark : escaped.empty() ? character : std::string_view(escaped);
        if (out.size() + piece.size() > max_bytes)
            break;
        out += piece;
        i = std::max(end, hidden_end);
    }
    return out;
}

/// What may be shown of `text`: the above, or `withheld` if a secret is in there that is spelled differently.
inline std::string printable(std::string_view text, std::span<const needle> hidden, std::size_t max_bytes)
{
    if (std::any_of(hidden.begin(), hidden.end(), [](const needle& n) { return n.text.size() > longest_needle; }))
        return std::string(withheld);
    std::string out = without_plain_secrets(text, hidden, max_bytes);
    return holds_spelled_secret(out, hidden) ? std::string(withheld) : out;
}

} // namespace faceki::wire
