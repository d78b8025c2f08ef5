// Encodes every piece in every way and looks for the results.
#include "secrets/sentinel.hpp"

#include <algorithm>
#include <stdexcept>

#include "secrets/encodings.hpp"

namespace faceki_test {
namespace {

constexpr std::size_t bits_of_byte = 8;
constexpr std::size_t bits_of_letter = 6;

} // namespace

sentinel::sentinel(const std::vector<guarded>& secrets)
{
    for (const guarded& each : secrets) {
        const std::string_view value = each.value;
        if (value.size() < piece_size)
            throw std::invalid_argument("too short to be told from ordinary words: " + each.name);
        const std::size_t size = each.pieces ? piece_size : value.size();
        for (std::size_t at = 0; at + size <= value.size(); ++at)
            add(each.name, value.substr(at, size), is_border(value, at) && is_border(value, at + size));
        // A piece that has to grow to the next border of characters, where spellings work on characters.
        for (std::size_t at = 0; each.pieces && at < value.size(); ++at) {
            std::size_t end = std::min(at + size, value.size());
            while (!is_border(value, end))
                ++end;
            if (is_border(value, at) && end - at > size)
                add(each.name, value.substr(at, end - at), true);
        }
    }
}

void sentinel::add(const std::string& name, std::string_view piece, bool begins_and_ends_characters)
{
    for (const encoding& each : encodings())
        if (each.on_bytes || begins_and_ends_characters)
            add_form(each.apply(piece), name + " as " + each.name);
    add_base64(name, piece);
}

/// Only the letters that are made of nothing but this piece, for each number of bytes that may stand before it.
void sentinel::add_base64(const std::string& name, std::string_view piece)
{
    for (std::size_t before = 0; before < 3; ++before) {
        const std::string bytes = std::string(before, '\0') + std::string(piece);
        const std::size_t first = (before * bits_of_byte + bits_of_letter - 1) / bits_of_letter;
        const std::size_t last = bytes.size() * bits_of_byte / bits_of_letter;
        for (const char* const end : {"+/", "-_"})
            add_form(base64(bytes, end).substr(first, last - first),
                     name + (end[0] == '+' ? " as base64" : " as base64url"));
    }
}

void sentinel::add_form(std::string form, const std::string& what)
{
    forms_of_one_size& same_size = forms_[form.size()];
    same_size.emplace(std::move(form), what); // the first name stays: plain, where spellings are the same
}

std::string sentinel::find(std::string_view text) const
{
    for (const auto& [size, forms] : forms_)
        for (std::size_t at = 0; at + size <= text.size(); ++at)
            if (const auto found = forms.find(text.substr(at, size)); found != forms.end())
                return found->second;
    return {};
}

} // namespace faceki_test
