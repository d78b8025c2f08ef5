// Replies made, counted and read: everything of a scripted_endpoint that does not wait.
#include "testing/endpoint_script.hpp"

#include <algorithm>

#include "testing/mock_json.hpp"
#include "wire/answer.hpp"

namespace faceki::testing {
namespace {

std::string token_body(std::string_view token, std::chrono::milliseconds lifetime)
{
    return R"({"responseCode":0,"data":{"access_token":)" + quoted(token) + R"(,"expires_in":)" + in_seconds(lifetime) +
           R"(,"token_type":"Bearer"}})";
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

std::string http_reply(int status, std::string_view body, std::string_view fields)
{
    std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\nContent-Type: application/json\r\n";
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    bytes += fields;
    bytes += "\r\n";
    bytes += body;
    return bytes;
}

grant_result read_reply(std::string_view bytes, std::chrono::system_clock::time_point received, grant_request& request,
                        diagnostics details)
{
    wire::http_response response;
    response.feed(bytes);
    if (!response.complete() && !response.failed())
        response.end_of_stream(true);
    if (response.head_received())
        wire::note_head(response, received, details);
    if (response.complete())
        request.received();
    const faceki::credentials& secrets = request.credentials();
    wire::token_reply reply;
    const std::error_code code = wire::read_answer(
        response, {{}, {secrets.client_id(), secrets.client_secret()}, "the script ended it"}, reply, details);
    if (code)
        return grant_result::failed(code, std::move(details));
    details.kind = failure_kind::none;
    grant_result result = grant_result::granted(std::move(reply.token), reply.expires_in);
    result.diagnostics() = std::move(details);
    return result;
}

} // namespace faceki::testing
