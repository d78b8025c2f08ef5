// HTTP/1.1 as the mock endpoint reads and writes it: strict, incremental, and nothing is lost between two requests.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace faceki::testing {

struct http_request {
    std::string method;
    std::string target;
    bool http_1_1 = true;                                    ///< else HTTP/1.0
    std::vector<std::pair<std::string, std::string>> fields; ///< as received, in order
    std::string body;

    std::size_t count(std::string_view name) const;
    /// The first field of that name; empty if there is none.
    std::string_view field(std::string_view name) const;
    /// Whether the connection may serve another request after this one.
    bool keep_alive() const;
};

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Reads one request after the other from bytes as they come.
class http_request_reader {
public:
    enum class state { head, body, chunk_size, chunk_data, chunk_end, trailer, complete, failed };

    /// Takes what belongs to the current request off the front of `input`. True: the request is complete.
    bool feed(std::string& input);

    bool failed() const noexcept { return state_ == state::failed; }
    const char* problem() const noexcept { return problem_; } ///< what is wrong, if failed
    /// True once, when the client waits for leave to send its body (Expect: 100-continue).
    bool take_expectation() noexcept { return std::exchange(expects_continue_, false); }
    /// The complete request; the reader starts over.
    http_request take();

private:
    bool step(std::string_view input, std::size_t& used);
    bool next_line(std::string_view input, std::size_t& used, std::string_view& line);
    bool parse_head(std::string_view head);
    bool parse_request_line(std::string_view line);
    bool parse_field(std::string_view line);
    bool choose_framing();
    bool start_chunk(std::string_view line);
    bool fail(const char* problem);

    state state_ = state::head;
    http_request request_;
    std::size_t wanted_ = 0;  ///< bytes of the body or chunk still to come
    std::size_t scanned_ = 0; ///< bytes of the head known to hold no end
    bool expects_continue_ = false;
    const char* problem_ = "";
};

/// A whole response, in one piece, so that it can be sent by one write. `fields` are lines without their CR LF.
std::string make_response(int status, std::string_view content_type, const std::vector<std::string>& fields, bool close,
                          std::string_view body);

} // namespace faceki::testing
