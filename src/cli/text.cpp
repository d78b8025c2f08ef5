// Escaping for people and for machines.
#include "cli/text.hpp"

#include <cstddef>

#include "wire/json_escape.hpp"

namespace faceki::cli {
namespace {

/// Length of the UTF-8 sequence at the front of `text`, which is not empty; 0 if there is none, or a control character.
std::size_t harmless_sequence(std::string_view text) noexcept
{
    const auto at = [text](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto follows = [&at](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
    const unsigned lead = at(0);
    if (lead < 0x80)
        return lead >= 0x20 && lead != 0x7F ? 1 : 0;
    if (lead >= 0xC2 && lead <= 0xDF && follows(1))
        return lead == 0xC2 && at(1) < 0xA0 ? 0 : 2; // U+0080 to U+009F are control characters
    if ((lead & 0xF0U) == 0xE0U && follows(1) && follows(2)) {
        const bool overlong = lead == 0xE0 && at(1) < 0xA0;
        const bool surrogate = lead == 0xED && at(1) > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4 && follows(1) && follows(2) && follows(3)) {
        const bool overlong = lead == 0xF0 && at(1) < 0x90;
        const bool too_high = lead == 0xF4 && at(1) > 0x8F;
        return overlong || too_high ? 0 : 4;
    }
    return 0;
}

} // namespace

std::string printable(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = harmless_sequence(text);
        if (length == 0) {
            const auto byte = static_cast<unsigned char>(text.front());
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 0x0F];
        }
        out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    wire::append_json_escaped(out, text);
    out += '"';
}

} // namespace faceki::cli
