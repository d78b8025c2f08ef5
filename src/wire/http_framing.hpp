// Where a head, a chunk's line or the trailers end, found byte by byte. Private to this room.
//
// Beast's answer depends on how its input is cut: given a whole head it reports the first error in it, given pieces it
// first waits for the head's end. So these scanners decide, from one byte at a time, when a piece is whole, and Beast
// only ever sees whole pieces.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/ascii.hpp"

namespace faceki::wire {

enum class scan { more, done, malformed, too_large };

/// Line structure of a head: prefix, CR LF pairs, control characters, obs-fold, number of fields.
class head_scanner {
public:
    head_scanner(std::size_t max_bytes, std::size_t max_fields) noexcept
        : max_bytes_(max_bytes), max_fields_(max_fields)
    {
    }

    /// How many of the next bytes are inside a line and say nothing about its end; they need not be shown to take().
    std::size_t skip(std::string_view bytes) noexcept
    {
        if (line_empty_ || after_cr_ || size_ <= 8)
            return 0;
        const std::size_t most = std::min(bytes.size(), max_bytes_ - size_);
        std::size_t plain = 0;
        while (plain < most && static_cast<unsigned char>(bytes[plain]) >= 0x20 && bytes[plain] != 0x7F)
            ++plain;
        size_ += plain;
        return plain;
    }

    scan take(char c) noexcept
    {
        if (size_ == max_bytes_)
            return scan::too_large;
        const std::size_t at = size_++;
        if (at <= 8 && !fits_prefix(c, at))
            return scan::malformed;
        if (after_cr_) {
            if (c != '\n')
                return scan::malformed;
            after_cr_ = false;
            if (line_empty_)
                return scan::done;
            line_empty_ = true;
            return lines_++ > max_fields_ ? scan::too_large : scan::more; // the first line is the status line
        }
        if (c == '\r') {
            after_cr_ = true;
            return scan::more;
        }
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
            return scan::malformed;
        if (line_empty_ && lines_ > 0 && (c == ' ' || c == '\t'))
            return scan::malformed; // obs-fold
        line_empty_ = false;
        return scan::more;
    }

private:
    static bool fits_prefix(char c, std::size_t at) noexcept
    {
        constexpr std::string_view prefix = "HTTP/1.x ";
        return at == 7 ? c == '0' || c == '1' : c == prefix[at];
    }

    std::size_t max_bytes_;
    std::size_t max_fields_;
    std::size_t size_ = 0;
    std::size_t lines_ = 0;
    bool line_empty_ = true;
    bool after_cr_ = false;
};

/// A chunk's line: `[CR LF] size [extensions] CR LF`, the first pair being the end of the chunk before. Of the last
/// chunk also the trailers, up to the empty line.
class chunk_scanner {
public:
    chunk_scanner(std::size_t max_bytes, bool is_first) noexcept
        : max_bytes_(max_bytes), state_(is_first ? state::line : state::leading_cr)
    {
    }

    std::size_t skip(std::string_view) const noexcept { return 0; } // a chunk's line is short

    scan take(char c) noexcept
    {
        if (size_ == max_bytes_)
            return scan::too_large;
        ++size_;
        switch (state_) {
        case state::leading_cr:
            state_ = state::leading_lf;
            return c == '\r' ? scan::more : scan::malformed;
        case state::leading_lf:
            state_ = state::line;
            return c == '\n' ? scan::more : scan::malformed;
        case state::line:
            if (c == '\r') {
                state_ = state::line_lf;
                return scan::more;
            }
            if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
                return scan::malformed;
            note(c);
            return scan::more;
        case state::line_lf:
            if (c != '\n')
                return scan::malformed;
            if (!is_last())
                return scan::done;
            state_ = state::trailers;
            matched_ = 2;
            size_ = 0;
            return scan::more;
        case state::trailers:
            // What the trailers say is Beast's to judge, and never more than a blemish: only their end counts here.
            matched_ = c == "\r\n\r\n"[matched_] ? matched_ + 1 : c == '\r' ? 1 : 0;
            return matched_ == 4 ? scan::done : scan::more;
        }
        return scan::malformed;
    }

private:
    enum class state : std::uint8_t { leading_cr, leading_lf, line, line_lf, trailers };
    enum class digits : std::uint8_t { none, zeros, ended_zero, other };

    /// Follows the size's digits: is it zero?
    void note(char c) noexcept
    {
        const auto u = static_cast<unsigned char>(c);
        const bool is_hex = (u >= '0' && u <= '9') || ((u | 0x20U) >= 'a' && (u | 0x20U) <= 'f');
        if (digits_ == digits::none || digits_ == digits::zeros) {
            if (c == '0')
                digits_ = digits::zeros;
            else
                digits_ = is_hex || digits_ == digits::none ? digits::other : digits::ended_zero;
        }
    }
    bool is_last() const noexcept { return digits_ == digits::zeros || digits_ == digits::ended_zero; }

    std::size_t max_bytes_;
    std::size_t size_ = 0;
    std::size_t matched_ = 0;
    state state_;
    digits digits_ = digits::none;
};

/// Calls `visit(line)` for each field line of a head that the scanner found whole; `line` without its CR LF.
template <class Visitor>
void for_each_field(std::string_view head, Visitor visit)
{
    head.remove_prefix(head.find("\r\n") + 2); // the status line
    while (head.size() > 2) {
        const std::size_t end = head.find("\r\n");
        visit(head.substr(0, end));
        head.remove_prefix(end + 2);
    }
}

inline bool has_name(std::string_view line, std::string_view name) noexcept
{
    return line.size() > name.size() && line[name.size()] == ':' && starts_with_ignoring_case(line, name);
}

/// The values of the fields of that name; blanks around a value are not part of it.
inline std::vector<std::string_view> find_fields(std::string_view head, std::string_view name)
{
    std::vector<std::string_view> values;
    for_each_field(head, [&](std::string_view line) {
        if (!has_name(line, name))
            return;
        values.push_back(trimmed(line.substr(name.size() + 1)));
    });
    return values;
}

/// The first one.
inline std::optional<std::string_view> find_field(std::string_view head, std::string_view name)
{
    const std::vector<std::string_view> values = find_fields(head, name);
    return values.empty() ? std::nullopt : std::optional(values.front());
}

/// A client ignores these fields in a 2xx answer to CONNECT, but Beast would refuse the head if they contradict each
/// other.
inline void hide_lengths(std::string& head)
{
    for_each_field(head, [&head](std::string_view line) {
        if (has_name(line, "content-length") || has_name(line, "transfer-encoding"))
            head[static_cast<std::size_t>(line.data() - head.data())] = 'X';
    });
}

/// Shows `scanner` bytes until it has an answer; how many in `taken`.
template <class Scanner>
scan scan_piece(Scanner& scanner, std::string_view bytes, std::size_t& taken) noexcept
{
    scan found = scan::more;
    for (taken = 0; taken < bytes.size() && found == scan::more;) {
        taken += scanner.skip(bytes.substr(taken));
        if (taken < bytes.size())
            found = scanner.take(bytes[taken++]);
    }
    return found;
}

} // namespace faceki::wire
