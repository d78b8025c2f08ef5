// A client that is used without a pause: what its callers do, and what it says of its flights.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string_view>

#include <faceki/client.hpp>

#include <asio/io_context.hpp>

namespace faceki_soak {

/// Lives on one io_context with one thread; all functions are called in that thread.
class soaked_client {
public:
    /// `config` brings the endpoint and what is common to all clients.
    soaked_client(asio::io_context& io, faceki::client_config config, unsigned number);
    soaked_client(const soaked_client&) = delete;
    soaked_client& operator=(const soaked_client&) = delete;

    /// Starts callers that ask all the time, one after the other, with a limit of their own, and cancelled, until it
    /// has had `rollovers` more tokens after its first one.
    void use(std::size_t rollovers);
    /// Starts one call.
    void call();

    /// Whether the last flight brought a token in its first attempt, on a connection made for it by an old session, and
    /// nothing has happened since: then what it holds is always the same.
    bool rests() const;
    bool has_waited_for_a_connection() const noexcept { return has_waited_; } ///< for one in the making

    std::size_t rollovers() const noexcept { return tokens_ == 0 ? 0 : tokens_ - 1; }
    std::size_t faults() const noexcept { return faults_; } ///< attempts that failed
    const faceki::client& client() const noexcept { return client_; }

private:
    class witness;
    friend class witness;

    faceki::client_config told_to(faceki::client_config config, unsigned number);
    void hear(std::string_view line);
    void flight_ended(const faceki::flight_finished& f);

    asio::awaitable<void> ask_again_and_again();
    asio::awaitable<void> ask_impatiently();
    asio::awaitable<void> ask_and_cancel();
    asio::awaitable<void> breathe();

    asio::io_context& io_;
    std::minstd_rand random_;
    std::size_t tokens_ = 0;
    std::size_t wanted_ = 0;
    std::size_t faults_ = 0;
    bool session_resumed_ = false;
    bool last_was_clean_ = false;
    bool has_waited_ = false;
    faceki::client client_; // last: it talks to the others
};

} // namespace faceki_soak
