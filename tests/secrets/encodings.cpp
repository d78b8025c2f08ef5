// Written out plainly: each of them can be checked by eye against the table in sentinel_itself.cpp.
#include "secrets/encodings.hpp"

#include <cstdint>
#include <stdexcept>

namespace faceki_test {
namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

std::string hex_byte(char c, std::string_view digits)
{
    const auto byte = static_cast<unsigned char>(c);
    return {digits[byte >> 4], digits[byte & 0x0F]};
}

/// Each byte as `before` and two digits, with `between` in the gaps.
std::string hex(std::string_view text, std::string_view digits, std::string_view before, std::string_view between)
{
    std::string out;
    for (const char c : text)
        out.append(out.empty() ? "" : between).append(before).append(hex_byte(c, digits));
    return out;
}

bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

std::string percent(std::string_view text, std::string_view digits)
{
    std::string out;
    for (const char c : text)
        out += is_unreserved(c) ? std::string(1, c) : '%' + hex_byte(c, digits);
    return out;
}

/// application/x-www-form-urlencoded
std::string form(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += c == ' ' ? "+" : c == '~' ? "%7E" : percent(std::string(1, c), upper_digits);
    return out;
}

std::uint32_t next_character(std::string_view& text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t n = 1; n < size; ++n)
        code = code << 6 | (static_cast<unsigned char>(text.at(n)) & 0x3FU);
    text.remove_prefix(size);
    return code;
}

std::string unit_escape(std::uint32_t unit, std::string_view digits)
{
    return "\\u" + hex_byte(static_cast<char>(unit >> 8), digits) + hex_byte(static_cast<char>(unit & 0xFF), digits);
}

std::string json_escape(std::uint32_t code, std::string_view digits)
{
    if (code < 0x10000)
        return unit_escape(code, digits);
    code -= 0x10000;
    return unit_escape(0xD800 + (code >> 10), digits) + unit_escape(0xDC00 + (code & 0x3FF), digits);
}

/// Every character as \uXXXX.
std::string json_all(std::string_view text, std::string_view digits)
{
    std::string out;
    while (!text.empty())
        out += json_escape(next_character(text), digits);
    return out;
}

/// As json_inside(), and what is not ASCII as \uXXXX: what PHP and Python write by default.
std::string json_ascii(std::string_view text, std::string_view digits)
{
    std::string out;
    while (!text.empty()) {
        const std::string_view before = text;
        const std::uint32_t code = next_character(text);
        out += code < 0x80 ? json_inside(before.substr(0, 1)) : json_escape(code, digits);
    }
    return out;
}

std::string json_slash(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += c == '/' ? "\\/" : json_inside(std::string(1, c));
    return out;
}

std::string html_named(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += c == '"'    ? "&quot;"
               : c == '&'  ? "&amp;"
               : c == '<'  ? "&lt;"
               : c == '>'  ? "&gt;"
               : c == '\'' ? "&#39;"
                           : std::string(1, c);
    return out;
}

std::string html_numbers(std::string_view text)
{
    std::string out;
    while (!text.empty())
        out += "&#" + std::to_string(next_character(text)) + ';';
    return out;
}

} // namespace

const std::vector<encoding>& encodings()
{
    using view = std::string_view;
    static const std::vector<encoding> all = {
        {"plain", [](view t) { return std::string(t); }},
        {"reversed", [](view t) { return std::string(t.rbegin(), t.rend()); }},
        {"JSON", json_inside},
        {"JSON in JSON", [](view t) { return json_inside(json_inside(t)); }},
        {"JSON with \\/", json_slash},
        {"JSON in ASCII", [](view t) { return json_ascii(t, lower_digits); }, false},
        {"JSON in ASCII, upper", [](view t) { return json_ascii(t, upper_digits); }, false},
        {"\\uXXXX", [](view t) { return json_all(t, lower_digits); }, false},
        {"\\uXXXX, upper", [](view t) { return json_all(t, upper_digits); }, false},
        {"percent", [](view t) { return percent(t, upper_digits); }},
        {"percent, lower", [](view t) { return percent(t, lower_digits); }},
        {"percent, all", [](view t) { return hex(t, upper_digits, "%", ""); }},
        {"percent, all, lower", [](view t) { return hex(t, lower_digits, "%", ""); }},
        {"percent twice", [](view t) { return percent(percent(t, upper_digits), upper_digits); }},
        {"form", form},
        {"hex", [](view t) { return hex(t, lower_digits, "", ""); }},
        {"hex, upper", [](view t) { return hex(t, upper_digits, "", ""); }},
        {"hex with blanks", [](view t) { return hex(t, lower_digits, "", " "); }},
        {"hex with colons", [](view t) { return hex(t, upper_digits, "", ":"); }},
        {"hex with dashes", [](view t) { return hex(t, lower_digits, "", "-"); }},
        {"hex as in C", [](view t) { return hex(t, lower_digits, "0x", ", "); }},
        {"\\xNN", [](view t) { return hex(t, lower_digits, "\\x", ""); }},
        {"HTML", html_named},
        {"HTML numbers", html_numbers, false},
    };
    return all;
}

std::string encoded(std::string_view name, std::string_view text)
{
    if (name == "base64")
        return base64(text);
    if (name == "base64url")
        return base64(text, "-_");
    for (const encoding& each : encodings())
        if (each.name == name)
            return each.apply(text);
    throw std::invalid_argument("no encoding of this name");
}

std::string base64(std::string_view bytes, std::string_view alphabet_end)
{
    const std::string alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(alphabet_end);
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t n = 0; n < 3; ++n)
            bits = bits << 8 | (n < group.size() ? static_cast<unsigned char>(group[n]) : 0U);
        for (std::size_t n = 0; n < 4; ++n)
            out += n <= group.size() ? alphabet[bits >> (18 - 6 * n) & 0x3F] : '=';
    }
    return out;
}

std::string json_inside(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out.append(1, '\\').append(1, c);
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (static_cast<unsigned char>(c) < 0x20)
            out += "\\u00" + hex_byte(c, lower_digits);
        else
            out += c;
    }
    return out;
}

bool is_border(std::string_view text, std::size_t at)
{
    return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80;
}

} // namespace faceki_test
