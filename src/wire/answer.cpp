// What whoever reads a token reply says about it, over TLS as from a script.
#include "wire/answer.hpp"

#include <algorithm>
#include <utility>

#include "wire/retry_after.hpp"

namespace faceki::wire {

void note_head(const http_response& response, std::chrono::system_clock::time_point received, diagnostics& details)
{
    details.kind = failure_kind::answered;
    details.http_status = response.status();
    if (response.status() >= 200 && response.status() <= 299)
        return;
    // Nothing is less than any duration.
    for (const std::string_view value : response.fields("Retry-After"))
        details.retry_after = std::max(details.retry_after, read_retry_after(value, received));
}

std::error_code read_answer(http_response& response, const answer_terms& terms, token_reply& reply,
                            diagnostics& details)
{
    if (response.error() == http_error::malformed) {
        details.message = "the answer is not valid HTTP/1.1";
        return errc::malformed_http;
    }
    if (response.error() == http_error::too_large) {
        details.message =
            "the answer is larger than limits.max_header_bytes, max_header_fields, max_interim_responses or "
            "max_body_bytes allow";
        return errc::response_too_large;
    }
    if (!response.complete()) {
        details.message = response.head_received() ? "the connection was lost in the middle of the answer: "
                                                   : "the connection was lost before an answer came: ";
        details.message += terms.ended;
        return errc::connection_lost;
    }
    reply = read_token_reply(response.status(), response.body_data(), response.body_size(), response.body_capacity(),
                             terms.limits, terms.secrets);
    if (!reply.error)
        return {};
    details.message = std::move(reply.message);
    details.response_code = reply.response_code;
    details.status_code = reply.status_code;
    details.server_message = std::move(reply.server_message);
    return *reply.error;
}

} // namespace faceki::wire
