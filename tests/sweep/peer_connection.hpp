// One connection of a peer: OpenSSL over memory, so that every byte goes when the script says so.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "support/openssl.hpp"
#include "sweep/peer.hpp"

namespace faceki_test::sweep {

/// What all connections of a peer share with it.
struct peer_state {
    const conduct& how;
    ssl_context_ptr tls;
    int listener = -1;
    int told = -1; ///< eventfd: `sound` or `ending` has changed
    std::atomic<bool> sound{false};
    std::atomic<bool> ending{false};
    std::atomic<int> accepted{0};
    std::atomic<int> open{0};
    std::atomic<int> reached{0};
    std::atomic<int> requests{0};
    std::atomic<int> left{0};

    /// Until `descriptor` is ready for `events`, or has failed. False: the peer ends. Any of `events` may be 0.
    bool wait(int descriptor, short events) const;
};

/// Lives on the peer's thread.
class peer_connection {
public:
    /// Takes the descriptor.
    peer_connection(peer_state& owner, int descriptor);
    ~peer_connection();
    peer_connection(const peer_connection&) = delete;
    peer_connection& operator=(const peer_connection&) = delete;

    /// Returns when the connection is over.
    void serve();

private:
    bool goes_wrong_at(stop_at where) const { return owner_.how.at == where && !owner_.sound; }
    /// What the script wants at this point; true: all goes well from here on.
    bool go_wrong();
    /// Until told to go on (true), the client leaves, it comes with a new connection, or the peer ends.
    bool rest();

    bool shake_hands();
    bool read_request();
    bool answer(bool well);
    bool write(std::string_view text);

    bool receive(); ///< from the socket into OpenSSL
    bool flush();   ///< from OpenSSL into the socket
    bool send(std::string_view bytes);
    void client_left();
    void wait_for_acknowledgement() const;
    void reset();

    peer_state& owner_;
    int fd_;
    ssl_handle_ptr tls_;
    BIO* in_ = nullptr; // both are tls_'s
    BIO* out_ = nullptr;
    std::string received_; ///< decrypted, not yet used
    bool has_left_ = false;
};

} // namespace faceki_test::sweep
