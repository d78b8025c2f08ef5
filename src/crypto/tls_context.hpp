// TLS as this library wants it: one SSL_CTX per distinct configuration in the process, and the sessions that let a new
// connection skip most of the handshake.
#pragma once

#include <memory>
#include <string>

#include <faceki/config.hpp>

// OpenSSL's own types, so that its headers stay in the .cpp files.
struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace faceki::crypto {

/// Frees a connection without waiting for the peer's close_notify, and so that its session stays resumable.
struct free_ssl {
    void operator()(ssl_st* ssl) const noexcept;
};
using ssl_ptr = std::unique_ptr<ssl_st, free_ssl>;

struct free_session {
    void operator()(ssl_session_st* session) const noexcept;
};
using session_ptr = std::unique_ptr<ssl_session_st, free_session>;

/// The last session the peer gave us. Belongs to one peer name: a session carries the result of the certificate check.
/// Thread safety: none; all connections that share it live on one strand.
class session_slot {
public:
    void put(session_ptr session) noexcept { session_ = std::move(session); }
    /// A session for one handshake, or null. A TLS 1.3 ticket is given once only (RFC 8446 appendix C.4).
    session_ptr take() noexcept;
    void clear() noexcept { session_.reset(); }

private:
    session_ptr session_;
};

/// TLS 1.2 or newer, security level 2, certificates checked, ALPN http/1.1, no compression, no renegotiation, no early
/// data. Thread safety: every function may be called from any thread.
class tls_context {
public:
    /// The context for these options: an existing one while anybody uses it, since reading a CA bundle takes 19 ms and
    /// 0.8 MB. (Hence a changed ca_file is read when its last user is gone.) Throws token_error(errc::invalid_config)
    /// naming the field.
    static std::shared_ptr<const tls_context> shared(const tls_options& options);

    explicit tls_context(const tls_options& options);
    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    /// A client connection that will accept a certificate for `host` only: by its subject alternative names, never by
    /// its CN. Offers the slot's session and puts newer ones there. Null when OpenSSL is out of memory.
    ssl_ptr new_connection(const std::string& host, bool is_address,
                           const std::shared_ptr<session_slot>& sessions) const;

private:
    struct free_context {
        void operator()(ssl_ctx_st* context) const noexcept;
    };

    std::unique_ptr<ssl_ctx_st, free_context> context_;
};

} // namespace faceki::crypto
