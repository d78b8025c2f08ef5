// Makes words of a server fit for a log: secrets out, control characters escaped, short. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace faceki::wire {

/// Something that must not show: the whole of it, and every piece of at least `shortest` bytes.
struct needle {
    std::string_view text;
    std::size_t shortest = text.size();

    /// Pieces of a secret count from 12 bytes on: shorter ones tell nothing, and would hit ordinary words.
    static needle with_pieces(std::string_view text) noexcept { return {text, std::min<std::size_t>(text.size(), 12)}; }
};

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

/// `text` (valid UTF-8) with needles replaced by "[redacted]" and control characters (C0, DEL, C1) as \xNN, cut to
/// `max_bytes` where a character, an escape or a "[redacted]" ends. A needle that begins or ends inside a character
/// takes all of that character with it.
inline std::string printable(std::string_view text, std::span<const needle> hidden, std::size_t max_bytes)
{
    constexpr std::string_view mark = "[redacted]";
    constexpr std::string_view digits = "0123456789abcdef";
    const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };

    std::string out;
    std::size_t i = 0;
    while (i < text.size()) {
        std::size_t end = i + 1; // of the character
        while (end < text.size() && is_continuation(text[end]))
            ++end;

        std::size_t hidden_end = 0;
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

} // namespace faceki::wire
