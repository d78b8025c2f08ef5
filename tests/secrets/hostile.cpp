// Bodies are put together as texts, so that they may be wrong on purpose.
#include "secrets/hostile.hpp"

#include "secrets/encodings.hpp"

namespace faceki_test {

using faceki::errc;
using faceki::testing::mock_reply;

std::string request_of(const secret_set& set, faceki::credentials_in place)
{
    faceki::testing::mock_endpoint endpoint(any_client());
    faceki::client_config config = config_for(endpoint);
    config.credentials = faceki::credentials(set.client_id, set.client_secret);
    config.send_credentials = place;
    call_once(config);
    const faceki::testing::recorded_request seen = endpoint.recorded().at(0);
    std::string text = seen.method + ' ' + seen.target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : seen.fields)
        text.append(name).append(": ").append(value).append("\r\n");
    return text + "\r\n" + seen.body;
}

std::vector<std::pair<std::string, std::string>> spellings_of(std::string_view value)
{
    std::vector<std::pair<std::string, std::string>> all;
    for (const encoding& way : encodings())
        all.emplace_back(way.name, way.apply(value));
    for (const std::string before : {"", "x", "x:"}) {
        const std::string bytes = before + std::string(value);
        const std::string at = ", " + std::to_string(before.size());
        all.emplace_back("base64" + at, base64(bytes));
        all.emplace_back("base64url" + at, base64(bytes, "-_"));
        all.emplace_back("base64, percent" + at, encoded("percent", base64(bytes)));
        std::string lines; // as MIME writes it
        for (const char c : base64(bytes)) {
            lines += c;
            if (lines.size() % 22 == 20)
                lines += "\r\n";
        }
        all.emplace_back("base64 in lines" + at, lines);
    }
    return all;
}

std::string filled(std::string_view pattern, std::string_view with)
{
    std::string text;
    for (const char c : pattern)
        c == '@' ? text.append(with) : text.append(1, c);
    return text;
}

