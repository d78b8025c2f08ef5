// From client_config to what the connector and the exchange work with.
#include "net/source_setup.hpp"

#include <cstdlib>

#include "crypto/secret.hpp"
#include "wire/token_request.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

[[noreturn]] void refuse(std::string message)
{
    diagnostics details;
    details.message = std::move(message);
    throw token_error(errc::invalid_config, std::move(details));
}

wire::url endpoint_of(const client_config& config)
{
    wire::url_result parsed = wire::parse_base_url(config.base_url, config.allow_http_on_loopback);
    if (!parsed.value)
        refuse("base_url " + parsed.problem);
    return std::move(*parsed.value);
}

wire::http_limits http_limits_of(const limits& bounds)
{
    wire::http_limits result;
    result.header_bytes = bounds.max_header_bytes;
    result.header_fields = bounds.max_header_fields;
    result.interim_responses = bounds.max_interim_responses;
    result.body_bytes = bounds.max_body_bytes;
    return result;
}

/// "address:port" or "[v6]:port" in place of the endpoint's own host and port. As strict as base_url: log lines show
/// the host.
void redirect(wire::url& dialled, std::string_view target)
{
    wire::host_port where = wire::parse_host_port(target);
    if (!where.problem.empty() || !where.port)
        refuse("connect_to must be address:port or [IPv6 address]:port");
    dialled.host = std::move(where.host);
    dialled.is_address = where.is_address;
    dialled.port = *where.port;
}

/// The value of the variable in lower case where it is set, even to nothing; else of the one in upper case.
std::string environment(const char* lower, const char* upper)
{
    const char* value = std::getenv(lower);
    if (value == nullptr)
        value = std::getenv(upper);
    return value != nullptr ? value : "";
}

std::optional<wire::proxy> proxy_of(const wire::url& dialled, const std::string& setting)
{
    wire::proxy_environment surroundings;
    surroundings.https_proxy = environment("https_proxy", "HTTPS_PROXY");
    surroundings.no_proxy = environment("no_proxy", "NO_PROXY");
    wire::proxy_result chosen = wire::choose_proxy(dialled, setting, surroundings);
    crypto::wipe(surroundings.https_proxy); // may hold a password
    if (!chosen.problem.empty())
        refuse((setting.empty() ? "HTTPS_PROXY " : "proxy ") + chosen.problem);
    return std::move(chosen.value);
}

void check_field_value(std::string_view value, std::string field, credentials_in place)
{
    const std::string_view problem = wire::field_value_problem(value);
    if (problem.empty())
        return;
    field.append(" ").append(problem).append(": send_credentials = ");
    field += place == credentials_in::headers ? "headers" : "body_and_headers";
    refuse(field + " needs visible ASCII");
}

} // namespace

void check_credentials(const credentials& value, credentials_in place)
{
    if (place == credentials_in::body)
        return;
    check_field_value(value.client_id(), "credentials.client_id", place);
    check_field_value(value.client_secret(), "credentials.client_secret", place);
}

exchange_terms make_terms(const client_config& config)
{
    exchange_terms result;
    result.endpoint = endpoint_of(config);
    result.user_agent = config.user_agent;
    result.place = config.send_credentials;
    result.http = http_limits_of(config.limits);
    result.token.json_depth = config.limits.max_json_depth;
    result.token.token_bytes = config.limits.max_token_bytes;
    result.token.assumed_lifetime = config.lifetime.assumed_lifetime;
    return result;
}

route make_route(const client_config& config)
{
    route result;
    result.endpoint = endpoint_of(config);
    result.dialled = result.endpoint;
    if (!config.connect_to.empty())
        redirect(result.dialled, config.connect_to);
    if (!result.endpoint.tls && !wire::is_loopback(result.dialled))
        refuse("connect_to must be a loopback address where base_url is plain http");
    result.via = proxy_of(result.dialled, config.proxy);
    result.user_agent = config.user_agent;
    result.proxy_limits = http_limits_of(config.limits);
    if (result.endpoint.tls)
        result.tls = crypto::tls_context::shared(config.tls);
    return result;
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
