// The secrets of these tests, and a witness who hears everything a client says.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <faceki/client.hpp>
#include <faceki/testing/mock_endpoint.hpp>

#include "integration/one_call.hpp"
#include "secrets/sentinel.hpp"

namespace faceki_test {

/// What one client must keep to itself.
struct secret_set {
    std::string name;
    std::string client_id;
    std::string client_secret;
    std::string token; ///< what the endpoint issues, where a test scripts it
    std::string proxy_password;
};

/// [0]: letters and digits, as the vendor's are. [1]: what needs escaping in JSON, URLs, HTML and shells.
const std::vector<secret_set>& secret_sets();

std::vector<guarded> guarded_of(const secret_set& set);

/// One for each set, made once.
const sentinel& guard_of(const secret_set& set);

/// Collects texts, then looks for secrets in all of them. Thread safety: hook() from any thread.
class witness {
public:
    /// Keeps every line, at trace level.
    faceki::log_hook hook();
    void saw(std::string where, std::string text);
    /// Everything that a result can be made to say.
    void saw(const faceki::token_result& result);
    void saw(const faceki::token_error& error);

    std::size_t lines() const;
    /// No text of all holds one of the secrets. There must be texts.
    void check(const secret_set& set) const;

private:
    void saw(const std::error_code& code, const faceki::diagnostics& details);

    mutable std::mutex mutex_;
    std::size_t lines_ = 0;
    std::vector<std::pair<std::string, std::string>> texts_; ///< where, what
};

/// A client of `set` that `heard` listens to.
faceki::client_config config_of(const secret_set& set, const faceki::testing::mock_endpoint& endpoint, witness& heard);

/// Takes any credentials: its answers are scripted.
faceki::testing::mock_options any_client();

/// A fresh client makes one call, which must end with `code` (empty = the set's token), and says no secret.
faceki::token_result check_one_call(const secret_set& set, const faceki::client_config& config, witness& heard,
                                    std::optional<faceki::errc> code);

} // namespace faceki_test
