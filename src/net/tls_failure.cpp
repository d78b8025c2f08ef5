// Why TLS refused. All text is ours or from OpenSSL's fixed tables.
#include "net/tls_failure.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

class openssl_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "openssl"; }

    std::string message(int code) const override
    {
        const char* const text = ERR_reason_error_string(static_cast<unsigned long>(static_cast<unsigned int>(code)));
        return text != nullptr ? text : "unknown OpenSSL error";
    }
};

const char* certificate_hint(long verify_result) noexcept
{
    switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return " (no subject alternative name of it covers the host; its common name does not count)";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return " (its issuer is not trusted here: see tls.ca_file, tls.ca_pem, or the system's CA store)";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return " (or this machine's date is wrong)";
    default:
        return "";
    }
}

/// Reasons above this one are alerts that the peer sent.
constexpr int first_alert = SSL_AD_REASON_OFFSET;

std::string explain_reason(unsigned long code)
{
    const int reason = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
        switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_VERSION_TOO_HIGH:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return "no common TLS protocol version (see tls.minimum)";
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
            return "the peer does not speak TLS on this port";
        default:
            break;
        }
        if (reason > first_alert)
            return std::string("the peer refused: alert ") + SSL_alert_desc_string_long(reason - first_alert);
    }
    const char* const text = ERR_reason_error_string(code);
    return text != nullptr ? text : "unknown TLS error";
}

} // namespace

bool is_unexpected_eof(unsigned long code) noexcept
{
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

stream_failure explain_tls(unsigned long code, long verify_result)
{
    stream_failure result;
    result.transport = false;
    result.cause = std::error_code(static_cast<int>(code), openssl_category());
    if (verify_result != X509_V_OK)
        result.text = std::string("the certificate was refused: ") + X509_verify_cert_error_string(verify_result) +
                      certificate_hint(verify_result);
    else
        result.text = explain_reason(code);
    return result;
}

const std::error_category& openssl_category() noexcept
{
    static const openssl_category_type instance;
    return instance;
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
