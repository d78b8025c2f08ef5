// The kit's certificates and its endpoint's TLS: what a client that checks will accept, versions, resumption.
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <utility>

#include "raw_client.hpp"

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::testing::certificate;
using faceki::testing::certificate_request;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::throwaway_ca;

namespace {

/// "" = accepted, else why not.
std::string verdict(const certificate& shown, const std::string& trusted, const raw::options& want = {})
{
    mock_options options;
    options.server_certificate = shown;
    const mock_endpoint endpoint(options);
    const raw::client client(endpoint.port(), trusted, want);
    return client.handshake_error();
}

raw::options host(std::string name)
{
    raw::options want;
    want.verify_host = std::move(name);
    return want;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kit_tls)

BOOST_AUTO_TEST_CASE(the_default_certificate_is_good_for_this_host)
{
    const throwaway_ca ca;
    const certificate good = ca.issue();
    BOOST_TEST(verdict(good, ca.ca_pem()) == "");
    BOOST_TEST(verdict(good, ca.ca_pem(), host("localhost")) == "");
    BOOST_TEST(verdict(good, ca.ca_pem(), host("sdk.faceki.com")) == "hostname mismatch");
    BOOST_TEST(verdict(good, throwaway_ca().ca_pem()) == "unable to get local issuer certificate");
}

BOOST_AUTO_TEST_CASE(a_certificate_says_what_it_was_asked_to_say)
{
    const throwaway_ca ca;
    certificate_request asked;
    asked.dns_names = {"a.example", "comma,DNS:b.example"};
    asked.ip_addresses.clear();
    BOOST_TEST(verdict(ca.issue(asked), ca.ca_pem(), host("a.example")) == "");
    BOOST_TEST(verdict(ca.issue(asked), ca.ca_pem(), host("b.example")) == "hostname mismatch");
    BOOST_TEST(verdict(ca.issue(asked), ca.ca_pem()) == "IP address mismatch");

    certificate_request expired;
    expired.not_before = -48h;
    expired.not_after = -1s;
    BOOST_TEST(verdict(ca.issue(expired), ca.ca_pem()) == "certificate has expired");
    certificate_request early;
    early.not_before = 30h;
    early.not_after = 60h;
    BOOST_TEST(verdict(ca.issue(early), ca.ca_pem()) == "certificate is not yet valid");

    certificate_request own;
    own.self_signed = true;
    const certificate alone = ca.issue(own);
    BOOST_TEST(verdict(alone, ca.ca_pem()) == "self-signed certificate");
    BOOST_TEST(verdict(alone, alone.chain_pem) == "");

    certificate_request nameless;
    nameless.common_name.clear();
    BOOST_TEST(verdict(ca.issue(nameless), ca.ca_pem()) == "");
}

BOOST_AUTO_TEST_CASE(without_alternative_names_the_cn_is_all_there_is)
{
    const throwaway_ca ca;
    certificate_request asked;
    asked.dns_names.clear();
    asked.ip_addresses.clear();
    asked.common_name = "localhost";
    const certificate cn_only = ca.issue(asked);
    BOOST_TEST(verdict(cn_only, ca.ca_pem(), host("localhost")) == "hostname mismatch");
    raw::options lenient = host("localhost");
    lenient.cn_counts = true;
    BOOST_TEST(verdict(cn_only, ca.ca_pem(), lenient) == "");
}

BOOST_AUTO_TEST_CASE(what_openssl_refuses_is_an_exception)
{
    const throwaway_ca ca;
    certificate_request asked;
    asked.ip_addresses = {"300.0.0.1"};
    BOOST_CHECK_THROW(ca.issue(asked), std::runtime_error);
    asked.ip_addresses.clear();
    asked.common_name = std::string(100, 'x');
    BOOST_CHECK_THROW(ca.issue(asked), std::runtime_error);
    const throwaway_ca copy = ca;
    BOOST_TEST(verdict(copy.issue(), ca.ca_pem()) == "");
}

BOOST_AUTO_TEST_CASE(versions_end_where_the_options_say)
{
    struct row {
        const char* server_newest;
        int client_newest;
        bool client_outdated;
        const char* spoken; ///< "" = refused
    };
    const row rows[] = {
        {"", 0, false, "TLSv1.3"},        {"", TLS1_2_VERSION, false, "TLSv1.2"},
        {"", TLS1_1_VERSION, true, ""},   {"TLSv1.3", 0, false, "TLSv1.3"},
        {"TLSv1.2", 0, false, "TLSv1.2"}, {"TLSv1.1", 0, false, ""},
        {"TLSv1.1", 0, true, "TLSv1.1"},  {"TLSv1", 0, true, "TLSv1"},
    };
    for (const row& r : rows) {
        BOOST_TEST_CONTEXT("endpoint " << r.server_newest << ", client " << r.client_newest
                                       << (r.client_outdated ? " outdated" : ""))
        {
            mock_options options;
            options.max_tls_version = r.server_newest;
            mock_endpoint endpoint(options);
            raw::options want;
            want.newest = r.client_newest;
            want.outdated = r.client_outdated;
            raw::client client(endpoint, want);
            BOOST_TEST(client.connected() == (*r.spoken != '\0'));
            if (!client.connected())
                continue;
            client.call(raw::token_request());
            BOOST_TEST(endpoint.recorded().at(0).tls_version == r.spoken);
        }
    }
}

BOOST_AUTO_TEST_CASE(sessions_can_be_resumed)
{
    for (const char* const version : {"TLSv1.3", "TLSv1.2"}) {
        BOOST_TEST_CONTEXT(version)
        {
            mock_options options;
            options.max_tls_version = version;
            mock_endpoint endpoint(options);
            raw::options want;
            want.sni = "localhost";
            raw::client first(endpoint, want);
            first.call(raw::token_request());
            const raw::ssl_session_ptr session = first.session();
            first.close();
            want.resume = session.get();
            raw::client second(endpoint, want);
            second.call(raw::token_request());
            const auto seen = endpoint.recorded();
            BOOST_REQUIRE(seen.size() == 2U);
            BOOST_TEST(!seen[0].resumed);
            BOOST_TEST(seen[1].resumed);
            BOOST_TEST(seen[1].sni == "localhost");
            BOOST_TEST(seen[1].tls_version == version);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_speaks_no_tls_does_no_harm)
{
    mock_endpoint endpoint;
    raw::options plain;
    plain.plain = true;
    raw::client client(endpoint, plain);
    client.send(raw::token_request());
    client.read_to_end();
    BOOST_TEST(endpoint.wait_until([&] { return endpoint.accepted() == 1 && endpoint.open_connections() == 0; }));
    BOOST_TEST(endpoint.requests() == 0U);
    raw::client good(endpoint);
    BOOST_TEST(good.call(raw::token_request()).status == 200);
}

BOOST_AUTO_TEST_CASE(an_ipv6_endpoint_has_brackets_in_its_url)
{
    mock_options options;
    options.address = "::1";
    const mock_endpoint endpoint(options);
    BOOST_TEST(endpoint.url() == "https://[::1]:" + std::to_string(endpoint.port()));
}

BOOST_AUTO_TEST_SUITE_END()
