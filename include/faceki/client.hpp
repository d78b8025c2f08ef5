// The client: the refresher over the Faceki token endpoint.
#pragma once

#include <faceki/refresher.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

namespace detail {

/// Checks the whole configuration; makes its source unless it brings one. Throws token_error(errc::invalid_config).
FACEKI_API std::shared_ptr<token_source> make_source(const client_config& config);

} // namespace detail

/// `co_await client.token()`: a bearer token for the Faceki API, from memory while it lives, else from the one HTTPS
/// request in flight. Everything it does is described at basic_refresher.
///
/// The configuration is a named object: `faceki::client_config config; config.credentials = …; faceki::client
/// client{executor, config};`
template <class Executor = asio::any_io_executor>
class basic_client : public basic_refresher<Executor> {
public:
    /// Reads CA files and the proxy environment now; connects nowhere until somebody wants a token.
    /// Throws token_error(errc::invalid_config), whose message names the field, and std::bad_alloc.
    basic_client(const Executor& executor, const client_config& config)
        : basic_refresher<Executor>(executor, config, detail::make_source(config))
    {
    }

    /// With an io_context and a thread of its own, see basic_refresher. Also throws std::system_error.
    basic_client(own_thread_t,
                 const client_config& config) requires std::constructible_from<Executor, asio::any_io_executor>
        : basic_refresher<Executor>(own_thread, config, detail::make_source(config))
    {
    }
};

using client = basic_client<>;

} // namespace faceki::inline FACEKI_ASIO_BACKEND
