// Finds a secret in a text, however it is spelled there, and any piece of it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace faceki_test {

/// A value that must not show.
struct guarded {
    std::string name;
    std::string value;
    bool pieces = true; ///< any 12 bytes of it count; else the whole only
};

/// Knows all spellings of all pieces in advance, so that a text is searched in one go.
class sentinel {
public:
    static constexpr std::size_t piece_size = 12;

    explicit sentinel(const std::vector<guarded>& secrets);

    /// Which secret stands in `text`, and how it is spelled: "client secret as base64". Empty = none.
    std::string find(std::string_view text) const;

private:
    void add(const std::string& name, std::string_view piece, bool begins_and_ends_characters);
    void add_base64(const std::string& name, std::string_view piece);
    void add_form(std::string form, const std::string& what);

    struct hash_of_view : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using forms_of_one_size = std::unordered_map<std::string, std::string, hash_of_view, std::equal_to<>>;

    /// By size, since they are looked up by a window of their size. To each spelling what it is.
    std::map<std::size_t, forms_of_one_size> forms_;
};

} // namespace faceki_test
