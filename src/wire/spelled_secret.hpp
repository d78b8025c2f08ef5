// Is a secret in this text, spelled in another way? The usual encodings are undone, and the secret is looked for in
// what comes out. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/secret.hpp"

#include "wire/ascii.hpp"

namespace faceki::wire {

/// Something that must not show: the whole of it, and every piece of at least `shortest` bytes.
struct needle {
    std::string_view text;
    std::size_t shortest = text.size();
    /// As base64 or hexadecimal. Shorter, since a piece of such a text loses a byte at each end.
    std::size_t shortest_in_digits = text.size();

    /// Pieces of a secret count from 12 bytes on: shorter ones tell nothing, and would hit ordinary words.
    static needle with_pieces(std::string_view text) noexcept
    {
        return {text, std::min<std::size_t>(text.size(), 12), std::min<std::size_t>(text.size(), 8)};
    }
};

namespace spelling {

constexpr int digit_of(char c, int base) noexcept
{
    const int value = hex_value(c);
    return value < base ? value : -1;
}

/// 0…63 for the letters of base64 and base64url.
constexpr int base64_of(char c) noexcept
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

constexpr int hexadecimal_of(char c) noexcept
{
    return digit_of(c, 16);
}

/// Reads a number of `least` to `most` digits off the front of `text`; false = it is not there, nothing is read.
inline bool read_number(std::string_view& text, int base, std::size_t least, std::size_t most,
                        std::uint32_t& number) noexcept
{
    std::size_t size = 0;
    number = 0;
    while (size < most && size < text.size() && digit_of(text[size], base) >= 0)
        number = number * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit_of(text[size++], base));
    if (size < least)
        return false;
    text.remove_prefix(size);
    return true;
}

inline void append_utf8(std::string& out, std::uint32_t code)
{
    const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xC0 | code >> 6);
        add(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        add(0xE0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    } else {
        add(0xF0 | (code >> 18 & 0x07));
        add(0x80 | (code >> 12 & 0x3F));
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    }
}

/// What a backslash, percent sign or ampersand at the front of `text` stands for, read off; false = for itself.
inline bool read_escape(std::string_view& text, std::string& out)
{
    std::string_view rest = text.substr(1);
    std::uint32_t code = 0;
    const auto skip = [&rest](std::string_view start) {
        const bool is_there = rest.starts_with(start);
        rest.remove_prefix(is_there ? start.size() : 0);
        return is_there;
    };
    if (text[0] == '%') {
        if (!read_number(rest, 16, 2, 2, code))
            return false;
        out += static_cast<char>(static_cast<unsigned char>(code));
    } else if (text[0] == '&') {
        static constexpr std::pair<std::string_view, char> names[] = {
            {"quot;", '"'}, {"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"apos;", '\''}};
        const auto* const name = std::find_if(std::begin(names), std::end(names),
                                              [rest](const auto& each) { return rest.starts_with(each.first); });
        if (name != std::end(names)) {
            rest.remove_prefix(name->first.size());
            out += name->second;
        } else {
            if (!skip("#"))
                return false;
            const bool is_hexadecimal = skip("x") || skip("X");
            if (!read_number(rest, is_hexadecimal ? 16 : 10, 1, 7, code) || !skip(";"))
                return false;
            append_utf8(out, code);
        }
    } else if (skip("x")) {
        if (!read_number(rest, 16, 2, 2, code))
            return false;
        out += static_cast<char>(static_cast<unsigned char>(code));
    } else if (skip("u")) {
        if (!read_number(rest, 16, 4, 4, code))
            return false;
        std::uint32_t low = 0;
        if (std::string_view second = rest; code >> 10 == 0xD800U >> 10 && second.starts_with("\\u")) {
            second.remove_prefix(2);
            if (read_number(second, 16, 4, 4, low) && low >> 10 == 0xDC00U >> 10) {
                code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
                rest = second;
            }
        }
        append_utf8(out, code);
    } else {
        static constexpr std::string_view letters = "\"\\/'nrtbf";
        static constexpr std::string_view meanings = "\"\\/'\n\r\t\b\f";
        const std::size_t which = rest.empty() ? letters.npos : letters.find(rest[0]);
        if (which == letters.npos)
            return false;
        out += meanings[which];
        rest.remove_prefix(1);
    }
    text = rest;
    return true;
}

/// One layer of JSON's and C's escapes, percent-encoding and HTML's entities undone.
inline std::string unescaped(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (const char c = text[0]; (c == '\\' || c == '%' || c == '&') && read_escape(text, out))
            continue;
        out += text[0];
        text.remove_prefix(1);
    }
    return out;
}

/// The bytes that the digits in `text` make, from digit number `skipped` on. What is no digit is passed over.
inline std::string joined_digits(std::string_view text, int (*value_of)(char), unsigned bits_each, unsigned skipped)
{
    std::string out;
    out.reserve(text.size());
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_prefix = text[i] == '0' && i + 1 < text.size() && text[i + 1] == 'x'; // 0x61, 0x62
        const int value = is_prefix && bits_each == 4 ? -1 : value_of(text[i]);
        if (value < 0)
            continue;
        if (skipped > 0) {
            --skipped;
            continue;
        }
        bits = bits << bits_each | static_cast<std::uint32_t>(value);
        count += bits_each;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(static_cast<unsigned char>(bits >> count));
        }
    }
    return out;
}

