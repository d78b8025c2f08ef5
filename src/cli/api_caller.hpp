// A few API calls over one kept connection: how the demo shows its tokens to the endpoint, and asks the endpoint what
// it counted.
#pragma once

#include <string>
#include <string_view>

#include "net/connector.hpp"

namespace faceki::cli {

struct api_answer {
    int status = 0; ///< 0 = no answer
    std::string body;
};

/// One call at a time. Reconnects when the endpoint has closed the connection. Thread safety: none.
class api_caller {
public:
    /// Throws token_error(errc::invalid_config).
    api_caller(const std::string& base_url, const std::string& ca_pem);

    /// `authorization`: the whole field value, or empty for none.
    asio::awaitable<api_answer> get(std::string_view target, std::string_view authorization);
    /// On an io_context of its own: for use outside coroutines.
    std::string get_body(std::string_view target);

private:
    wire::url endpoint_;
    std::shared_ptr<clock> time_ = system_boot_clock();
    net::exchange_log quiet_{nullptr, log_level::off};
    std::unique_ptr<net::connector> connector_;
    std::unique_ptr<net::connection> kept_;
};

} // namespace faceki::cli
