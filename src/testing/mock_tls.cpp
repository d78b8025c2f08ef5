// An ordinary TLS server: TLS 1.2 and newer, session tickets, http/1.1 by ALPN; older versions only when asked for.
#include "testing/mock_tls.hpp"

#include <stdexcept>
#include <string_view>

#include <asio/buffer.hpp>
#include <openssl/ssl.h>

namespace faceki::testing {
namespace {

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int size, void*)
{
    static constexpr unsigned char own[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* match = nullptr;
    if (SSL_select_next_proto(&match, length, own, sizeof own, offered, size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

/// Any name is served by the one certificate. Saying so keeps the name in the session, where a resumed TLS 1.2
/// connection finds it.
int accept_name(SSL*, int*, void*)
{
    return SSL_TLSEXT_ERR_OK;
}

int version_number(const std::string& name)
{
    if (name.empty())
        return 0; // the newest
    if (name == "TLSv1.3")
        return TLS1_3_VERSION;
    if (name == "TLSv1.2")
        return TLS1_2_VERSION;
    if (name == "TLSv1.1")
        return TLS1_1_VERSION;
    if (name == "TLSv1")
        return TLS1_VERSION;
    throw std::invalid_argument("mock_options::max_tls_version is no version: " + name);
}

} // namespace

std::unique_ptr<asio::ssl::context> make_server_context(const certificate& own, const std::string& max_version)
{
    const int newest = version_number(max_version);
    const bool outdated = newest != 0 && newest < TLS1_2_VERSION;
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX* const native = context->native_handle();
    // Before the certificate: what is set here decides whether its key is accepted.
    SSL_CTX_set_security_level(native, outdated ? 0 : 2); // level 1 already shuts out TLS 1.1, for its SHA-1 signatures
    if (SSL_CTX_set_cipher_list(native, outdated ? "ALL:@SECLEVEL=0" : "DEFAULT") != 1 ||
        SSL_CTX_set_min_proto_version(native, outdated ? TLS1_VERSION : TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(native, newest) != 1)
        throw std::invalid_argument("OpenSSL here does not offer " + max_version);
    context->use_certificate_chain(asio::buffer(own.chain_pem));
    context->use_private_key(asio::buffer(own.key_pem), asio::ssl::context::pem);

    static constexpr std::string_view name = "faceki mock";
    SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<unsigned>(name.size()));
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    SSL_CTX_set_tlsext_servername_callback(native, accept_name);
    return context;
}

handshake_facts facts_of(SSL* connection)
{
    handshake_facts facts;
    if (const char* const name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name))
        facts.sni = name;
    facts.version = SSL_get_version(connection);
    facts.resumed = SSL_session_reused(connection) == 1;
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(connection, &protocol, &length);
    facts.alpn.assign(reinterpret_cast<const char*>(protocol), length);
    return facts;
}

} // namespace faceki::testing