inline bool holds_piece(std::string_view text, std::span<const needle> hidden, std::size_t needle::*shortest) noexcept
{
    for (const needle& each : hidden) {
        const std::size_t size = each.*shortest;
        if (size < 4) // would be found in ordinary words
            continue;
        for (std::size_t at = 0; at + size <= text.size(); ++at)
            if (each.text.find(text.substr(at, size)) != std::string_view::npos)
                return true;
    }
    return false;
}

inline bool holds_digits(std::string_view text, std::span<const needle> hidden)
{
    const auto holds = [&](int (*value_of)(char), unsigned bits_each, unsigned alignments) {
        for (unsigned skipped = 0; skipped < alignments; ++skipped) {
            const crypto::scoped_secret bytes(joined_digits(text, value_of, bits_each, skipped));
            const crypto::scoped_secret plainer(unescaped(*bytes));
            if (holds_piece(*bytes, hidden, &needle::shortest_in_digits) ||
                holds_piece(*plainer, hidden, &needle::shortest_in_digits))
                return true;
        }
        return false;
    };
    return holds(base64_of, 6, 4) || holds(hexadecimal_of, 4, 2);
}

/// All layers undone. An escape that is part of a secret ("%41") is undone together with those around it: so texts and
/// secrets are compared in this form.
inline std::string fully_unescaped(std::string_view text)
{
    constexpr int most_layers = 8;
    std::string out(text);
    for (int layer = 0; layer < most_layers; ++layer) {
        const crypto::scoped_secret before(std::exchange(out, {}));
        out = unescaped(*before);
        if (out == *before)
            break;
    }
    return out;
}

} // namespace spelling

/// True if one of `hidden` stands in `text` escaped as in JSON, C, URLs or HTML, in base64, hexadecimal or backwards,
/// also within several layers of escapes.
inline bool holds_spelled_secret(std::string_view text, std::span<const needle> hidden)
{
    using namespace spelling;
    std::deque<crypto::scoped_secret> bare; // whose addresses stay
    std::vector<needle> wanted(hidden.begin(), hidden.end());
    for (const needle& each : hidden) {
        const std::string_view bare_text = *bare.emplace_back(fully_unescaped(each.text));
        if (bare_text != each.text)
            wanted.push_back(each.shortest < each.text.size() ? needle::with_pieces(bare_text) : needle{bare_text});
    }
    const auto holds = [&](std::string_view layer) {
        const crypto::scoped_secret backwards(std::string(layer.rbegin(), layer.rend()));
        return holds_piece(layer, wanted, &needle::shortest) || holds_piece(*backwards, wanted, &needle::shortest) ||
               holds_digits(layer, wanted);
    };
    std::string blanks(text); // as application/x-www-form-urlencoded has them
    std::replace(blanks.begin(), blanks.end(), '+', ' ');
    const crypto::scoped_secret once(unescaped(text));
    const crypto::scoped_secret of_form(unescaped(blanks));
    const crypto::scoped_secret all(fully_unescaped(text));
    return holds(text) || (*once != text && holds(*once)) || (*of_form != *once && holds(*of_form)) ||
           (*all != *once && holds(*all));
}

} // namespace faceki::wire
