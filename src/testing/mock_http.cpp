// What the endpoint refuses here a real server refuses too; a client that sends it is to be told.
#include "testing/mock_http.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace faceki::testing {
namespace {

constexpr std::size_t max_head = 64 * 1024;
constexpr std::size_t max_body = 64 * 1024 * 1024; // selfies and document scans pass through the API routes
constexpr std::string_view end_of_line = "\r\n";
constexpr std::string_view end_of_head = "\r\n\r\n";

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token(std::string_view text) noexcept
{
    constexpr std::string_view also = "!#$%&'*+-.^_`|~";
    const auto is_token_character = [&](char c) {
        return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string_view trimmed(std::string_view text) noexcept
{
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits only, all of them.
bool parse_number(std::string_view text, int base, std::size_t& value) noexcept
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

bool lists(std::string_view list, std::string_view wanted) noexcept
{
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (equal_ignoring_case(trimmed(list.substr(0, comma)), wanted))
            return true;
        list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
    }
    return false;
}

std::string_view reason(int status) noexcept
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 204:
        return "No Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 307:
        return "Temporary Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 402:
        return "Payment Required";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 408:
        return "Request Timeout";
    case 422:
        return "Unprocessable Entity";
    case 425:
        return "Too Early";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Scripted";
    }
}

} // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::size_t http_request::count(std::string_view name) const
{
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(), [&](const auto& f) { return equal_ignoring_case(f.first, name); }));
}

std::string_view http_request::field(std::string_view name) const
{
    for (const auto& [key, value] : fields)
        if (equal_ignoring_case(key, name))
            return value;
    return {};
}

bool http_request::keep_alive() const
{
    return http_1_1 ? !lists(field("Connection"), "close") : lists(field("Connection"), "keep-alive");
}

bool http_request_reader::feed(std::string& input)
{
    std::size_t used = 0;
    while (state_ != state::complete && state_ != state::failed && step(std::string_view(input).substr(used), used)) {
    }
    input.erase(0, used);
    return state_ == state::complete;
}

http_request http_request_reader::take()
{
    http_request done = std::move(request_);
    *this = http_request_reader();
    return done;
}

bool http_request_reader::fail(const char* problem)
{
    state_ = state::failed;
    problem_ = problem;
    return false;
}

/// One step of the machine; false when it needs more bytes, or is broken. Adds to `used` what it took.
bool http_request_reader::step(std::string_view input, std::size_t& used)
{
    std::string_view line;
    switch (state_) {
    case state::head: {
        const std::size_t end = input.find(end_of_head, scanned_);
        if (std::min(end, input.size()) > max_head)
            return fail("the head is too long");
        if (end == input.npos) {
            scanned_ = input.size() < end_of_head.size() ? 0 : input.size() - end_of_head.size() + 1;
            return false;
        }
        used += end + end_of_head.size();
        return parse_head(input.substr(0, end)) && choose_framing();
    }
    case state::body:
    case state::chunk_data: {
        const std::size_t size = std::min(wanted_, input.size());
        request_.body.append(input.substr(0, size));
        used += size;
        wanted_ -= size;
        if (wanted_ > 0)
            return false;
        state_ = state_ == state::body ? state::complete : state::chunk_end;
        return true;
    }
    case state::chunk_size:
        return next_line(input, used, line) && start_chunk(line);
    case state::chunk_end:
        if (!next_line(input, used, line))
            return false;
        if (!line.empty())
            return fail("a chunk is longer than its size says");
        state_ = state::chunk_size;
        return true;
    case state::trailer:
        if (!next_line(input, used, line))
            return false;
        if (line.empty())
            state_ = state::complete;
        return true;
    case state::complete:
    case state::failed:
        break;
    }
    return false;
}

bool http_request_reader::next_line(std::string_view input, std::size_t& used, std::string_view& line)
{
    const std::size_t end = input.find(end_of_line);
    if (std::min(end, input.size()) > max_head)
        return fail("a line is too long");
    if (end == input.npos)
        return false;
    line = input.substr(0, end);
    used += end + end_of_line.size();
    return true;
}

bool http_request_reader::parse_head(std::string_view head)
{
    for (bool first = true;; first = false) {
        const std::size_t end = head.find(end_of_line);
        const std::string_view line = head.substr(0, end);
        const bool clean = std::all_of(line.begin(), line.end(), [](char c) {
            return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7F : c == '\t';
        });
        if (!clean)
            return fail("a control character in the head");
        if (!(first ? parse_request_line(line) : parse_field(line)))
            return false;
        if (end == head.npos)
            return true;
        head.remove_prefix(end + end_of_line.size());
    }
}

bool http_request_reader::parse_request_line(std::string_view line)
{
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == line.npos || last <= first + 1)
        return fail("the request line has not three parts");
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(line.substr(0, first)))
        return fail("the method is not a token");
    if (target.find_first_of(" \t") != target.npos)
        return fail("a blank in the target");
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return fail("neither HTTP/1.1 nor HTTP/1.0");
    request_.method = line.substr(0, first);
    request_.target = target;
    request_.http_1_1 = version == "HTTP/1.1";
    return true;
}

bool http_request_reader::parse_field(std::string_view line)
{
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)))
        return fail("a field without a proper name");
    request_.fields.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    return true;
}

bool http_request_reader::choose_framing()
{
    const std::size_t lengths = request_.count("Content-Length");
    const std::size_t codings = request_.count("Transfer-Encoding");
    if (lengths + codings > 1)
        return fail("the length of the body is given twice");
    if (codings == 1) {
        if (!equal_ignoring_case(request_.field("Transfer-Encoding"), "chunked"))
            return fail("an unknown Transfer-Encoding");
        state_ = state::chunk_size;
    } else {
        wanted_ = 0;
        if (lengths == 1 && !parse_number(request_.field("Content-Length"), 10, wanted_))
            return fail("Content-Length is not a number");
        if (wanted_ > max_body)
            return fail("the body is too long");
        state_ = wanted_ > 0 ? state::body : state::complete;
    }
    expects_continue_ = state_ != state::complete && equal_ignoring_case(request_.field("Expect"), "100-continue");
    return true;
}

bool http_request_reader::start_chunk(std::string_view line)
{
    const std::string_view size = trimmed(line.substr(0, line.find(';')));
    if (!parse_number(size, 16, wanted_))
        return fail("the size of a chunk is not a number");
    if (wanted_ > max_body - request_.body.size())
        return fail("the body is too long");
    state_ = wanted_ > 0 ? state::chunk_data : state::trailer;
    return true;
}

std::string make_response(int status, std::string_view content_type, const std::vector<std::string>& fields, bool close,
                          std::string_view body)
{
    std::string text;
    text.reserve(256 + body.size());
    text.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason(status)).append(end_of_line);
    if (!content_type.empty())
        text.append("Content-Type: ").append(content_type).append(end_of_line);
    if (status >= 200 && status != 204)
        text.append("Content-Length: ").append(std::to_string(body.size())).append(end_of_line);
    if (close)
        text.append("Connection: close\r\n");
    for (const std::string& field : fields)
        text.append(field).append(end_of_line);
    return text.append(end_of_line).append(body);
}

} // namespace faceki::testing
