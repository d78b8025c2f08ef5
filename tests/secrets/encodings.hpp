// The ways a text may be spelled by a server, a proxy or a log: what the sentinel looks for, and what hostile servers
// here answer. Encoders only; the library under test decodes, so that no mistake is made twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faceki_test {

/// One way to spell a text.
struct encoding {
    std::string name;
    std::string (*apply)(std::string_view);
    /// False: it works on characters, and cannot spell a piece that begins or ends inside one.
    bool on_bytes = true;
};

/// All of them but base64, whose letters depend on what stands before.
const std::vector<encoding>& encodings();

/// One of encodings(), by name; "base64" and "base64url" too.
std::string encoded(std::string_view name, std::string_view text);

/// With padding. `alphabet_end`: its last two letters, "+/" or "-_".
std::string base64(std::string_view bytes, std::string_view alphabet_end = "+/");

/// The inside of a JSON string, as a server writes it around any valid UTF-8 text.
std::string json_inside(std::string_view text);

/// True where a UTF-8 character begins, or at the end.
bool is_border(std::string_view text, std::size_t at);

} // namespace faceki_test
