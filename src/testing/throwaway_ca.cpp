// X.509 by OpenSSL's EVP interface: one key pair per certificate, nothing on disk.
#include <faceki/testing/throwaway_ca.hpp>

#include <memory>
#include <stdexcept>
#include <string_view>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace faceki::testing {
namespace {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* p) const noexcept
    {
        Free(p);
    }
};
template <class T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

using key_ptr = owned<EVP_PKEY, EVP_PKEY_free>;
using certificate_ptr = owned<X509, X509_free>;
using bio_ptr = owned<BIO, BIO_free>;
using number_ptr = owned<BIGNUM, BN_free>;
using extension_ptr = owned<X509_EXTENSION, X509_EXTENSION_free>;
using names_ptr = owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using name_ptr = owned<GENERAL_NAME, GENERAL_NAME_free>;
using text_ptr = owned<ASN1_IA5STRING, ASN1_IA5STRING_free>;
using address_ptr = owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;

constexpr std::chrono::seconds year = std::chrono::hours{24 * 365};

[[noreturn]] void refuse(std::string_view what)
{
    char reason[256] = "no reason given";
    if (const unsigned long code = ERR_get_error(); code != 0)
        ERR_error_string_n(code, reason, sizeof reason);
    ERR_clear_error();
    throw std::runtime_error("throwaway_ca: " + std::string(what) + ": " + reason);
}

void check(bool done, std::string_view what)
{
    if (!done)
        refuse(what);
}

key_ptr make_key()
{
    key_ptr key(EVP_EC_gen("P-256"));
    check(key != nullptr, "making a key");
    return key;
}

std::string read_out(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(size));
}

std::string to_pem(X509* certificate)
{
    const bio_ptr out(BIO_new(BIO_s_mem()));
    check(out && PEM_write_bio_X509(out.get(), certificate) == 1, "writing a certificate");
    return read_out(out.get());
}

std::string to_pem(EVP_PKEY* key)
{
    const bio_ptr out(BIO_new(BIO_s_mem()));
    check(out && PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "writing a key");
    return read_out(out.get());
}

bio_ptr reader(const std::string& pem)
{
    bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    check(in != nullptr, "reading PEM");
    return in;
}

void set_time(ASN1_TIME* field, std::chrono::seconds from_now)
{
    constexpr std::chrono::seconds day = std::chrono::hours{24};
    const auto days = static_cast<int>(from_now / day);
    check(X509_time_adj_ex(field, days, static_cast<long>((from_now % day).count()), nullptr) != nullptr,
          "setting a date");
}

/// Version, serial number, subject, dates and key; not signed yet.
certificate_ptr make_draft(EVP_PKEY* key, const std::string& common_name, std::chrono::seconds not_before,
                           std::chrono::seconds not_after)
{
    certificate_ptr draft(X509_new());
    check(draft && X509_set_version(draft.get(), X509_VERSION_3) == 1, "making a certificate");

    // Random: two certificates of one issuer with one serial number are refused by some clients.
    const number_ptr serial(BN_new());
    check(serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(draft.get())) != nullptr,
          "making a serial number");

    if (!common_name.empty()) {
        const auto* const text = reinterpret_cast<const unsigned char*>(common_name.data());
        check(X509_NAME_add_entry_by_txt(X509_get_subject_name(draft.get()), "CN", MBSTRING_UTF8, text,
                                         static_cast<int>(common_name.size()), -1, 0) == 1,
              "setting the common name");
    }
    set_time(X509_getm_notBefore(draft.get()), not_before);
    set_time(X509_getm_notAfter(draft.get()), not_after);
    check(X509_set_pubkey(draft.get(), key) == 1, "setting the public key");
    return draft;
}

void add_extension(X509* subject, X509* issuer, int nid, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
    const extension_ptr extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value));
    check(extension && X509_add_ext(subject, extension.get(), -1) == 1, OBJ_nid2sn(nid));
}

void add_name(GENERAL_NAMES* names, int type, void* value)
{
    name_ptr name(GENERAL_NAME_new());
    check(name != nullptr, "making a name");
    GENERAL_NAME_set0_value(name.get(), type, value);
    check(sk_GENERAL_NAME_push(names, name.get()) > 0, "adding a name");
    static_cast<void>(name.release());
}

/// Not by a configuration string: there a comma in a name would start another one.
void add_alternative_names(X509* subject, const certificate_request& request)
{
    if (request.dns_names.empty() && request.ip_addresses.empty())
        return;
    const names_ptr names(GENERAL_NAMES_new());
    check(names != nullptr, "making names");
    for (const std::string& dns : request.dns_names) {
        text_ptr text(ASN1_IA5STRING_new());
        check(text && ASN1_STRING_set(text.get(), dns.data(), static_cast<int>(dns.size())) == 1, "making a DNS name");
        add_name(names.get(), GEN_DNS, text.release());
    }
    for (const std::string& ip : request.ip_addresses) {
        address_ptr address(a2i_IPADDRESS(ip.c_str()));
        check(address != nullptr, ip + " is not an address");
        add_name(names.get(), GEN_IPADD, address.release());
    }
    const int critical = request.common_name.empty() ? 1 : 0; // RFC 5280 4.2.1.6: it must be, under an empty subject
    check(X509_add1_ext_i2d(subject, NID_subject_alt_name, names.get(), critical, X509V3_ADD_DEFAULT) == 1,
          "subjectAltName");
}

void sign(X509* certificate, EVP_PKEY* key)
{
    check(X509_sign(certificate, key, EVP_sha256()) > 0, "signing");
}

} // namespace

throwaway_ca::throwaway_ca()
{
    const key_ptr key = make_key();
    // Wide dates: when a client refuses a certificate for its dates, those must be the certificate's own.
    const certificate_ptr ca = make_draft(key.get(), "faceki throwaway CA", -10 * year, 10 * year);
    check(X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get())) == 1, "setting the issuer");
    add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
    add_extension(ca.get(), ca.get(), NID_authority_key_identifier, "keyid:always");
    sign(ca.get(), key.get());
    ca_pem_ = to_pem(ca.get());
    ca_key_pem_ = to_pem(key.get());
}

certificate throwaway_ca::issue(const certificate_request& request) const
{
    const bio_ptr ca_text = reader(ca_pem_);
    const bio_ptr ca_key_text = reader(ca_key_pem_);
    const certificate_ptr ca(PEM_read_bio_X509(ca_text.get(), nullptr, nullptr, nullptr));
    const key_ptr ca_key(PEM_read_bio_PrivateKey(ca_key_text.get(), nullptr, nullptr, nullptr));
    check(ca && ca_key, "reading the CA");

    const key_ptr key = make_key();
    const certificate_ptr leaf = make_draft(key.get(), request.common_name, request.not_before, request.not_after);
    X509* const issuer = request.self_signed ? leaf.get() : ca.get();
    check(X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer)) == 1, "setting the issuer");
    add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth");
    add_extension(leaf.get(), issuer, NID_subject_key_identifier, "hash");
    add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid:always");
    add_alternative_names(leaf.get(), request);
    sign(leaf.get(), request.self_signed ? key.get() : ca_key.get());
    return certificate{to_pem(leaf.get()), to_pem(key.get())};
}

} // namespace faceki::testing
