#include <nlohmann/json.hpp>

#include "parse/readers.hpp"

namespace faceki::bench {

token_in_reply read_with_nlohmann(std::string_view body)
{
    const auto reply = nlohmann::json::parse(body);
    const auto& data = reply.at("data");
    return {data.at("access_token").get<std::string>(), data.at("expires_in").get<std::int64_t>()};
}

} // namespace faceki::bench
