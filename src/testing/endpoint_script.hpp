// What a scripted_endpoint has been told to answer, and what it has seen and granted.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <faceki/testing/scripted_endpoint.hpp>

#include "testing/bell.hpp"

namespace faceki::testing {

enum class scripted { grant, bytes, lose, refuse, hold };

struct script_entry {
    scripted what = scripted::grant;
    std::string text; ///< the token, or the bytes; no token = "token-N"
    std::optional<std::chrono::milliseconds> lifetime;
    scripted_endpoint::latency after;
};

/// One request on its way: its entry with the defaults filled in.
struct scripted_request {
    scripted what;
    std::string bytes; ///< of the reply
    std::chrono::milliseconds after;
};

struct scripted_endpoint::state {
    explicit state(std::shared_ptr<faceki::clock> clock) : time(std::move(clock)) {}

    const std::shared_ptr<faceki::clock> time;

    mutable std::mutex mutex;
    std::deque<script_entry> script;
    std::vector<std::weak_ptr<bell>> held;
    std::chrono::milliseconds usual_lifetime = std::chrono::hours{1};
    std::chrono::milliseconds usual_latency{50};

    std::size_t requests = 0;
    std::size_t early = 0;
    std::size_t in_flight = 0;
    std::size_t most_in_flight = 0;
    std::size_t cancelled = 0;
    std::size_t presented = 0;
    std::size_t dead = 0;

    /// Takes the next entry, and counts. Who is held waits at `answer`.
    scripted_request depart(std::string_view client_id, const std::shared_ptr<bell>& answer);
    void granted(std::string_view client_id, std::string_view token, std::chrono::milliseconds lifetime);
    bool accepts(std::string_view token);
    void revoke_all();

private:
    std::map<std::string, boot_clock::time_point, std::less<>> alive_until_; ///< of each client id's last token
    std::unordered_map<std::string, boot_clock::time_point> tokens_;         ///< and when each ends
    std::size_t tidy_at_ = 64;
};

/// A whole HTTP/1.1 reply; `fields` are further ones, each with its CR LF.
std::string http_reply(int status, std::string_view body, std::string_view fields = {});

/// Reads `bytes` as the client would read them from the wire. `details` are what is known so far.
grant_result read_reply(std::string_view bytes, std::chrono::system_clock::time_point received, grant_request& request,
                        diagnostics details);

} // namespace faceki::testing
