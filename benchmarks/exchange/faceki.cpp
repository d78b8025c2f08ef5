// The library as its users have it: `co_await client.token()` of a client without a token, from the call to the
// caller's resumption. So beside the exchange itself this holds joining, the flight, both alarms, parsing and checking
// the whole reply, publishing and waking.
#include <optional>

#include <faceki/client.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "exchange/way.hpp"

namespace faceki::bench {
namespace {

/// One for all clients, as in a program that has several: what it costs is no connection's heap. Never destroyed, since
/// a wrong answer ends the program from inside of it.
asio::io_context& context()
{
    static asio::io_context& one = *new asio::io_context(1);
    return one;
}

credentials the_credentials()
{
    return credentials(std::string(token_endpoint::client_id), std::string(token_endpoint::client_secret));
}

class faceki_way final : public way {
public:
    faceki_way(const token_endpoint& endpoint, connections how) : how_(how)
    {
        config_.credentials = the_credentials();
        config_.base_url = "https://127.0.0.1:" + std::to_string(endpoint.port);
        config_.tls.ca_pem = endpoint.ca_pem;
        config_.proxy = "none";
        if (how != connections::kept)
            config_.limits.max_connection_idle = std::chrono::milliseconds{0};
        client_.emplace(context().get_executor(), config_);
    }

    void run(stopwatch& timed) override
    {
        asio::co_spawn(context(), how_ == connections::cold ? with_new_clients(timed) : with_one_client(timed),
                       [](std::exception_ptr failed) {
                           if (failed)
                               std::rethrow_exception(failed);
                       });
        context().run();
        context().restart();
    }

private:
    /// A session is the client's: only a new client has none. Its making and its end are part of the exchange here;
    /// client_ meanwhile holds what all clients of a process share, the TLS context.
    asio::awaitable<void> with_new_clients(stopwatch& timed)
    {
        while (timed.wanted()) {
            timed.begin();
            access_token token;
            {
                client fresh(context().get_executor(), config_);
                token = co_await fresh.token();
            }
            timed.end(token.value());
        }
    }

    /// Same credentials once more: the token goes, and the next call may fetch at once. In use a token just ends: so
    /// this is not timed, except for what it leaves to the strand.
    asio::awaitable<void> with_one_client(stopwatch& timed)
    {
        while (timed.wanted()) {
            client_->set_credentials(config_.credentials);
            timed.begin();
            const access_token token = co_await client_->token();
            timed.end(token.value());
        }
    }

    const connections how_;
    client_config config_;
    std::optional<client> client_;
};

} // namespace

std::unique_ptr<way> make_faceki(const token_endpoint& endpoint, connections how)
{
    return std::make_unique<faceki_way>(endpoint, how);
}

} // namespace faceki::bench
