// The reply that all of them read: 885 bytes, as long as the vendor's.
#pragma once

#include <string>

namespace faceki::bench {

inline const std::string reply_token(800, 'k');
inline const std::string reply_body =
    R"({"responseCode":0,"data":{"access_token":")" + reply_token + R"(","expires_in":3600,"token_type":"Bearer"}})";
inline const std::string whole_reply =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(reply_body.size()) +
    "\r\nConnection: keep-alive\r\n\r\n" + reply_body;

} // namespace faceki::bench
