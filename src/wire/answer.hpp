// From a response's bytes to what became of the attempt: one error, and what diagnostics can tell of it.
#pragma once

#include <chrono>
#include <string_view>
#include <system_error>

#include <faceki/diagnostics.hpp>

#include "wire/http_response.hpp"
#include "wire/token_response.hpp"

namespace faceki::wire {

struct answer_terms {
    token_limits limits;
    redactions secrets;
    std::string_view ended; ///< why the stream ended, in our words; used if it ended too soon
};

/// Once the head is there: kind, status, and of an answer that is not 2xx Retry-After, its date seen from `received`.
/// Of several such fields the longest counts; none is believed beyond ten years.
void note_head(const http_response& response, std::chrono::system_clock::time_point received, diagnostics& details);

/// No error = `reply` holds a token, which the caller wipes. Else malformed_http, response_too_large, connection_lost
/// if the answer is not whole, or what read_token_reply() says of it; `details` have the message and the server's
/// words then.
std::error_code read_answer(http_response& response, const answer_terms& terms, token_reply& reply,
                            diagnostics& details);

} // namespace faceki::wire
