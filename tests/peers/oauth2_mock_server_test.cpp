// The client against oauth2-mock-server: an HTTP server, a TLS stack and tokens that nobody here wrote.
#define BOOST_TEST_MODULE peers
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <faceki/client.hpp>
#include <simdjson.h>

namespace {

/// server.mjs as a child process; it ends when its stdin closes, and by itself after a minute.
class peer {
public:
    peer(const std::string& node, const std::string& script)
    {
        int to_child[2];
        int from_child[2];
        if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
        std::vector<std::string> words{node, script};
        char* argv[] = {words[0].data(), words[1].data(), nullptr};
        const int failed = ::posix_spawn(&pid_, node.c_str(), &actions, nullptr, argv, environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(to_child[0]);
        ::close(from_child[1]);
        input_ = to_child[1];
        output_ = from_child[0];
        if (failed != 0)
            throw std::runtime_error("cannot start " + node);
        const std::string hello = line();
        simdjson::dom::parser parser;
        const simdjson::dom::element json = parser.parse(hello);
        port = static_cast<std::uint16_t>(std::uint64_t(json["port"]));
        issuer = std::string(std::string_view(json["issuer"]));
        ca_pem = std::string(std::string_view(json["ca"]));
    }

    ~peer()
    {
        stop_input();
        if (pid_ > 0)
            ::waitpid(pid_, nullptr, 0);
        ::close(output_);
    }

    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    /// Ends the server; afterwards `requests` and `tokens` hold its own count and what it issued.
    void end()
    {
        stop_input();
        const std::string goodbye = line();
        simdjson::dom::parser parser;
        const simdjson::dom::element json = parser.parse(goodbye);
        requests = std::uint64_t(json["requests"]);
        for (const std::string_view token : simdjson::dom::array(json["tokens"]))
            tokens.emplace_back(token);
        int status = -1;
        ::waitpid(std::exchange(pid_, 0), &status, 0);
        BOOST_TEST(status == 0);
    }

    std::uint16_t port = 0;
    std::string issuer;
    std::string ca_pem;
    std::uint64_t requests = 0;
    std::vector<std::string> tokens;

private:
    void stop_input()
    {
        if (input_ >= 0)
            ::close(std::exchange(input_, -1));
    }

    std::string line()
    {
        std::string text;
        for (char c = 0; ::read(output_, &c, 1) == 1;) {
            if (c == '\n')
                return text;
            text += c;
        }
        throw std::runtime_error("the server ended without its line");
    }

    pid_t pid_ = 0;
    int input_ = -1;
    int output_ = -1;
};

peer start_peer()
{
    const auto& suite = boost::unit_test::framework::master_test_suite();
    BOOST_REQUIRE_MESSAGE(suite.argc == 3, "usage: test_peers [Boost.Test options] -- <node> <server.mjs>");
    return peer(suite.argv[1], suite.argv[2]);
}

faceki::client_config config_for(const peer& server, std::string id, std::string secret)
{
    faceki::client_config config;
    config.base_url = "https://127.0.0.1:" + std::to_string(server.port);
    config.tls.ca_pem = server.ca_pem;
    config.proxy = "none";
    config.credentials = faceki::credentials(std::move(id), std::move(secret));
    return config;
}

asio::awaitable<void> fetch(faceki::client& client, std::optional<faceki::token_result>& result)
{
    result = co_await client.try_token();
}

faceki::token_result ask(asio::io_context& io, faceki::client& client)
{
    std::optional<faceki::token_result> result;
    asio::co_spawn(io, fetch(client, result), asio::detached);
    io.restart();
    io.run();
    BOOST_REQUIRE(result);
    return *result;
}

/// base64url without padding (RFC 7515), as the parts of a JWT are written.
std::string base64url(std::string_view text)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        BOOST_REQUIRE(digit != std::string_view::npos);
        bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFFFF;
        count += 6;
        if (count >= 8)
            bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
    }
    return bytes;
}

} // namespace

BOOST_AUTO_TEST_CASE(one_request_brings_the_servers_jwt_and_serves_every_later_call)
{
    peer server = start_peer();
    asio::io_context io;
    faceki::client client{io.get_executor(), config_for(server, "peer-client", "peer-secret")};

    const auto first = ask(io, client);
    BOOST_REQUIRE_MESSAGE(first, first.error().message() + ": " + first.diagnostics().message);
    const auto second = ask(io, client);
    BOOST_TEST((*first == *second));
    BOOST_TEST((client.peek() == *first));

    const std::string jwt(first->value());
    BOOST_TEST(std::count(jwt.begin(), jwt.end(), '.') == 2);
    const auto dot = jwt.find('.');
    const std::string head = base64url(std::string_view(jwt).substr(0, dot));
    const std::string payload = base64url(std::string_view(jwt).substr(dot + 1, jwt.rfind('.') - dot - 1));
    simdjson::dom::parser parser;
    BOOST_TEST(std::string_view(parser.parse(head)["alg"]) == "RS256");
    BOOST_TEST(std::string_view(parser.parse(payload)["iss"]) == server.issuer);

    server.end();
    BOOST_TEST(server.requests == 1U);
    BOOST_TEST(server.tokens == std::vector<std::string>{jwt}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_foreign_json_parser_reads_the_secret_as_it_was_given)
{
    peer server = start_peer();
    asio::io_context io;
    faceki::client client{io.get_executor(),
                          config_for(server, "peer-odd", "quote \" backslash \\ newline \n umlaut \u00fc")};
    const auto result = ask(io, client);
    BOOST_TEST(static_cast<bool>(result), result.error().message() + ": " + result.diagnostics().message);
    server.end();
    BOOST_TEST(server.requests == 1U);
}

BOOST_AUTO_TEST_CASE(refused_credentials_cost_one_request_each)
{
    peer server = start_peer();
    asio::io_context io;
    for (const auto& [secret, status] : {std::pair{"not-the-secret", 401}, std::pair{"short", 400}}) {
        faceki::client client{io.get_executor(), config_for(server, "peer-client", secret)};
        const auto result = ask(io, client);
        BOOST_TEST(result.error() == faceki::errc::credentials_rejected);
        BOOST_TEST(result.diagnostics().http_status == status);
        BOOST_TEST(result.diagnostics().requests_sent == 1);
    }
    server.end();
    BOOST_TEST(server.requests == 2U);
    BOOST_TEST(server.tokens.empty());
}