std::vector<hostile_reply> hostile_replies(const secret_set& set)
{
    std::vector<hostile_reply> rows;
    const std::string secret = json_inside(set.client_secret);
    const std::string token = json_inside(set.token);
    const std::string both = json_inside(set.client_id + " / " + set.client_secret + " / " + set.token);
    const std::string field = "X-Echo: " + base64(set.client_secret + set.token);
    const auto add = [&rows](std::string name, mock_reply reply, std::optional<errc> code) {
        rows.push_back({std::move(name), std::move(reply), code});
    };
    const auto good = [&](std::string more) {
        return R"({"responseCode":0,"data":{"access_token":")" + token + R"(","expires_in":3600},"hint":")" + both +
               "\"" + more + "}";
    };

    add("the documented 402", reply(402, R"({"clientSecret":")" + secret + "\"}", {field}), errc::credentials_rejected);
    add("the same under 200", reply(200, R"({"clientSecret":")" + secret + "\"}"), errc::credentials_rejected);
    const struct {
        int status;
        errc code;
    } statuses[] = {
        {400, errc::credentials_rejected}, {401, errc::credentials_rejected}, {402, errc::credentials_rejected},
        {403, errc::credentials_rejected}, {422, errc::credentials_rejected}, {429, errc::rate_limited},
        {408, errc::server_error},         {425, errc::server_error},         {500, errc::server_error},
        {502, errc::server_error},         {503, errc::server_error},         {504, errc::server_error},
        {302, errc::unexpected_status},    {307, errc::unexpected_status},    {404, errc::unexpected_status},
        {418, errc::unexpected_status}};
    for (const auto& [status, code] : statuses) {
        const std::string name = std::to_string(status);
        const std::vector<std::string> fields = {
            field, "Location: https://127.0.0.1/?s=" + encoded("percent", set.client_secret),
            "Retry-After: " + encoded("hex", set.client_secret)};
        for (const char* const pattern :
             {R"({"message":"@"})", R"({"status":false,"message":"no","error":{"message":"@"},"@":1})",
              R"({"errors":[{"message":"@"}],"clientSecret":"@"})", R"({"data":{"error":{"message":"@"}}})",
              R"({"error":"@"})", "<html>@</html>", "@"})
            add(name + ' ' + pattern, reply(status, filled(pattern, both), fields), code);
        add(name + " in JSON that breaks off", reply(status, R"({"message":")" + both), code);
        add(name + " with a token after all", reply(status, good(R"(,"message":"issued )" + token + '"')), code);
        add(name + " with the secret as its reason",
            raw_reply("HTTP/1.1 " + name + ' ' + encoded("percent", set.client_secret) + "\r\n" + field +
                      "\r\nContent-Length: 2\r\n\r\n{}"),
            code);
    }

    // 2xx that are no token, with one in them.
    add("status false", reply(200, good(R"(,"status":false,"message":")" + both + '"')), errc::credentials_rejected);
    add("error under 200", reply(200, good(R"(,"error":")" + both + '"')), errc::credentials_rejected);
    add("statusCode 503 under 200", reply(200, good(R"(,"statusCode":503,"message":")" + both + '"')),
        errc::server_error);
    const auto with_token = [](const std::string& value, const char* more) {
        return R"({"message":"issued @ today","data":{"access_token":")" + value + '"' + more + "}}";
    };
    add("another type", reply(200, filled(with_token(token, R"(,"token_type":"@")"), token)), errc::malformed_token);
    add("expires_in is the token", reply(200, filled(with_token(token, R"(,"expires_in":"@")"), token)),
        errc::malformed_token);
    add("an illegal character", reply(200, filled(with_token("@ \\u0000@", ""), token)), errc::malformed_token);
    std::string many;
    while (many.size() < 20'000)
        many += token;
    add("a token that is too long", reply(200, filled(with_token(many, ""), token)), errc::response_too_large);
    add("two tokens",
        reply(200,
              R"({"message":")" + token + R"(","data":{"access_token":")" + token + R"(","access_token":"other"}})"),
        errc::malformed_token);
    add("a token under another key", reply(200, R"({"token":")" + token + R"(","message":"issued )" + token + "\"}"),
        errc::malformed_token);
    add("JSON that breaks off in the token", reply(200, R"({"data":{"access_token":")" + token), errc::malformed_token);
    add("something behind the JSON", reply(200, good("") + both), errc::malformed_token);
    add("nested too deep",
        reply(200, R"({"message":")" + both + R"(","x":)" + std::string(200, '[') + '"' + both + '"' +
                       std::string(200, ']') + "}"),
        errc::response_too_large);
    add("a token", reply(200, good(R"(,"message":")" + both + '"'), {field}), {});
    return rows;
}

std::vector<hostile_reply> broken_replies(const secret_set& set, std::string_view request)
{
    std::vector<hostile_reply> rows;
    const auto add = [&rows](std::string name, mock_reply reply, errc code) {
        rows.push_back({std::move(name), std::move(reply), code});
    };
    const std::string head = "HTTP/1.1 200 OK\r\n";
    const std::string sent(request);
    const std::string in_hex = encoded("hex", request);
    add("the request sent back", raw_reply(sent), errc::malformed_http);
    add("the secret in place of HTTP", raw_reply(set.client_secret + "\r\n\r\n"), errc::malformed_http);
    add("a head of our request", raw_reply("HTTP/1.1 200 " + base64(sent) + "\r\nContent-Length: x\r\n\r\n"),
        errc::malformed_http);
    add("two lengths", raw_reply(head + "Content-Length: 1\r\nContent-Length: 2\r\nX: " + in_hex + "\r\n\r\n" + sent),
        errc::malformed_http);
    add("a chunk of that size", raw_reply(head + "Transfer-Encoding: chunked\r\n\r\n" + sent), errc::malformed_http);
    add("a field named like that", raw_reply(head + set.client_secret + " : x\r\n\r\n"), errc::malformed_http);
    std::string long_field = "X: ";
    while (long_field.size() < 40'000)
        long_field += in_hex;
    add("a long head", raw_reply(head + long_field + "\r\n\r\n"), errc::response_too_large);
    add("a long body", raw_reply(head + "Content-Length: 1048577\r\n\r\n" + sent), errc::response_too_large);

    const mock_reply whole = reply(200, R"({"data":{"access_token":")" + json_inside(set.token) + R"("},"message":")" +
                                            json_inside(sent) + "\"}");
    for (const std::size_t bytes : {0U, 1U, 30U, 120U, 180U, 240U, 320U}) {
        mock_reply cut = whole;
        cut.cut_after = bytes;
        add("cut after " + std::to_string(bytes), cut, errc::connection_lost);
    }
    // Whatever the echo is wrapped in, as a message that is read.
    for (const auto& [name, spelled] : spellings_of(request))
        add("the request as a message, " + name, reply(403, R"({"message":")" + json_inside(spelled) + "\"}"),
            errc::credentials_rejected);
    const std::string body(request.substr(request.find("\r\n\r\n") + 4));
    for (const auto& [name, spelled] : spellings_of(body))
        add("its body as a message, " + name, reply(403, R"({"message":")" + json_inside(spelled) + "\"}"),
            errc::credentials_rejected);
    return rows;
}

} // namespace faceki_test
