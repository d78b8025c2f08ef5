// Listens to a client's log hook: keeps the lines of the network, and looks for secrets in all of them.
#pragma once

#include <boost/test/unit_test.hpp>

#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "integration/one_call.hpp"

namespace faceki_test {

using lines = std::vector<std::string>;

inline constexpr const char* client_id = "id-4f9c2b7a1e5d";
inline constexpr const char* client_secret = "secret-8d31a6c04b97";
inline constexpr const char* proxy_user = "proxy-user:proxy-pa55";
inline constexpr const char* proxy_user_base64 = "cHJveHktdXNlcjpwcm94eS1wYTU1";
inline constexpr const char* scripted_token = "token-d19b3c75e0f2";

inline faceki::testing::mock_options with_our_credentials(std::chrono::milliseconds lifetime = std::chrono::seconds{30})
{
    faceki::testing::mock_options options;
    options.client_id = client_id;
    options.client_secret = client_secret;
    options.lifetime = lifetime; // within the idle limit, so that connections are kept
    return options;
}

/// What a client told. Checks at once that no line holds a secret or a line end, and no line of the network a word of
/// the server's ("hostile").
class listener {
public:
    faceki::log_hook hook()
    {
        return [this](faceki::log_level level, std::string_view line) { hear(level, line); };
    }

    /// Lines of the network, without what differs from run to run: times, sizes, ports.
    lines take()
    {
        static const std::regex time(R"([0-9]+\.[0-9]{3} ms)");
        static const std::regex size("[0-9]+ bytes");
        static const std::regex port("(127\\.0\\.0\\.1|\\[::1\\]):[0-9]+");
        for (std::string& line : heard_) {
            line = std::regex_replace(line, time, "T ms");
            line = std::regex_replace(line, size, "N bytes");
            line = std::regex_replace(line, port, "$1:P");
        }
        return std::exchange(heard_, {});
    }

    /// The same as they came.
    const lines& unchanged() const noexcept { return heard_; }

private:
    void hear(faceki::log_level level, std::string_view line)
    {
        // eyJ: where the endpoint's own tokens begin.
        for (const std::string_view secret : {client_id, client_secret, scripted_token, "eyJ", "Bearer", "proxy-user",
                                              "proxy-pa55", proxy_user_base64, "generate-token"})
            BOOST_TEST(line.find(secret) == line.npos, line);
        BOOST_TEST(line.find_first_of("\r\n") == line.npos, line);
        if (!line.starts_with("net: "))
            return; // about flights: may quote the server, marked as such
        BOOST_TEST(line.find("hostile") == line.npos, line);
        BOOST_TEST((level == faceki::log_level::trace));
        heard_.emplace_back(line.substr(5));
    }

    lines heard_;
};

inline faceki::client_config traced(const faceki::testing::mock_endpoint& endpoint, listener& to)
{
    faceki::client_config config = config_for(endpoint);
    config.credentials = faceki::credentials(client_id, client_secret);
    config.log = to.hook();
    config.log_level = faceki::log_level::trace;
    return config;
}

/// Drops the token, so that the next call fetches: the same credentials once more.
inline void forget_token(faceki::client& client)
{
    client.set_credentials(faceki::credentials(client_id, client_secret));
}

inline void check(const lines& heard, const lines& expected)
{
    BOOST_TEST(heard == expected, boost::test_tools::per_element());
}

} // namespace faceki_test
