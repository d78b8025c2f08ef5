// What the tests of the tool share: its credentials, its endpoint, and its output taken apart.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <faceki/testing/mock_endpoint.hpp>

#include "tool/process.hpp"

namespace faceki_test {

inline const std::string client_id = "tool-client-8c41d7";
inline const std::string client_secret = "tool-secret-51fe20b9";

/// Takes client_id and client_secret only.
faceki::testing::mock_options strict_endpoint();

/// A folder for a test's files, removed at its end.
class temporary_folder {
public:
    temporary_folder();
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    std::string path(const std::string& name) const { return path_ + '/' + name; }
    /// Its path.
    std::string write(const std::string& name, std::string_view text) const;

private:
    std::string path_;
};

/// `faceki` with these arguments and both credentials in its environment.
process_setup tool(std::vector<std::string> arguments);

/// `faceki token` against `endpoint`, which it trusts.
process_setup token_from(const faceki::testing::mock_endpoint& endpoint, const temporary_folder& files,
                         std::initializer_list<std::string> more = {});

/// Starts it, waits for its end.
ended_process run(const process_setup& setup);

/// The error line of --format json, the last one of `err`. Its keys and their order are checked.
struct error_line {
    std::string code;
    std::vector<std::string> conditions;
    std::string message;
    std::optional<int> http_status;
    bool retryable = false;
    int requests_sent = -1;
};
error_line parse_error(const std::string& err);

/// The object of --format json, the only line of `out`. Its keys and their order are checked.
struct token_line {
    std::string access_token;
    std::string token_type;
    int expires_in = -1;
    std::string expires_at;
    long expires_at_epoch = -1;
    int requests_sent = -1;
};
token_line parse_token(const std::string& out);

/// The lines of `text`; each must be ended.
std::vector<std::string> lines_of(const std::string& text);

/// Neither credential, nor `token`, stands in it.
void check_no_secret(const std::string& text, std::string_view token = {});

} // namespace faceki_test
