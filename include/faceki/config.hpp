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
#include <faceki/observer.hpp>
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
    /// Ask so long before a token's end for its successor, if it is in use; 0 = only after the end. THE VENDOR'S POLICY
    /// FORBIDS ANYTHING BUT 0. At most a quarter of the lifetime, so that a short token is not renewed on each call.
    std::chrono::milliseconds refresh_ahead{0};
};

/// What happens when an attempt fails inside a flight. Each request sent may be billed; callers see one outcome.
struct retry_options {
    /// Attempts of one flight, the first included; 1 = no retry. A request that was sent and not answered is sent again
    /// once at most, one that was answered 2xx never.
    int max_attempts = 3;
    /// The pause before the n-th retry is random between 0 and first_pause × 2^(n − 1), at most longest_pause, and not
    /// less than the answer's Retry-After (full jitter).
    std::chrono::milliseconds first_pause = std::chrono::seconds{1};
    std::chrono::milliseconds longest_pause = std::chrono::seconds{5};
};

/// How many token requests may leave, by this client's own count; 0 = no limit. Past a soft limit the observer is told;
/// at a hard one callers get errc::budget_exhausted with diagnostics().retry_at. One more may leave if
/// set_credentials() is called at the very moment a request does.
struct request_budget {
    std::uint64_t soft_per_hour = 0; ///< in the last 60 minutes
    std::uint64_t hard_per_hour = 0;
    std::uint64_t soft_per_day = 0; ///< since midnight UTC
    std::uint64_t hard_per_day = 0;
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
    retry_options retry;
    request_budget budget;
    bool prewarm =
        true; ///< in use, the connection is made ready shortly before a token's end; the request waits for it
    std::shared_ptr<faceki::clock> clock;                  ///< null = the system's; tests pass testing::manual_clock
    log_hook log;                                          ///< null = no log
    faceki::log_level log_level = faceki::log_level::info; ///< how much the hook is told
    std::shared_ptr<faceki::observer> observer;            ///< null = none
    std::optional<std::uint64_t>
        random_seed; ///< of the spread of pauses and cool-downs; empty = a random one, tests set it
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
