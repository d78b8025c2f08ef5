// Replies made, counted and read: everything of a scripted_endpoint that does not wait.
#include "testing/endpoint_script.hpp"

#include <algorithm>

#include "testing/mock_json.hpp"
#include "wire/http_response.hpp"
#include "wire/token_response.hpp"

namespace faceki::testing {
namespace {

std::string token_body(std::string_view token, std::chrono::milliseconds lifetime)
{
    return R"({"responseCode":0,"data":{"access_token":)" + quoted(token) + R"(,"expires_in":)" + in_seconds(lifetime) +
           R"(,"token_type":"Bearer"}})";
}

/// Why there is no whole reply, in the words of the exchange over TLS.
std::error_code explain_breach(const wire::http_response& response, diagnostics& details)
{
    if (response.error() == wire::http_error::malformed) {
        details.message = "the answer is not valid HTTP/1.1";
        return errc::malformed_http;
    }
    if (response.error() == wire::http_error::too_large) {
        details.message =
            "the answer is larger than limits.max_header_bytes, max_header_fields, max_interim_responses or "
            "max_body_bytes allow";
        return errc::response_too_large;
    }
    details.message = response.head_received() ? "the connection was lost in the middle of the answer: "
                                               : "the connection was lost before an answer came: ";
    details.message += "the script ended it";
    return errc::connection_lost;
}

} // namespace

scripted_request scripted_endpoint::state::depart(std::string_view client_id, const std::shared_ptr<bell>& answer)
{
    const std::scoped_lock lock(mutex);
    script_entry entry;
    if (!script.empty()) {
        entry = std::move(script.front());
        script.pop_front();
    }
    most_in_flight = std::max(most_in_flight, ++in_flight);
    if (entry.what != scripted::refuse) {
        ++requests;
        const auto last = alive_until_.find(client_id);
        if (last != alive_until_.end() && time->now() < last->second)
            ++early;
    }
    if (entry.what == scripted::hold)
        held.push_back(answer);
    if (entry.what == scripted::grant || entry.what == scripted::hold) {
        if (entry.text.empty())
            entry.text = "token-" + std::to_string(requests);
        entry.text = http_reply(200, token_body(entry.text, entry.lifetime.value_or(usual_lifetime)));
    }
    return {entry.what, std::move(entry.text), entry.after.value_or(usual_latency)};
}

void scripted_endpoint::state::granted(std::string_view client_id, std::string_view token,
                                       std::chrono::milliseconds lifetime)
{
    const std::scoped_lock lock(mutex);
    const auto now = time->now();
    if (tokens_.size() >= tidy_at_) {
        std::erase_if(tokens_, [now](const auto& known) { return known.second <= now; }); // 401, like an unknown one
        tidy_at_ = std::max<std::size_t>(64, tokens_.size() * 2);
    }
    alive_until_.insert_or_assign(std::string(client_id), now + lifetime);
    tokens_.insert_or_assign(std::string(token), now + lifetime);
}

bool scripted_endpoint::state::accepts(std::string_view token)
{
    const std::scoped_lock lock(mutex);
    ++presented;
    const auto known = tokens_.find(std::string(token));
    const bool alive = known != tokens_.end() && time->now() < known->second;
    if (!alive)
        ++dead;
    return alive;
}

void scripted_endpoint::state::revoke_all()
{
    const std::scoped_lock lock(mutex);
    tokens_.clear();
    alive_until_.clear();
}

std::string http_reply(int status, std::string_view body)
{
    std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\nContent-Type: application/json\r\n";
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    bytes += body;
    return bytes;
}

grant_result read_reply(std::string_view bytes, grant_request& request, diagnostics details)
{
    wire::http_response response;
    response.feed(bytes);
    if (!response.complete() && !response.failed())
        response.end_of_stream(true);
    if (response.head_received()) {
        details.kind = failure_kind::answered;
        details.http_status = response.status();
    }
    if (!response.complete()) {
        const std::error_code code = explain_breach(response, details);
        return grant_result::failed(code, std::move(details));
    }
    request.received();
    const faceki::credentials& secrets = request.credentials();
    wire::token_reply reply =
        wire::read_token_reply(response.status(), response.body_data(), response.body_size(), response.body_capacity(),
                               {}, {secrets.client_id(), secrets.client_secret()});
    if (!reply.error) {
        details.kind = failure_kind::none;
        grant_result result = grant_result::granted(std::move(reply.token), reply.expires_in);
        result.diagnostics() = std::move(details);
        return result;
    }
    details.message = std::move(reply.message);
    details.response_code = reply.response_code;
    details.status_code = reply.status_code;
    details.server_message = std::move(reply.server_message);
    return grant_result::failed(*reply.error, std::move(details));
}

} // namespace faceki::testing
