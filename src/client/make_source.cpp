// From a client's configuration to its token source: the one place above both the refresher and the network.
#include <faceki/client.hpp>

#include "net/https_source.hpp"
#include "refresh/validate.hpp"
#include "wire/token_request.hpp"
#include "wire/url.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

std::shared_ptr<token_source> make_source(const client_config& config)
{
    validate(static_cast<const refresher_config&>(config));
    if (config.source)
        return config.source;
    validate(config.credentials, config.limits);
    if (const auto parsed = wire::parse_base_url(config.base_url, config.allow_http_on_loopback); !parsed.value)
        throw_invalid("base_url", parsed.problem);
    if (config.user_agent.empty())
        throw_invalid("user_agent", "is empty");
    if (const auto problem = wire::field_value_problem(config.user_agent); !problem.empty())
        throw_invalid("user_agent", problem);
    return net::make_https_source(config, config.clock ? config.clock : system_boot_clock());
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
