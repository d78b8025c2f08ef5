// A TLS token endpoint inside the test's process: scripted answers, its own clock, its own counts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <faceki/detail/export.hpp>
#include <faceki/testing/throwaway_ca.hpp>
#include <faceki/time.hpp>

namespace faceki::testing {

/// One scripted answer to a token request.
///
/// A reply that is not cut or stalled before its end issues a token: the one made here, or the `access_token` with
/// `expires_in` that is found in a 2xx `body`. Nothing else does, `raw` neither. Issued tokens are alive on the API
/// routes, and count in early().
struct mock_reply {
    int status = 200;
    /// Sent as it is; empty with status 200 = a fresh token with the endpoint's lifetime, in the documented envelope.
    std::string body;
    std::vector<std::string> fields; ///< extra header lines, "Retry-After: 5"; they are sent, not acted upon
    std::string content_type = "application/json";
    std::string raw;                    ///< not empty: these bytes instead of any head and body made from the above
    std::chrono::milliseconds delay{0}; ///< before the first byte, on top of the latency; ends when the client leaves
    std::size_t cut_after = npos;       ///< send this many bytes, then end the TCP connection (no close_notify)
    std::size_t stall_after = npos;     ///< send this many bytes, then nothing more; the connection stays open
    bool close_notify = false;          ///< after the whole reply: close_notify and close

    static constexpr std::size_t npos = std::numeric_limits<std::size_t>::max();
};

/// One token request as the endpoint saw it.
struct recorded_request {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> fields; ///< as received, in order
    std::string body;
    std::string sni;
    std::string tls_version; ///< "TLSv1.3"
    std::string alpn;
    bool resumed = false;           ///< the TLS session was resumed
    std::size_t connection = 0;     ///< number of the accepted connection, from 1
    boot_clock::time_point arrived; ///< the instant its last byte was read
    std::string shape_problem;      ///< the first difference to the documented request, in either form; empty = none
};

struct mock_options {
    std::uint16_t port = 0; ///< 0 = any free port
    std::string address = "127.0.0.1";
    std::chrono::milliseconds lifetime{3'600'000}; ///< of the tokens it makes; sent as seconds, fractional where needed
    std::chrono::milliseconds latency{0};          ///< before each token reply, refusals too
    /// 0…1: this share of the good requests that find the script empty gets a 503, at random
    double fail_rate = 0;
    std::string client_id = "test-client"; ///< "" = accept any credentials
    std::string client_secret = "test-secret";
    std::string base_path; ///< "/tenant": in front of /auth/api/generate-token
    bool plain_http = false;
    certificate server_certificate; ///< empty = issued by the endpoint's own CA
    std::string max_tls_version;    ///< "TLSv1.1" (refuses newer ones), "TLSv1.2", "" = newest
    bool stall_handshake = false;   ///< accept TCP, never answer the ClientHello
    /// A connection on which nothing came for so long, since its handshake or its last reply, is ended by close_notify
    /// and FIN; 0 = never. Many servers do that after 5 s.
    std::chrono::milliseconds close_idle_after{0};
};

/// The endpoint: own thread, own io_context, own clock (CLOCK_BOOTTIME); the destructor ends it, whatever is going on.
///
/// - API routes, anything below /api/, /kycverify/, /kycrules/, /facelink/: 200 with a live bearer of its own, else
/// 401.
/// - GET /__mock/stats: the counts as JSON; with ?client_id=X, `requests` and `early` of this client id only.
/// - Token route, everything else: POST <base_path>/auth/api/generate-token is what is expected here. A request of
///   another shape gets 400, other credentials get the documented 401; neither takes an entry of the script. The rest
///   is answered from the script, in order, then by fresh tokens or, at `fail_rate`, a 503.
/// - Both documented shapes are good: credentials in the JSON body, in the header fields `clientId` and `clientSecret`
///   beside an empty object, or in both with equal values.
///
/// A token lives from the instant right before its reply is written. A request arrives when its last byte is read.
/// Bytes that are no HTTP get 400 and are counted nowhere but in request_bytes().
/// Thread safety: every function may be called from any thread.
class FACEKI_API mock_endpoint {
public:
    /// Throws std::system_error if it cannot listen, or OpenSSL refuses the certificate; std::invalid_argument for an
    /// unknown TLS version or a fail_rate outside 0…1.
    explicit mock_endpoint(mock_options options = {});
    ~mock_endpoint();
    mock_endpoint(const mock_endpoint&) = delete;
    mock_endpoint& operator=(const mock_endpoint&) = delete;

    std::string url() const; ///< "https://127.0.0.1:PORT" + base_path
    std::uint16_t port() const;
    const std::string& ca_pem() const; ///< what a client must trust

    void script(mock_reply reply);                ///< append to the script
    void set_lifetime(std::chrono::milliseconds); ///< of tokens issued from now on
    void set_latency(std::chrono::milliseconds);
    void revoke_all(); ///< every token made so far is refused by the API routes, and no request counts as early
    /// Ends every connection on which no request is being answered, by close_notify and FIN. They are closed when it
    /// returns.
    void close_idle();

    std::size_t requests() const; ///< token requests seen
    /// Token requests, of any shape, that named a client id whose last token was still alive and not revoked.
    std::size_t early() const;
    /// Token replies whose status is not 2xx, counted right before they are written: scripted ones by their `status`,
    /// whatever they do afterwards, refusals of a shape or of credentials, and what fail_rate chose.
    std::size_t failed() const;
    std::size_t presented() const; ///< API calls that carried a bearer
    std::size_t dead() const;      ///< … with a token that had expired, was revoked or was never made here
    std::size_t accepted() const;  ///< TCP connections
    std::size_t open_connections() const;
    /// When they were accepted, in order; at most the last 10,000.
    std::vector<boot_clock::time_point> accept_times() const;
    std::size_t request_bytes() const;              ///< decrypted bytes received, on all connections
    std::vector<recorded_request> recorded() const; ///< token requests, at most the last 10,000
    /// Blocks until `condition` holds or `limit` has passed; returns whether it held. It is checked in the caller's
    /// thread: after each event of the endpoint, and every 20 ms.
    bool wait_until(const std::function<bool()>& condition,
                    std::chrono::milliseconds limit = std::chrono::seconds{10}) const;

private:
    class server;
    std::unique_ptr<server> server_;
};

} // namespace faceki::testing
