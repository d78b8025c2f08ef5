// HTTP/1.1 responses for the client role, incremental. Beast's parser does the work, in one .cpp.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faceki::wire {

struct http_limits {
    std::size_t header_bytes = 32 * 1024; ///< of each head, interim ones included; of a chunk's line; of the trailers
    std::size_t header_fields = 256;      ///< of each head
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
///
/// Stricter than Beast, because a proxy or server that frames otherwise cannot be agreed with about where the response
/// ends, and because we ask for none of it. Malformed are: obs-fold in the head, Transfer-Encoding under HTTP/1.0, a
/// Transfer-Encoding that is anything but one `chunked`, a Content-Encoding other than `identity`, a status outside
/// 100..599, 101 (no upgrade was asked for), control characters in the head, CR or LF alone. Bytes that cannot begin an
/// HTTP/1.x response fail at once, not at the end of a "head".
class http_response {
public:
    explicit http_response(const http_limits& limits = {}, answer_to method = answer_to::post);
    ~http_response(); ///< wipes the body
    http_response(const http_response&) = delete;
    http_response& operator=(const http_response&) = delete;

    /// Takes bytes; returns how many belong to this response. Fewer than given = surplus behind its end.
    /// Takes nothing once complete() or failed(); bytes offered after completion still count as surplus.
    /// A 2xx answer to CONNECT is complete at the end of its head, whatever its fields say (RFC 9110 section 9.3.6);
    /// the bytes behind it are the tunnel's, not surplus. After a failure the count ends behind the byte that showed
    /// it.
    std::size_t feed(std::string_view bytes);

    /// The peer ended the stream; `orderly` = with a TLS close_notify. Only then may it end a body without a length.
    void end_of_stream(bool orderly);

    bool head_received() const noexcept; ///< of the final response
    bool complete() const noexcept;
    http_error error() const noexcept;
    bool failed() const noexcept { return error() != http_error::none; }

    int status() const noexcept; ///< 0 before head_received()
    /// Value of a field of the head (never of a trailer), by case-insensitive name; the first if it is repeated.
    /// The view lives as long as this object.
    std::optional<std::string_view> field(std::string_view name) const;
    /// The values of all fields of that name, in order.
    std::vector<std::string_view> fields(std::string_view name) const;
    /// May another request follow on this connection? False if there was surplus, HTTP/1.0, `Connection: close`, a body
    /// ended by the stream, or anything Beast reported behind the last chunk (the body is good then: a broken trailer
    /// spoils the connection only).
    /// (After a 2xx answer to CONNECT it tells what the fields say, which does not concern the tunnel.)
    bool reusable() const noexcept;

    /// The decoded body; empty after a failure. Its buffer has body_capacity() ≥ size + `body_padding` bytes, so that a
    /// parser may work in place.
    char* body_data() noexcept;
    std::size_t body_size() const noexcept;
    std::size_t body_capacity() const noexcept;
    static constexpr std::size_t body_padding = 64;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace faceki::wire
