// Builds the token request in a string that is sized first: a string that grows would leave the secret in the memory it
// outgrew.
#include "wire/token_request.hpp"

#include <array>
#include <cstdint>

#include "wire/ascii.hpp"
#include "wire/json_escape.hpp"

namespace faceki::wire {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::string_view empty_body = "{}"; // a server that insists on a JSON document gets one
constexpr std::string_view body_begin = R"({"clientId":")";
constexpr std::string_view body_middle = R"(","clientSecret":")";
constexpr std::string_view body_end = R"("})";

/// Length of the UTF-8 sequence that `text` starts with; 0 if it starts with none. Table 3-7 of the Unicode standard.
std::size_t utf8_sequence(std::string_view text) noexcept
{
    const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80)
        return 1;
    std::size_t length = 0;
    // The second byte's range is narrower behind four of the lead bytes: that is what shuts out overlong forms,
    // surrogates and > U+10FFFF.
    unsigned lowest = 0x80;
    unsigned highest = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0)
            lowest = 0xA0;
        if (lead == 0xED)
            highest = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0)
            lowest = 0x90;
        if (lead == 0xF4)
            highest = 0x8F;
    }
    if (length == 0 || text.size() < length || at(1) < lowest || at(1) > highest)
        return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (at(i) < 0x80 || at(i) > 0xBF)
            return 0;
    return length;
}

} // namespace

std::string make_token_request(const url& endpoint, std::string_view client_id, std::string_view client_secret,
                               std::string_view user_agent, credentials_in place)
{
    const bool in_fields = place != credentials_in::body;
    const bool in_body = place != credentials_in::headers;
    const std::string authority = endpoint.authority();
    const std::size_t body_size = in_body ? body_begin.size() + json_escaped_size(client_id) + body_middle.size() +
                                                json_escaped_size(client_secret) + body_end.size()
                                          : empty_body.size();
    const std::string length = std::to_string(body_size);

    const std::array<std::string_view, 13> head = {
        "POST ",
        endpoint.path,
        "/auth/api/generate-token HTTP/1.1\r\nHost: ",
        authority,
        user_agent.empty() ? "" : "\r\nUser-Agent: ",
        user_agent,
        "\r\nAccept: application/json",
        in_fields ? "\r\nclientId: " : "",
        in_fields ? client_id : "",
        in_fields ? "\r\nclientSecret: " : "",
        in_fields ? client_secret : "",
        "\r\nContent-Type: application/json\r\nContent-Length: ",
        length,
    };
    std::size_t size = end_of_head.size() + body_size;
    for (const std::string_view piece : head)
        size += piece.size();

    std::string request;
    request.reserve(size);
    for (const std::string_view piece : head)
        request += piece;
    request += end_of_head;
    if (!in_body) {
        request += empty_body;
        return request;
    }
    request += body_begin;
    append_json_escaped(request, client_id);
    request += body_middle;
    append_json_escaped(request, client_secret);
    request += body_end;
    return request;
}

std::string_view credential_problem(std::string_view value, std::size_t max_bytes) noexcept
{
    if (value.empty())
        return "is empty";
    if (value.size() > max_bytes)
        return "is longer than limits.max_credential_bytes";
    while (!value.empty()) {
        const std::size_t length = utf8_sequence(value);
        if (length == 0)
            return "is not valid UTF-8";
        value.remove_prefix(length);
    }
    return {};
}

std::string_view field_value_problem(std::string_view value) noexcept
{
    if (value.empty())
        return {};
    if (is_blank(value.front()) || is_blank(value.back()))
        return "starts or ends with a space or tab";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7F)
            return "has a control character";
        if (byte > 0x7E)
            return "has bytes outside ASCII";
    }
    return {};
}

} // namespace faceki::wire
