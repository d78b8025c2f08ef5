// HTTP/1.1 responses for the client role, incremental. Beast's parser does the work, in one .cpp.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace faceki::wire {

struct http_limits {
    std::size_t header_bytes = 32 * 1024;
    std::size_t header_fields = 256;
    std::size_t interim_responses = 16;
    std::size_t body_bytes = 1024 * 1024;
};

enum class http_error {
    none,
    malformed, ///< framing broken (RFC 9112)
    too_large, ///< a limit was passed
    truncated, ///< the stream ended before the response did
};

/// What the response answers: the body's length depends on it (RFC 9112 section 6.3).
enum class answer_to { post, connect };

/// One final response; interim (1xx) ones are counted and skipped.
/// Feed bytes as they come, in pieces of any size; the result never depends on how they were cut.
class http_response {
public:
    explicit http_response(const http_limits& limits = {}, answer_to method = answer_to::post);
    ~http_response(); ///< wipes the body
    http_response(const http_response&) = delete;
    http_response& operator=(const http_response&) = delete;

    /// Takes bytes; returns how many belong to this response. Fewer than given = surplus behind its end.
    /// Does nothing once complete() or failed().
    std::size_t feed(std::string_view bytes);

    /// The peer ended the stream; `orderly` = with a TLS close_notify. Only then may it end a body without a length.
    void end_of_stream(bool orderly);

    bool head_received() const noexcept; ///< of the final response
    bool complete() const noexcept;
    http_error error() const noexcept;
    bool failed() const noexcept { return error() != http_error::none; }

    int status() const noexcept; ///< 0 before head_received()
    /// Value of a field of the head (never of a trailer), by case-insensitive name; the first if it is repeated.
    std::optional<std::string_view> field(std::string_view name) const;
    /// May another request follow on this connection? False if there was surplus, HTTP/1.0, `Connection: close`, a body ended by
    /// the stream, or anything Beast reported behind the last chunk.
    bool reusable() const noexcept;

    /// The decoded body. Its buffer has body_capacity() ≥ size + `body_padding` bytes, so that a parser may work in place.
    char* body_data() noexcept;
    std::size_t body_size() const noexcept;
    std::size_t body_capacity() const noexcept;
    static constexpr std::size_t body_padding = 64;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace faceki::wire
