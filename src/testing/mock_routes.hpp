// Where a request to the mock endpoint leads, and the bearer it carries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "testing/mock_http.hpp"

namespace faceki::testing {

struct route {
    enum kind { token, api, stats };
    kind leads_to = token;                ///< also everything unknown: a client that went astray is to be seen
    std::optional<std::string> client_id; ///< whose stats; empty = everybody's
};

/// The API and control routes are found with the base path in front of them and without it.
route route_of(std::string_view target, std::string_view base_path);

/// What follows "Bearer "; empty if there is no such field.
std::string_view bearer_of(const http_request& request) noexcept;

} // namespace faceki::testing
