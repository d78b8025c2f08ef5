// The token endpoint and the API behind it, without a network: scripted HTTP replies in virtual time, and a judge.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <faceki/access_token.hpp>
#include <faceki/clock.hpp>
#include <faceki/token_source.hpp>

namespace faceki::testing {

/// `config.source = std::make_shared<faceki::testing::scripted_endpoint>(config.clock);` (a world has one already)
///
/// Each token request takes the next entry of the script; after its end request N is granted "token-N". Replies are
/// bytes of HTTP that go through the library's own parser and classification: what a client says of a 503 here is
/// what it says of a 503 on the wire. Limits are the defaults of client_config.
///
/// A request arrives the moment it is sent, its answer comes `latency` later (an entry's own, else set_latency()),
/// and a token lives from that instant. A cancelled request ends at once, with operation_aborted, and was counted.
/// Thread safety: every function may be called from any thread.
class FACEKI_API scripted_endpoint final : public token_source {
public:
    using latency = std::optional<std::chrono::milliseconds>; ///< empty = the usual one

    explicit scripted_endpoint(std::shared_ptr<faceki::clock> time);
    ~scripted_endpoint() override;

    /// Appends an entry: 200 with this token, in the documented envelope.
    scripted_endpoint& grant(std::string token, std::chrono::milliseconds lifetime, latency after = {});
    /// Appends an entry: this status with an empty body.
    scripted_endpoint& fail(int status, latency after = {});
    /// Appends an entry: the same, with this Retry-After. (One with a date: raw().)
    scripted_endpoint& try_later(int status, std::chrono::seconds retry_after, latency after = {});
    /// Appends an entry: this status and body. A token in it counts as granted if the client takes it.
    scripted_endpoint& reply(int status, std::string body, latency after = {});
    /// Appends an entry: these bytes in place of an HTTP reply, then the end of the connection.
    scripted_endpoint& raw(std::string bytes, latency after = {});
    /// Appends an entry: the request is sent, and the connection ends without an answer: errc::connection_lost.
    scripted_endpoint& lose(latency after = {});
    /// Appends an entry: no connection, so nothing arrives or is counted: errc::connect_failed.
    scripted_endpoint& refuse(latency after = {});
    /// Appends an entry: no answer before release(), which grants "token-N".
    scripted_endpoint& hold();
    /// Lets every held request go.
    void release();

    /// Of tokens that no entry gives another lifetime; 1 h unless set.
    scripted_endpoint& set_lifetime(std::chrono::milliseconds lifetime);
    /// 50 ms unless set.
    scripted_endpoint& set_latency(std::chrono::milliseconds usual);

    std::size_t requests() const; ///< token requests that arrived
    /// … while the last token granted to their client id was alive and not revoked.
    std::size_t early() const;
    std::size_t in_flight() const; ///< now, refused ones included
    std::size_t most_in_flight() const;
    std::size_t cancelled() const; ///< requests that ended by cancellation

    /// What the API answers to a call with this token: 200, or 401 if it has expired, was revoked or never granted.
    int api_status(const access_token& token);
    std::size_t presented() const; ///< calls of api_status() with a token
    std::size_t dead() const;      ///< … that got 401
    /// Every token granted so far gets 401, and no request counts as early because of it.
    void revoke_all();

    asio::awaitable<grant_result> request_token(grant_request& request) override;

private:
    struct state;
    static asio::awaitable<grant_result> play(std::shared_ptr<state> s, grant_request& request);

    std::shared_ptr<state> state_;
};

} // namespace faceki::testing
