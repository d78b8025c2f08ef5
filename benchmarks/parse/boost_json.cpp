// Boost.JSON, header-only, in this file alone.
#include <boost/json/src.hpp>

#include "parse/readers.hpp"

namespace faceki::bench {

token_in_reply read_with_boost_json(std::string_view body)
{
    unsigned char memory[4096];
    boost::json::monotonic_resource resource(memory);
    const boost::json::value reply = boost::json::parse(body, &resource);
    const boost::json::object& data = reply.at("data").as_object();
    return {std::string(data.at("access_token").as_string()), data.at("expires_in").as_int64()};
}

} // namespace faceki::bench
