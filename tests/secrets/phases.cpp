// Failures by phase: name service, connection, proxy, TLS, silence. The peers say what they can.
#include <array>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "integration/one_shot_proxy.hpp"
#include "secrets/encodings.hpp"
#include "secrets/hostile.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;
using faceki::errc;
using faceki::testing::certificate_request;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;
using faceki::testing::mock_reply;

namespace {

std::uint16_t unused_port()
{
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

/// "name:password@" as a URL carries it.
std::string proxy_user(const secret_set& set)
{
    return "office:" + encoded("percent", set.proxy_password) + '@';
}

} // namespace

BOOST_AUTO_TEST_SUITE(phases)

BOOST_AUTO_TEST_CASE(no_address_and_no_connection)
{
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        witness heard;
        faceki::client_config config = config_of(set, endpoint, heard);
        config.base_url = "https://no-such-host.invalid";
        check_one_call(set, config, heard, errc::resolve_failed);
        config.base_url = endpoint.url();
        config.connect_to = "127.0.0.1:" + std::to_string(unused_port());
        check_one_call(set, config, heard, errc::connect_failed);
        BOOST_TEST(endpoint.accepted() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(certificates_and_versions)
{
    const faceki::testing::throwaway_ca ca;
    const faceki::testing::throwaway_ca stranger;
    for (const secret_set& set : secret_sets()) {
        certificate_request expired;
        expired.not_before = -7200s;
        expired.not_after = -3600s;
        certificate_request self_signed;
        self_signed.self_signed = true;
        certificate_request named; // the peer writes what it likes into its certificate
        named.ip_addresses = {};
        named.dns_names = {"other.example.test"};
        named.common_name = encoded("hex", set.client_secret).substr(0, 60);
        for (const auto& [signer, shown] : {std::pair{&ca, expired}, std::pair{&ca, self_signed}, std::pair{&ca, named},
                                            std::pair{&stranger, certificate_request{}}}) {
            mock_options options = any_client();
            options.server_certificate = signer->issue(shown);
            mock_endpoint endpoint(options);
            witness heard;
            faceki::client_config config = config_of(set, endpoint, heard);
            config.tls.ca_pem = ca.ca_pem();
            check_one_call(set, config, heard, errc::tls_failed);
            BOOST_TEST(endpoint.request_bytes() == 0U);
        }
        mock_options old = any_client();
        old.max_tls_version = "TLSv1.1";
        mock_endpoint endpoint(old);
        witness heard;
        check_one_call(set, config_of(set, endpoint, heard), heard, errc::tls_failed);
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_speaks_no_tls)
{
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(any_client());
        asio::io_context io;
        asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
        std::thread peer([&] {
            asio::ip::tcp::socket client = acceptor.accept();
            std::array<char, 16> some{};
            client.read_some(asio::buffer(some));
            asio::write(client, asio::buffer("HTTP/1.1 400 " + set.client_secret + "\r\n\r\n" + set.token));
        });
        witness heard;
        faceki::client_config config = config_of(set, endpoint, heard);
        config.connect_to = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
        check_one_call(set, config, heard, errc::tls_failed);
        peer.join();
    }
}

BOOST_AUTO_TEST_CASE(plain_http_to_loopback)
{
    for (const secret_set& set : secret_sets()) {
        mock_options options = any_client();
        options.plain_http = true;
        mock_endpoint endpoint(options);
        endpoint.script(reply(402, R"({"clientSecret":")" + json_inside(set.client_secret) + "\"}"));
        witness heard;
        faceki::client_config config = config_of(set, endpoint, heard);
        config.tls.ca_pem.clear();
        config.allow_http_on_loopback = true;
        check_one_call(set, config, heard, errc::credentials_rejected);
    }
}

BOOST_AUTO_TEST_CASE(proxies_that_refuse_and_tell_what_they_were_told)
{
    const faceki::testing::throwaway_ca ca;
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(named_endpoint(ca));
        std::string basic; // as the header field carries it
        const std::vector<std::string> answers = {"HTTP/1.1 407 @\r\nX: @\r\nContent-Length: 0\r\n\r\n",
                                                  "HTTP/1.1 407 No\r\n\r\n<p>Proxy-Authorization: Basic @</p>",
                                                  "HTTP/1.1 502 @\r\nContent-Length: 400\r\n\r\n@",
                                                  "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/@\r\n\r\n",
                                                  "HTTP/1.1 200 Yes\r\n\r\n@",
                                                  "@\r\n\r\n",
                                                  "HTTP/1.1 200 Yes\r\n@ : x\r\n\r\n",
                                                  "HTTP/1.1 200 "};
        for (const std::string& answer : answers) {
            for (const std::string& told :
                 {base64("office:" + set.proxy_password), set.proxy_password, encoded("percent", set.proxy_password)}) {
                BOOST_TEST_CONTEXT(set.name << ": " << answer << " with " << told)
                {
                    one_shot_proxy proxy(filled(answer, told), 0);
                    witness heard;
                    faceki::client_config config = config_of(set, endpoint, heard);
                    config.base_url = "https://api.example.test";
                    config.proxy = proxy.url(proxy_user(set));
                    check_one_call(set, config, heard, errc::proxy_refused);
                    basic = proxy.request();
                }
            }
        }
        BOOST_TEST(basic.find("Basic " + base64("office:" + set.proxy_password) + "\r\n") != std::string::npos);
        BOOST_TEST(endpoint.accepted() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(proxies_that_are_not_there)
{
    const faceki::testing::throwaway_ca ca;
    for (const secret_set& set : secret_sets()) {
        mock_endpoint endpoint(named_endpoint(ca));
        witness heard;
        faceki::client_config config = config_of(set, endpoint, heard);
        config.base_url = "https://api.example.test";
        config.proxy = "http://" + proxy_user(set) + "127.0.0.1:" + std::to_string(unused_port());
        check_one_call(set, config, heard, errc::connect_failed);
        config.proxy = "http://" + proxy_user(set) + "no-such-host.invalid:3128";
        check_one_call(set, config, heard, errc::resolve_failed);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_through_a_tunnel)
{
    const faceki::testing::throwaway_ca ca;
    for (const secret_set& set : secret_sets()) {
        mock_options options = named_endpoint(ca);
        options.client_id.clear();
        mock_endpoint endpoint(options);
        endpoint.script(reply(403, filled(R"({"message":"@"})", json_inside(set.client_secret))));
        endpoint.script(reply(403, filled(R"({"message":"@"})", base64(set.client_secret))));
        for (int n = 0; n < 2; ++n) {
            one_shot_proxy proxy(tunnel_granted, endpoint.port());
            witness heard;
            faceki::client_config config = config_of(set, endpoint, heard);
            config.base_url = "https://api.example.test";
            config.tls.ca_pem = ca.ca_pem();
            config.proxy = proxy.url(proxy_user(set));
            check_one_call(set, config, heard, errc::credentials_rejected);
        }
        BOOST_TEST(endpoint.requests() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(silence_in_each_phase)
{
    for (const secret_set& set : secret_sets()) {
        const std::string token = R"({"data":{"access_token":")" + json_inside(set.token) + R"("},"message":")" +
                                  json_inside(set.client_secret) + "\"}";
        for (const std::size_t after : {mock_reply::npos, std::size_t{0}, std::size_t{12}, std::size_t{150}}) {
            BOOST_TEST_CONTEXT(set.name << ": silent after " << after)
            {
                mock_options options = any_client();
                options.stall_handshake = after == mock_reply::npos;
                mock_endpoint endpoint(options);
                mock_reply stalled = reply(200, token);
                stalled.stall_after = after;
                endpoint.script(stalled);
                witness heard;
                faceki::client_config config = config_of(set, endpoint, heard);
                config.limits.connect_timeout = 250ms;
                config.limits.attempt_timeout = 250ms;
                check_one_call(set, config, heard, errc::timed_out);
                BOOST_TEST(endpoint.requests() == (options.stall_handshake ? 0U : 1U));
            }
        }
        mock_endpoint endpoint(any_client());
        endpoint.set_latency(20s);
        witness heard;
        faceki::client_config config = config_of(set, endpoint, heard);
        config.limits.flight_deadline = 250ms;
        check_one_call(set, config, heard, errc::timed_out);
    }
}

BOOST_AUTO_TEST_SUITE_END()
