// simdjson's DOM: it validates the whole document, and shows every key, repeated ones too.
#include "testing/mock_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include <simdjson.h>

namespace faceki::testing {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

const char* head_problem(const http_request& request, std::string_view token_target)
{
    if (request.target != token_target)
        return "the target is not that of the token call";
    if (request.method != "POST")
        return "the method is not POST";
    if (!request.http_1_1)
        return "the version is not HTTP/1.1";
    if (request.count("Host") != 1 || request.field("Host").empty())
        return "not exactly one Host";
    if (request.count("Content-Type") != 1)
        return "not exactly one Content-Type";
    if (!equal_ignoring_case(request.field("Content-Type"), "application/json"))
        return "Content-Type is not application/json";
    if (request.count("Content-Length") != 1)
        return "no Content-Length";
    if (request.count("Authorization") != 0)
        return "Authorization on the token call";
    return "";
}

const char* body_problem(token_request_shape& found, const std::string& body)
{
    simdjson::dom::parser parser;
    object top;
    if (parser.parse(body).get(top))
        return "the body is not a JSON object";
    std::size_t ids = 0;
    std::size_t secrets = 0;
    const char* problem = "";
    for (const auto [key, value] : top) {
        std::string_view text;
        const bool is_string = !value.get(text);
        if (key == "clientId") {
            ++ids;
            found.client_id = text;
        } else if (key == "clientSecret") {
            ++secrets;
            found.client_secret = text;
        } else {
            problem = "a key besides clientId and clientSecret";
        }
        if (!is_string)
            problem = "a value that is not a string";
    }
    if (ids != 1)
        return "not exactly one clientId";
    if (secrets != 1)
        return "not exactly one clientSecret";
    return problem;
}

/// A JSON number, or a string that holds one.
std::optional<double> seconds_of(element value)
{
    double seconds = 0;
    std::string_view text;
    if (!value.get(seconds))
        return seconds;
    if (value.get(text))
        return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return seconds;
}

} // namespace

token_request_shape inspect_token_request(const http_request& request, std::string_view token_target)
{
    token_request_shape shape;
    shape.problem = head_problem(request, token_target);
    const char* const in_body = body_problem(shape, request.body); // in any case: counts are kept per client id
    if (shape.problem.empty())
        shape.problem = in_body;
    return shape;
}

std::optional<issued_token> find_token(const std::string& body)
{
    simdjson::dom::parser parser;
    object top;
    if (parser.parse(body).get(top))
        return std::nullopt;
    object data;
    if (top["data"].get(data))
        data = top;
    std::string_view token;
    element lifetime;
    if (data["access_token"].get(token) || data["expires_in"].get(lifetime))
        return std::nullopt;
    const std::optional<double> seconds = seconds_of(lifetime);
    if (!seconds || std::isnan(*seconds))
        return std::nullopt;
    // A script may say anything: what does not fit is cut down to a century.
    constexpr double most = 100.0 * 365 * 86400 * 1000;
    const double milliseconds = std::clamp(*seconds * 1000, -most, most);
    return issued_token{std::string(token), std::chrono::milliseconds{std::llround(milliseconds)}};
}

std::string quoted(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            out.append("\\u00").append(1, digits[byte >> 4]).append(1, digits[byte & 0x0F]);
        } else {
            if (c == '"' || c == '\\')
                out += '\\';
            out += c;
        }
    }
    return out += '"';
}

std::string in_seconds(std::chrono::milliseconds lifetime)
{
    const auto whole = lifetime.count() / 1000;
    auto rest = std::abs(lifetime.count() % 1000);
    std::string text = lifetime.count() < 0 && whole == 0 ? "-0" : std::to_string(whole);
    if (rest == 0)
        return std::to_string(whole);
    text += '.';
    for (auto unit = 100; rest > 0; unit /= 10) {
        text += static_cast<char>('0' + rest / unit);
        rest %= unit;
    }
    return text;
}

} // namespace faceki::testing
