// A certificate authority that lives as long as a test, and the certificates it signs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <faceki/detail/export.hpp>

namespace faceki::testing {

/// A certificate chain and its private key, as PEM text.
struct certificate {
    std::string chain_pem;
    std::string key_pem;
};

/// What the certificate says. The default is a good one for 127.0.0.1, ::1 and localhost.
/// With neither DNS names nor addresses there is no subjectAltName at all: a certificate that names its host in the CN
/// only.
struct certificate_request {
    std::vector<std::string> dns_names{"localhost"};
    std::vector<std::string> ip_addresses{"127.0.0.1", "::1"};
    std::string common_name = "faceki test endpoint";
    std::chrono::seconds not_before{-3600}; ///< from now
    std::chrono::seconds not_after{86400};  ///< from now
    bool self_signed = false;               ///< signed by its own key instead of the CA's
};

/// Made at run time (ECDSA P-256), trusted by nobody who was not handed ca_pem(). Thread safety: const calls from any
/// thread.
class FACEKI_API throwaway_ca {
public:
    /// Throws std::runtime_error if OpenSSL refuses.
    throwaway_ca();
    const std::string& ca_pem() const noexcept { return ca_pem_; }
    /// Throws std::runtime_error if OpenSSL refuses, or if an address is none.
    certificate issue(const certificate_request& request = {}) const;

private:
    std::string ca_pem_;
    std::string ca_key_pem_;
};

} // namespace faceki::testing
