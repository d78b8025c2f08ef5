// What servers and proxies answer that want a client's log to show what it sent them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "secrets/scene.hpp"
#include "support/mock_replies.hpp"

namespace faceki_test {

/// An answer and the error it must cause; no code = the set's token is taken.
struct hostile_reply {
    std::string name;
    faceki::testing::mock_reply reply;
    std::optional<faceki::errc> code;
};

/// The request of `set` as it came to an endpoint: its lines, its fields, its body.
std::string request_of(const secret_set& set, faceki::credentials_in place);

/// `value` in each spelling, base64 at three positions.
std::vector<std::pair<std::string, std::string>> spellings_of(std::string_view value);

/// "…@…" with every @ replaced.
std::string filled(std::string_view pattern, std::string_view with);

/// Every status, and every way in which a 2xx is no token, with secrets wherever they fit.
std::vector<hostile_reply> hostile_replies(const secret_set& set);

/// Broken HTTP, passed limits and torn answers, made of what the client had sent.
std::vector<hostile_reply> broken_replies(const secret_set& set, std::string_view request);

} // namespace faceki_test
