// The same reply, read by libraries that many would take: token and lifetime, nothing checked beyond that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faceki::bench {

struct token_in_reply {
    std::string token;
    std::int64_t expires_in = 0;
};

/// Into a monotonic buffer on the stack, the fastest way its documentation shows.
token_in_reply read_with_boost_json(std::string_view body);
token_in_reply read_with_rapidjson(std::string_view body);
token_in_reply read_with_nlohmann(std::string_view body);

} // namespace faceki::bench
