// A TLS endpoint that goes wrong at one step, in one way: what the kit's own endpoint cannot do byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <faceki/testing/throwaway_ca.hpp>

namespace faceki_test::sweep {

/// How far a connection gets.
enum class stop_at : std::uint8_t {
    backlog,     ///< nobody accepts, and the queue of those who wait is full: a SYN is swallowed
    hello,       ///< the ClientHello has come, nothing was answered
    half_flight, ///< half of the server's part of the handshake was sent
    request,     ///< the handshake is done and the request has begun to come; nothing more of it is read
    reply,       ///< the request was read, and `reply` was sent up to `upto`
    idle,        ///< the whole reply was sent
    nowhere,     ///< all goes well
};

/// What happens there.
enum class act : std::uint8_t {
    silence,
    finish,            ///< FIN, without close_notify
    reset,             ///< RST
    finish_then_reset, ///< the peer is in CLOSE_WAIT when the RST comes: its next write fails with EPIPE
    close_notify,      ///< close_notify, then FIN
    say,               ///< the bytes of `words`, below TLS; then silence
};

struct conduct {
    stop_at at = stop_at::nowhere;
    act then = act::silence;
    std::string words{};
    std::string reply{}; ///< empty = a good one
    std::size_t upto = std::string::npos;
    int newest_tls = 0;    ///< TLS1_2_VERSION …; 0 = the newest
    bool stranger = false; ///< shows a certificate of a CA that nobody trusts
    int lifetime = 3600;   ///< seconds, of the tokens of its good replies
    int served_first = 0;  ///< requests of a connection that are answered well before the one that is not
};

/// A 200 with a token of this lifetime, in the documented form.
std::string good_reply(int expires_in);

/// What the program's endpoints share: a CA, and its certificate for endpoint_host.
inline constexpr const char* endpoint_host = "endpoint.sweep.test";
const faceki::testing::throwaway_ca& trusted_ca();
const faceki::testing::certificate& endpoint_certificate();

struct peer_state;

/// On a thread of its own, on 127.0.0.1, one connection after the other; each goes the same way.
/// Thread safety: the functions may be called from any thread.
class peer {
public:
    explicit peer(conduct how);
    ~peer(); ///< ends it, whatever is going on
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    int accepted() const noexcept; ///< but the one that fills its queue
    int open() const noexcept;     ///< connections that, as far as it knows, nobody has ended
    int reached() const noexcept;  ///< connections that came to where it goes wrong
    int requests() const noexcept; ///< requests that came whole
    int left() const noexcept;     ///< connections that the client ended

    /// Ends the silence: from here on all goes well, on this connection and on later ones.
    void go_on();

private:
    void run();
    void listen();
    void fill_backlog();

    const conduct how_;
    const std::unique_ptr<peer_state> state_;
    int filler_ = -1; ///< the connection that fills the backlog
    std::uint16_t port_ = 0;
    std::thread thread_;
};

} // namespace faceki_test::sweep
