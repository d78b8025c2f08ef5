// Whether a token request is a documented one, and the JSON it takes to tell.
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

/// What one place of a request names, and what else is wrong there.
struct named_credentials {
    std::size_t ids = 0;
    std::size_t secrets = 0;
    std::string id;
    std::string secret;
    const char* problem = "";

    bool some() const noexcept { return ids + secrets > 0; }
};

/// Empty: not a JSON object.
std::optional<named_credentials> credentials_in_body(const std::string& body)
{
    simdjson::dom::parser parser;
    object top;
    if (parser.parse(body).get(top))
        return std::nullopt;
    named_credentials found;
    for (const auto [key, value] : top) {
        std::string_view text;
        const bool is_string = !value.get(text);
        if (key == "clientId") {
            ++found.ids;
            found.id = text;
        } else if (key == "clientSecret") {
            ++found.secrets;
            found.secret = text;
        } else {
            found.problem = "a key besides clientId and clientSecret";
        }
        if (!is_string)
            found.problem = "a value that is not a string";
    }
    return found;
}

named_credentials credentials_in_fields(const http_request& request)
{
    named_credentials found;
    found.ids = request.count("clientId");
    found.secrets = request.count("clientSecret");
    found.id = request.field("clientId");
    found.secret = request.field("clientSecret");
    return found;
}

/// The documented forms: all in the body; all in the fields, beside an empty object; both, and equal.
const char* credentials_problem(const std::optional<named_credentials>& body, const named_credentials& fields)
{
    if (!body)
        return "the body is not a JSON object";
    if (fields.some() && fields.ids != 1)
        return "not exactly one clientId field";
    if (fields.some() && fields.secrets != 1)
        return "not exactly one clientSecret field";
    if (fields.some() && !body->some())
        return body->problem;
    if (body->ids != 1)
        return "not exactly one clientId";
    if (body->secrets != 1)
        return "not exactly one clientSecret";
    if (fields.some() && (body->id != fields.id || body->secret != fields.secret))
        return "body and fields do not name the same credentials";
    return body->problem;
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
    std::optional<named_credentials> body = credentials_in_body(request.body);
    named_credentials fields = credentials_in_fields(request);
    if (shape.problem.empty())
        shape.problem = credentials_problem(body, fields);
    // In any case: counts are kept per client id.
    named_credentials& named = body && body->some() ? *body : fields;
    shape.client_id = std::move(named.id);
    shape.client_secret = std::move(named.secret);
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
