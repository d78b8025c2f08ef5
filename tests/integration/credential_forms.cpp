// Client id and secret in the body, in header fields, or in both: what arrives, what is refused before anything is
// sent, and what the kit's endpoint makes of a request that mixes the forms up.
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "integration/one_call.hpp"
#include "integration/one_shot_proxy.hpp"
#include "raw_client.hpp"

namespace {

using namespace std::chrono_literals;
using namespace faceki_test;
using faceki::credentials_in;
using faceki::errc;
using faceki::testing::mock_endpoint;
using faceki::testing::mock_options;

constexpr credentials_in all_forms[] = {credentials_in::body, credentials_in::headers,
                                        credentials_in::body_and_headers};

const char* name_of(credentials_in form)
{
    return form == credentials_in::body ? "body" : form == credentials_in::headers ? "headers" : "body_and_headers";
}

faceki::client_config config_for(const mock_endpoint& endpoint, credentials_in form)
{
    faceki::client_config config = faceki_test::config_for(endpoint);
    config.send_credentials = form;
    return config;
}

/// The request's field of that name; "" if it has none, all with commas between them if it has several.
std::string field_of(const faceki::testing::recorded_request& request, std::string_view name)
{
    std::string values;
    for (const auto& [key, value] : request.fields)
        if (key == name)
            values.append(values.empty() ? "" : ", ").append(value);
    return values;
}

/// What JSON can carry and a header field cannot.
struct unfit {
    const char* what;
    std::string value;
};
const unfit unfit_for_a_header[] = {
    {"CR LF", "hidden\r\nX-Injected: 1"},
    {"LF", "hidden\nvalue"},
    {"CR", "hidden\rvalue"},
    {"NUL", std::string("hidden\0value", 12)},
    {"ESC", "hidden\x1Bvalue"},
    {"DEL", "hidden\x7Fvalue"},
    {"UTF-8", "hidden \xC3\xA9"},
    {"leading space", " hidden"},
    {"trailing tab", "hidden\t"},
};

/// `call` throws, and names the field without its value.
template <class Call>
void check_refused(const std::string& field, const std::string& setting, const Call& call)
{
    try {
        call();
        BOOST_ERROR("was accepted");
    } catch (const faceki::token_error& e) {
        const std::string& message = e.diagnostics().message;
        BOOST_TEST(e.code() == make_error_code(errc::invalid_config));
        BOOST_TEST(message.starts_with(field + " "), message);
        BOOST_TEST(message.ends_with(": send_credentials = " + setting + " needs visible ASCII"), message);
        BOOST_TEST(message.find("hidden") == std::string::npos, message);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(credential_forms)

BOOST_AUTO_TEST_CASE(each_form_gets_a_token_and_sends_what_it_says)
{
    for (const credentials_in form : all_forms) {
        BOOST_TEST_CONTEXT(name_of(form))
        {
            mock_endpoint endpoint;
            const auto called = call_once(config_for(endpoint, form));
            BOOST_TEST(!called.result.error(), called.result.diagnostics().message);
            const auto seen = endpoint.recorded().at(0);
            BOOST_TEST(seen.shape_problem == "");
            const bool in_fields = form != credentials_in::body;
            BOOST_TEST(field_of(seen, "clientId") == (in_fields ? "test-client" : ""));
            BOOST_TEST(field_of(seen, "clientSecret") == (in_fields ? "test-secret" : ""));
            BOOST_TEST(seen.body == (form == credentials_in::headers
                                         ? "{}"
                                         : R"({"clientId":"test-client","clientSecret":"test-secret"})"));
            BOOST_TEST(field_of(seen, "Content-Type") == "application/json");
        }
    }
}

BOOST_AUTO_TEST_CASE(the_endpoint_checks_each_form)
{
    for (const credentials_in form : all_forms) {
        for (const auto& [id, secret] : {std::pair{"test-client", "other"}, std::pair{"other", "test-secret"}}) {
            BOOST_TEST_CONTEXT(name_of(form) << ' ' << id)
            {
                mock_endpoint endpoint;
                faceki::client_config config = config_for(endpoint, form);
                config.credentials = faceki::credentials(id, secret);
                BOOST_TEST(call_once(config).result.error() == make_error_code(errc::credentials_rejected));
                BOOST_TEST(endpoint.recorded().at(0).shape_problem == "");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_only_json_can_carry_is_refused_by_the_constructor)
{
    mock_options options;
    options.client_id.clear();
    mock_endpoint endpoint(options);
    asio::io_context io;
    for (const unfit& row : unfit_for_a_header) {
        BOOST_TEST_CONTEXT(row.what)
        {
            faceki::client_config config = config_for(endpoint, credentials_in::headers);
            const auto construct = [&] { faceki::client(io.get_executor(), config); };
            config.credentials = faceki::credentials(row.value, "secret");
            check_refused("credentials.client_id", "headers", construct);
            config.credentials = faceki::credentials("id", row.value);
            check_refused("credentials.client_secret", "headers", construct);
            config.send_credentials = credentials_in::body_and_headers;
            check_refused("credentials.client_secret", "body_and_headers", construct);
            BOOST_TEST(endpoint.accepted() == 0U);
        }
    }
    faceki::client_config config = config_for(endpoint, credentials_in::body);
    for (const unfit& row : unfit_for_a_header) {
        BOOST_TEST_CONTEXT(row.what)
        {
            config.credentials = faceki::credentials(row.value, row.value);
            BOOST_TEST(!call_once(config).result.error());
        }
    }
}

BOOST_AUTO_TEST_CASE(set_credentials_refuses_them_and_changes_nothing)
{
    mock_endpoint endpoint;
    asio::io_context io;
    faceki::client client(io.get_executor(), config_for(endpoint, credentials_in::headers));
    const auto calls = [&]() -> asio::awaitable<void> {
        const faceki::access_token first = co_await client.token();
        for (const unfit& row : unfit_for_a_header) {
            BOOST_TEST_CONTEXT(row.what)
            {
                const auto change = [&] { client.set_credentials(faceki::credentials("test-client", row.value)); };
                check_refused("credentials.client_secret", "headers", change);
            }
        }
        BOOST_TEST((client.peek() == first)); // dropped by any change of credentials
        client.set_credentials(faceki::credentials("test-client", "other"));
        BOOST_TEST(!client.peek());
        const faceki::token_result other = co_await client.try_token();
        BOOST_TEST(other.error() == make_error_code(errc::credentials_rejected));
    };
    run_to_end(io, calls);
    BOOST_TEST(endpoint.requests() == 2U);
    BOOST_TEST(field_of(endpoint.recorded().at(1), "clientSecret") == "other");
}

BOOST_AUTO_TEST_CASE(every_visible_character_and_a_long_secret_pass)
{
    mock_options options;
    options.client_id = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ and a blank";
    options.client_secret = std::string(60'000, 's');
    mock_endpoint endpoint(options);
    for (const credentials_in form : all_forms) {
        BOOST_TEST_CONTEXT(name_of(form))
        {
            faceki::client_config config = config_for(endpoint, form);
            config.credentials = faceki::credentials(options.client_id, options.client_secret);
            BOOST_TEST(!call_once(config).result.error());
            BOOST_TEST(endpoint.recorded().back().shape_problem == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_never_sees_them)
{
    const faceki::testing::throwaway_ca ca;
    for (const credentials_in form : all_forms) {
        BOOST_TEST_CONTEXT(name_of(form))
        {
            mock_endpoint endpoint(named_endpoint(ca));
            std::string seen;
            {
                one_shot_proxy proxy(tunnel_granted, endpoint.port());
                faceki::client_config config = behind_proxy(endpoint, proxy.url("user:pass@"));
                config.tls.ca_pem = ca.ca_pem();
                config.send_credentials = form;
                const auto called = call_once(config);
                BOOST_TEST(!called.result.error(), called.result.diagnostics().message);
                seen = proxy.request();
            }
            BOOST_TEST(seen.starts_with("CONNECT api.example.test:443 HTTP/1.1\r\n"));
            for (const char* const secret : {"test-client", "test-secret", "clientId", "clientSecret"})
                BOOST_TEST(seen.find(secret) == std::string::npos);
            BOOST_TEST(endpoint.recorded().at(0).shape_problem == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_request_that_mixes_the_forms_up_is_named)
{
    const std::string id = "clientId: test-client\r\n";
    const std::string secret = "clientSecret: test-secret\r\n";
    const std::string full = R"({"clientId":"test-client","clientSecret":"test-secret"})";
    const struct {
        std::string fields;
        std::string body;
        std::string problem;
    } rows[] = {
        {id + secret, "{}", ""},
        {"CLIENTID: test-client\r\n" + secret, "{ }", ""},
        {id + secret, full, ""},
        {id, "{}", "not exactly one clientSecret field"},
        {secret, "{}", "not exactly one clientId field"},
        {id + id + secret, "{}", "not exactly one clientId field"},
        {id + secret + secret, full, "not exactly one clientSecret field"},
        {id, full, "not exactly one clientSecret field"},
        {id + secret, "", "the body is not a JSON object"},
        {id + secret, "[]", "the body is not a JSON object"},
        {id + secret, R"({"more":1})", "a value that is not a string"},
        {id + secret, R"({"more":""})", "a key besides clientId and clientSecret"},
        {id + secret, R"({"clientId":"test-client"})", "not exactly one clientSecret"},
        {id + "clientSecret: other\r\n", full, "body and fields do not name the same credentials"},
        {"clientId: other\r\n" + secret, full, "body and fields do not name the same credentials"},
        {"", "{}", "not exactly one clientId"},
    };
    mock_endpoint endpoint;
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.fields << row.body)
        {
            std::string request = raw::token_request(row.body);
            request.insert(request.find("Content-Type"), row.fields);
            raw::client client(endpoint);
            BOOST_TEST(client.call(request).status == (row.problem.empty() ? 200 : 400));
            BOOST_TEST(endpoint.recorded().back().shape_problem == row.problem);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
