// send() and recv() on a socket, for the plain path and, as a BIO, for OpenSSL.
#pragma once

#include <cstddef>
#include <system_error>

#include <faceki/detail/asio.hpp>

struct bio_st;

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {

/// A non-blocking socket's descriptor, and what happened to it. OpenSSL's own socket BIO writes with write(2): a peer
/// that resets the connection would raise SIGPIPE and end the process. It also forgets how the stream ended.
class socket_channel {
public:
    void attach(int descriptor) noexcept;
    /// Every call fails from here on. To be called before the descriptor is closed: its number may be another file's
    /// then.
    void detach() noexcept { descriptor_ = -1; }

    /// Bytes moved; -1 with would_block() or error(); receive() gives 0 when the peer has ended the stream.
    /// The first receive() behind a send() gives would_block() without asking: the peer has to answer first, and what
    /// came before that is there after a wait as well.
    int send(const void* data, std::size_t size) noexcept;
    int receive(void* data, std::size_t size) noexcept;
    /// What recv() would find, without taking anything out.
    enum class waiting { nothing, bytes, end_or_error };
    waiting peek() noexcept;

    bool would_block() const noexcept { return would_block_; }
    bool ended() const noexcept { return ended_; }
    std::error_code error() const noexcept { return {error_, std::system_category()}; }

private:
    int result(long moved) noexcept;

    int descriptor_ = -1;
    int error_ = 0; ///< of the last failed call, for good
    bool would_block_ = false;
    bool just_sent_ = false;
    bool ended_ = false;
};

/// A BIO over the channel, which must outlive it. Null when there is no memory.
bio_st* make_socket_bio(socket_channel& channel);

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
