// Clients whose tokens end soon, before a real TLS endpoint.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <faceki/client.hpp>
#include <faceki/testing/mock_endpoint.hpp>

namespace rollover {

using namespace std::chrono_literals;
using faceki::boot_clock;

inline faceki::testing::mock_options endpoint_options(std::chrono::milliseconds lifetime,
                                                      std::chrono::milliseconds latency)
{
    faceki::testing::mock_options options;
    options.lifetime = lifetime;
    options.latency = latency;
    options.client_id.clear(); // each client has its own: the endpoint judges each for itself
    return options;
}

inline faceki::credentials credentials_of(std::size_t number)
{
    return faceki::credentials("client-" + std::to_string(number), "secret");
}

/// Tokens usually outlive connections by far. Here they do so too, however short their life is: at a rollover there is
/// the connection that was made ready for it, or none.
inline faceki::client_config config_for(const faceki::testing::mock_endpoint& endpoint, std::size_t number,
                                        std::chrono::milliseconds lifetime, bool prewarm)
{
    faceki::client_config config;
    config.credentials = credentials_of(number);
    config.base_url = endpoint.url();
    config.tls.ca_pem = endpoint.ca_pem();
    config.proxy = "none";
    config.limits.max_connection_idle = lifetime / 2;
    config.prewarm = prewarm;
    return config;
}

} // namespace rollover
