// Targets are compared as they are, without normalising: neither does the documented API.
#include "testing/mock_routes.hpp"

namespace faceki::testing {
namespace {

constexpr std::string_view stats_path = "/__mock/stats";
constexpr std::string_view of_one_client = "?client_id=";

bool is_api(std::string_view path) noexcept
{
    for (const std::string_view prefix : {"/api/", "/kycverify/", "/kycrules/", "/facelink/"})
        if (path.starts_with(prefix))
            return true;
    return false;
}

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool encoded =
            text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        out += encoded ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        if (encoded)
            i += 2;
    }
    return out;
}

} // namespace

route route_of(std::string_view target, std::string_view base_path)
{
    route to;
    std::string_view path = target;
    if (path.starts_with(base_path))
        path.remove_prefix(base_path.size());
    if (is_api(path)) {
        to.leads_to = route::api;
    } else if (path.substr(0, path.find('?')) == stats_path) {
        to.leads_to = route::stats;
        path.remove_prefix(stats_path.size());
        if (path.starts_with(of_one_client))
            to.client_id = percent_decoded(path.substr(of_one_client.size()));
    }
    return to;
}

std::string_view bearer_of(const http_request& request) noexcept
{
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view value = request.field("Authorization");
    return equal_ignoring_case(value.substr(0, scheme.size()), scheme) ? value.substr(scheme.size())
                                                                       : std::string_view{};
}

} // namespace faceki::testing
