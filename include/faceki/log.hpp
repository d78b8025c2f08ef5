// The log hook: what a client did, in lines without secrets. Off by default.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <faceki/detail/export.hpp>

namespace faceki {

/// How much is told. Each level includes those before it.
enum class log_level : std::uint8_t {
    off,   ///< nothing
    error, ///< flights that ended without a token, tokens that were rejected
    info,  ///< also: flights started and ended, credentials changed, the client closed
    trace, ///< also: each step of an exchange: addresses, handshakes, bytes, statuses
};

/// "off", "error", "info", "trace".
FACEKI_API std::string_view name_of(log_level) noexcept;

/// Gets one line of text without line end, in our words or, escaped and marked as such, the server's.
///
/// No line ever holds a token, a credential, a proxy's password or a body. It is called on the client's strand or in
/// the thread that called the client, never under a lock, possibly from several threads at once; the text is gone when
/// it returns. What it throws is ignored.
using log_hook = std::function<void(log_level, std::string_view)>;

/// A hook and how much it wants; not for users.
class logger {
public:
    logger() = default;
    logger(log_hook hook, log_level most) : hook_(std::move(hook)), most_(hook_ ? most : log_level::off) {}

    bool wants(log_level level) const noexcept { return level <= most_; }

    /// `text()` makes the line; it is called only if somebody wants it.
    template <class Text>
    void operator()(log_level level, const Text& text) const noexcept
    {
        if (!wants(level))
            return;
        try {
            const std::string line = text();
            hook_(level, line);
        } catch (...) {
            // No memory for a line, or a hook that throws: the client goes on.
        }
    }

private:
    log_hook hook_;
    log_level most_ = log_level::off;
};

} // namespace faceki
