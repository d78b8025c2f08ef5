// Everything a client can be told, with every default in place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <faceki/clock.hpp>
#include <faceki/credentials_in.hpp>
#include <faceki/log.hpp>
#include <faceki/token_source.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

/// The lowest TLS version a connection may speak.
enum class tls_version { tls1_2, tls1_3 };

/// Whom to trust. With neither field set: the system's CA store.
struct tls_options {
    std::string ca_file; ///< PEM file; replaces the system store
    std::string ca_pem;  ///< PEM text; replaces the system store (and adds to ca_file)
    tls_version minimum = tls_version::tls1_2;

    bool operator==(const tls_options&) const = default;
};

/// How a lifetime becomes deadlines.
struct lifetime_options {
    /// used when the reply has no `expires_in`; 0 = refuse such a reply
    std::chrono::milliseconds assumed_lifetime = std::chrono::hours{1};
    /// a token is handed out no later than this before its end
    std::chrono::milliseconds safety_margin{0};
    /// how much of the exchange's own duration is charged against the token
    std::chrono::milliseconds max_uncertainty = std::chrono::seconds{1};
};

/// Every bound, with its default.
struct limits {
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{5}; ///< DNS + TCP + TLS of one attempt
    std::chrono::milliseconds attempt_timeout =
        std::chrono::seconds{10}; ///< request written → last body byte of one attempt
    std::chrono::milliseconds flight_deadline =
        std::chrono::seconds{30}; ///< the whole flight, whether anyone still waits or not
    std::chrono::milliseconds max_connection_idle =
        std::chrono::seconds{55}; ///< a connection idle for longer is not used again; one that would be is not kept
    std::size_t max_header_bytes = 32 * 1024;
    std::size_t max_header_fields = 256;
    std::size_t max_interim_responses = 16;
    std::size_t max_body_bytes = 1024 * 1024;
    std::size_t max_json_depth = 128;
    std::size_t max_token_bytes = 16 * 1024;
    std::size_t max_credential_bytes = 64 * 1024; ///< each of client id and secret
    std::size_t max_waiters = 2'097'152;          ///< then errc::too_many_waiters
};

/// What every refresher needs, whatever its source.
struct refresher_config {
    faceki::credentials credentials;
    faceki::limits limits;
    lifetime_options lifetime;
    std::shared_ptr<faceki::clock> clock;                  ///< null = the system's; tests pass testing::manual_clock
    log_hook log;                                          ///< null = no log
    faceki::log_level log_level = faceki::log_level::info; ///< how much the hook is told
    std::optional<std::uint64_t> random_seed; ///< of the spread of cool-downs; empty = a random one, tests set it
};

/// Configuration of a client. Make a named object, fill what differs, pass it to the constructor,
/// which throws token_error(errc::invalid_config) naming the first field that cannot work.
struct client_config : refresher_config {
    std::string base_url = "https://sdk.faceki.com"; ///< may carry a path; `/auth/api/generate-token` is appended
    bool allow_http_on_loopback = false;             ///< plain http, to a loopback address only: for tests
    std::string connect_to; ///< "address:port" dialled instead of the URL's host; names and checks stay
    std::string proxy;      ///< "" = HTTPS_PROXY and NO_PROXY decide; "none"; or "http://[user:password@]host:port"
    std::string user_agent = "faceki-cpp";
    credentials_in send_credentials = credentials_in::body;
    tls_options tls;
    std::shared_ptr<token_source> source; ///< null = the HTTPS endpoint above
};

} // namespace faceki::inline FACEKI_ASIO_BACKEND
