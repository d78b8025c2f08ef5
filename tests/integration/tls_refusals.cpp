// Certificates and versions that must be refused, with not one request byte sent.
#include <boost/test/unit_test.hpp>

#include "integration/one_call.hpp"

namespace {

using namespace std::chrono_literals;
using faceki::testing::certificate_request;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::throwaway_ca;

/// The endpoint shows `shown`; the client trusts `trusted`.
faceki_test::call_result call(mock_endpoint& endpoint, const std::string& trusted, std::string host = "127.0.0.1")
{
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.tls.ca_pem = trusted;
    config.base_url = "https://" + host + ":" + std::to_string(endpoint.port());
    config.connect_to = "127.0.0.1:" + std::to_string(endpoint.port());
    return faceki_test::call_once(config);
}

void check_refused(const mock_endpoint& endpoint, const faceki_test::call_result& called)
{
    BOOST_TEST(called.result.error() == make_error_code(faceki::errc::tls_failed));
    BOOST_TEST((called.result.diagnostics().kind == faceki::failure_kind::not_sent));
    BOOST_TEST(called.result.diagnostics().requests_sent == 0);
    BOOST_TEST(called.result.diagnostics().message != "");
    BOOST_TEST(called.stats.requests_sent == 0U);
    BOOST_TEST(endpoint.requests() == 0U);
    BOOST_TEST(endpoint.request_bytes() == 0U);
    BOOST_TEST(endpoint.accepted() == 1U);
    BOOST_TEST_MESSAGE(called.result.diagnostics().message);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_refusals)

BOOST_AUTO_TEST_CASE(certificates_that_must_be_refused)
{
    const throwaway_ca ca;
    const throwaway_ca stranger;
    certificate_request expired;
    expired.not_before = -7200s;
    expired.not_after = -3600s;
    certificate_request not_yet;
    not_yet.not_before = 3600s;
    certificate_request other_address;
    other_address.ip_addresses = {"127.0.0.2"};
    certificate_request address_as_name; // an address must be in an IP SAN, a DNS SAN that spells it does not count
    address_as_name.ip_addresses = {};
    address_as_name.dns_names = {"127.0.0.1"};
    certificate_request cn_only;
    cn_only.dns_names = {};
    cn_only.ip_addresses = {};
    cn_only.common_name = "127.0.0.1";
    certificate_request self_signed;
    self_signed.self_signed = true;
    const struct {
        const char* name;
        const throwaway_ca* signer;
        certificate_request shown;
    } rows[] = {
        {"expired", &ca, expired},
        {"not yet valid", &ca, not_yet},
        {"other address", &ca, other_address},
        {"address in a DNS name", &ca, address_as_name},
        {"common name only", &ca, cn_only},
        {"self-signed", &ca, self_signed},
        {"unknown CA", &stranger, certificate_request{}},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            mock_options options;
            options.server_certificate = row.signer->issue(row.shown);
            mock_endpoint endpoint(options);
            check_refused(endpoint, call(endpoint, ca.ca_pem()));
        }
    }
    mock_options options;
    options.server_certificate = ca.issue();
    mock_endpoint good(options);
    BOOST_TEST(!call(good, ca.ca_pem()).result.error()); // the table would refuse anything otherwise
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name_is_refused)
{
    const throwaway_ca ca;
    for (const auto& [san, host, good] : {std::tuple{"api.example.test", "api.example.test", true},
                                          std::tuple{"api.example.test", "sdk.example.test", false},
                                          std::tuple{"*.example.test", "sdk.example.test", true},
                                          std::tuple{"*.example.test", "a.b.example.test", false},
                                          std::tuple{"s*.example.test", "sdk.example.test", false}}) {
        BOOST_TEST_CONTEXT(san << " for " << host)
        {
            certificate_request shown;
            shown.dns_names = {san};
            shown.common_name = host;
            mock_options options;
            options.server_certificate = ca.issue(shown);
            mock_endpoint endpoint(options);
            const auto called = call(endpoint, ca.ca_pem(), host);
            if (good)
                BOOST_TEST(!called.result.error());
            else
                check_refused(endpoint, called);
        }
    }
}

BOOST_AUTO_TEST_CASE(tls_1_1_is_refused_and_1_2_is_not)
{
    for (const std::string version : {"TLSv1.1", "TLSv1.2"}) {
        mock_options options;
        options.max_tls_version = version;
        mock_endpoint endpoint(options);
        const auto called = call(endpoint, endpoint.ca_pem());
        if (version == "TLSv1.1") {
            check_refused(endpoint, called);
        } else {
            BOOST_TEST(!called.result.error());
            BOOST_TEST(endpoint.recorded().at(0).tls_version == version);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_minimum_of_1_3_refuses_1_2)
{
    mock_options options;
    options.max_tls_version = "TLSv1.2";
    mock_endpoint endpoint(options);
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.tls.minimum = faceki::tls_version::tls1_3;
    check_refused(endpoint, faceki_test::call_once(config));
}

BOOST_AUTO_TEST_CASE(a_refused_certificate_is_remembered_by_the_cool_down_and_not_tried_in_a_loop)
{
    const throwaway_ca stranger;
    mock_endpoint endpoint;
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.tls.ca_pem = stranger.ca_pem();
    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    const auto calls = [&]() -> asio::awaitable<void> {
        for (int n = 0; n < 100; ++n) {
            const faceki::token_result result = co_await client.try_token();
            BOOST_TEST(result.error() == make_error_code(faceki::errc::tls_failed));
        }
    };
    faceki_test::run_to_end(io, calls);
    BOOST_TEST(endpoint.accepted() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
