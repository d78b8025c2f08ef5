// SSL_CTX: what is trusted, what is offered, and which sessions are kept.
#include "crypto/tls_context.hpp"

#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace faceki::crypto {
namespace {

[[noreturn]] void refuse(std::string message, std::error_code cause = {})
{
    ERR_clear_error();
    diagnostics details;
    details.message = std::move(message);
    details.cause = cause;
    throw token_error(errc::invalid_config, std::move(details));
}

struct free_bio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using bio_ptr = std::unique_ptr<BIO, free_bio>;

struct free_certificate {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

/// Trusts every certificate in the PEM text; other kinds of blocks are skipped.
void trust(X509_STORE* store, BIO* pem, const char* field)
{
    std::size_t count = 0;
    for (;;) {
        ERR_clear_error();
        const std::unique_ptr<X509, free_certificate> certificate(
            PEM_read_bio_X509_AUX(pem, nullptr, nullptr, nullptr));
        if (!certificate)
            break;
        if (X509_STORE_add_cert(store, certificate.get()) != 1)
            refuse(std::string(field) + ": a certificate cannot be used");
        ++count;
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (count == 0)
        refuse(std::string(field) + " holds no PEM certificate");
    if (!at_end)
        refuse(std::string(field) + ": a certificate behind the first is damaged");
    ERR_clear_error();
}

void choose_trust(SSL_CTX* context, const tls_options& options)
{
    if (options.ca_file.empty() && options.ca_pem.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) != 1)
            refuse("tls: the system's CA store cannot be used");
        return;
    }
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    if (!options.ca_file.empty()) {
        errno = 0;
        const bio_ptr file(BIO_new_file(options.ca_file.c_str(), "r"));
        if (!file) {
            const std::error_code cause(errno, std::generic_category());
            refuse("tls.ca_file cannot be read: " + cause.message(), cause);
        }
        trust(store, file.get(), "tls.ca_file");
    }
    if (!options.ca_pem.empty()) {
        const bio_ptr text(BIO_new_mem_buf(options.ca_pem.data(), static_cast<int>(options.ca_pem.size())));
        if (!text)
            throw std::bad_alloc();
        trust(store, text.get(), "tls.ca_pem");
    }
}

using slot_reference = std::shared_ptr<session_slot>;

/// The connection owns a reference to its slot, so the callback below never meets a slot that is gone.
void release_slot(void*, void* reference, CRYPTO_EX_DATA*, int, long, void*)
{
    delete static_cast<slot_reference*>(reference);
}

int slot_index()
{
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, release_slot);
    return index;
}

int keep_session(SSL* ssl, SSL_SESSION* session)
{
    const auto* reference = static_cast<const slot_reference*>(SSL_get_ex_data(ssl, slot_index()));
    if (reference == nullptr)
        return 0;
    (*reference)->put(session_ptr(session));
    return 1; // the reference to the session is ours now
}

struct registered {
    tls_options options;
    std::weak_ptr<const tls_context> context;
};

struct registry {
    std::mutex mutex;
    std::vector<registered> entries;
};

/// Never destroyed: a client of static storage duration may be made or destroyed at any time.
registry& contexts()
{
    static registry& instance = *new registry;
    return instance;
}

} // namespace

void free_ssl::operator()(ssl_st* ssl) const noexcept
{
    // Without a shutdown state SSL_free marks the session as not resumable, silently.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
}

void free_session::operator()(ssl_session_st* session) const noexcept
{
    SSL_SESSION_free(session);
}

void tls_context::free_context::operator()(ssl_ctx_st* context) const noexcept
{
    SSL_CTX_free(context);
}

session_ptr session_slot::take() noexcept
{
    if (session_ && SSL_SESSION_get_protocol_version(session_.get()) < TLS1_3_VERSION) {
        // A TLS 1.2 server need not send a new ticket on resumption: the old one goes on working.
        SSL_SESSION_up_ref(session_.get());
        return session_ptr(session_.get());
    }
    return std::exchange(session_, nullptr);
}

std::shared_ptr<const tls_context> tls_context::shared(const tls_options& options)
{
    registry& all = contexts();
    const std::lock_guard lock(all.mutex); // held while a CA bundle is read: a second client then finds it done
    std::erase_if(all.entries, [](const registered& entry) { return entry.context.expired(); });
    for (const registered& entry : all.entries)
        if (entry.options == options)
            if (auto context = entry.context.lock())
                return context;
    auto context = std::make_shared<const tls_context>(options);
    all.entries.push_back(registered{options, context});
    return context;
}

tls_context::tls_context(const tls_options& options) : context_(SSL_CTX_new(TLS_client_method()))
{
    SSL_CTX* const context = context_.get();
    if (context == nullptr)
        refuse("tls: OpenSSL cannot be initialised");

    SSL_CTX_set_security_level(context, 2);
    const int minimum = options.minimum == tls_version::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    if (SSL_CTX_set_min_proto_version(context, minimum) != 1)
        refuse("tls.minimum: OpenSSL here does not offer this version");
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
    // An answer cut off by somebody on the path must not look complete, whatever a system-wide openssl.cnf says.
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Not SSL_MODE_RELEASE_BUFFERS, which with SSL_OP_CLEANSE_PLAINTEXT allocates and wipes 17 KB for every read, even
    // for one that finds nothing: who keeps an idle connection gives its buffers back (tls_stream::rest()).
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1); // a record in one recv() instead of two

    static constexpr unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    if (SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols) != 0)
        throw std::bad_alloc(); // 0 is success here
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    choose_trust(context, options);

    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
}

tls_context::~tls_context() = default;

ssl_ptr tls_context::new_connection(const std::string& host, bool is_address,
                                    const std::shared_ptr<session_slot>& sessions) const
{
    ERR_clear_error();
    ssl_ptr ssl(SSL_new(context_.get()));
    if (!ssl)
        return nullptr;
    SSL_set_connect_state(ssl.get());

    X509_VERIFY_PARAM* const check = SSL_get0_param(ssl.get());
    X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address) {
        if (X509_VERIFY_PARAM_set1_ip_asc(check, host.c_str()) != 1)
            return nullptr;
    } else {
        if (SSL_set1_host(ssl.get(), host.c_str()) != 1)
            return nullptr;
        if (SSL_set_tlsext_host_name(ssl.get(), host.c_str()) != 1)
            return nullptr; // SNI is for names only (RFC 6066 section 3)
    }

    if (sessions) {
        auto reference = std::make_unique<slot_reference>(sessions);
        if (SSL_set_ex_data(ssl.get(), slot_index(), reference.get()) != 1)
            return nullptr;
        static_cast<void>(reference.release());
        if (const session_ptr session = sessions->take())
            SSL_set_session(ssl.get(), session.get());
    }
    return ssl;
}

} // namespace faceki::crypto
