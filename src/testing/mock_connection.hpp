// One connection of the mock endpoint: two coroutines, one that always reads and one that answers.
#pragma once

#include <faceki/detail/asio.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include <asio/ip/tcp.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/steady_timer.hpp>

#include "testing/mock_http.hpp"
#include "testing/mock_routes.hpp"
#include "testing/mock_state.hpp"
#include "testing/mock_tls.hpp"

namespace faceki::testing {

class mock_connection;

/// What all connections share. Used on the endpoint's own thread only, but for `state`.
struct mock_hub {
    const mock_options options;
    const std::string token_target;
    mock_state state;
    std::unique_ptr<asio::ssl::context> tls; ///< null = plain http
    std::unordered_set<mock_connection*> connections;
};

/// Lives as long as its coroutines. They end when the peer leaves, a reply ends the connection, or somebody calls
/// abort().
class mock_connection {
public:
    mock_connection(mock_hub& hub, asio::ip::tcp::socket socket, std::size_t number);
    ~mock_connection();
    mock_connection(const mock_connection&) = delete;
    mock_connection& operator=(const mock_connection&) = delete;

    static asio::awaitable<void> serve(std::shared_ptr<mock_connection> self);

    /// Ends everything at once, whatever is going on.
    void abort();
    /// Ends the connection politely if no request is being answered. `done` is dropped when it has ended.
    void close_if_idle(const std::shared_ptr<void>& done);

private:
    static asio::awaitable<void> keep_reading(std::shared_ptr<mock_connection> self);

    asio::awaitable<bool> shake_hands();
    asio::awaitable<bool> next_request();
    asio::awaitable<bool> answer(const http_request& request);
    asio::awaitable<bool> answer_token_request(const http_request& request, boot_clock::time_point arrival);
    std::string answer_at_once(const http_request& request, const route& to, boot_clock::time_point arrival);
    recorded_request record(const http_request& request, const std::string& shape_problem) const;

    asio::awaitable<std::size_t> read_some(char* buffer, std::size_t size, error_code& ec);
    asio::awaitable<bool> write_all(std::string_view bytes);
    /// Until wake() or `until`.
    asio::awaitable<void> pause(asio::steady_timer::time_point until = asio::steady_timer::time_point::max());
    /// When close_idle_after has passed from now.
    asio::steady_timer::time_point end_of_patience() const;
    asio::awaitable<void> end(std::shared_ptr<mock_connection> self);
    void wake();
    void close_socket();

    mock_hub& hub_;
    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
    asio::steady_timer wake_;
    const std::size_t number_;
    handshake_facts facts_;
    std::string received_; ///< bytes that no request has taken yet
    http_request_reader reader_;
    std::shared_ptr<void> closing_;
    bool established_ = false;
    bool reading_ = false;   ///< keep_reading() runs
    bool leaving_ = false;   ///< keep_reading() shall end
    bool ended_ = false;     ///< nothing more will be received
    bool answering_ = false; ///< from the last byte of a request to the last byte of its reply
    bool open_ = true;
};

} // namespace faceki::testing
