#include <rapidjson/document.h>

#include "parse/readers.hpp"

namespace faceki::bench {

token_in_reply read_with_rapidjson(std::string_view body)
{
    rapidjson::Document reply;
    reply.Parse<rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
    const auto& data = reply["data"];
    return {{data["access_token"].GetString(), data["access_token"].GetStringLength()}, data["expires_in"].GetInt64()};
}

} // namespace faceki::bench
