// The only file that knows simdjson: reads a reply in place, on demand, but all of it, and says what it means.
//
// On-Demand alone validates only what is asked for. So every value is visited, every escaped string and key is
// unescaped, numbers and literals are checked as texts, and the end is looked at. Strings with escapes are unescaped
// into a buffer of our own, never into the parser's: the parser is kept between replies and holds no text of any of
// them, only positions.
#include "wire/token_response.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include <simdjson.h>

#include "crypto/secret.hpp"
#include "wire/json_escape.hpp"
#include "wire/reply_facts.hpp"
#include "wire/reply_verdict.hpp"
#include "wire/server_message.hpp"

namespace faceki::wire {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t padding = 64;
static_assert(padding >= simdjson::SIMDJSON_PADDING);
constexpr std::size_t longest_kept = 64 * 1024; ///< a parser grown by a larger document is not kept
constexpr std::size_t longest_server_message = 256;

constexpr bool is_json_blank(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Visits a whole document. The views in `found` live as long as this object and the body.
class reader {
public:
    reader(ondemand::parser& parser, std::size_t max_depth, std::size_t size)
        : parser_(parser), max_depth_(max_depth), size_(size)
    {
    }
    ~reader()
    {
        if (scratch_)
            crypto::wipe(scratch_.get(), size_ + padding);
    }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    outcome read(const char* text, std::size_t capacity)
    {
        ondemand::document document;
        if (const simdjson::error_code error = parser_.iterate(text, size_, capacity).get(document);
            error != simdjson::SUCCESS) {
            if (error == simdjson::MEMALLOC)
                throw std::bad_alloc();
            return outcome::broken;
        }
        ondemand::object object;
        if (document.get_object().get(object) != simdjson::SUCCESS)
            return outcome::broken;
        const outcome result = read_object(object, slot::root, 1, found.root_keys);
        if (result != outcome::good)
            return result;
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? outcome::good : outcome::broken;
    }

    facts found;

private:
    outcome read_object(ondemand::object object, slot parent, std::size_t depth, std::size_t& elements)
    {
        if (depth > max_depth_)
            return outcome::too_deep;
        for (auto item : object) {
            if (item.error() != simdjson::SUCCESS)
                return outcome::broken;
            ondemand::field&& field =
                std::move(item).value_unsafe(); // by reference: copies stall on the stores before them
            std::string_view key;
            if (!read_key(field.key(), key))
                return outcome::broken;
            ++elements;
            const slot where = slot_of(parent, key);
            found.mark(where);
            if (const outcome result = read_value(field.value(), where, depth); result != outcome::good)
                return result;
        }
        return outcome::good;
    }

    outcome read_array(ondemand::array array, slot parent, std::size_t depth, std::size_t& elements)
    {
        if (depth > max_depth_)
            return outcome::too_deep;
        for (auto item : array) {
            if (item.error() != simdjson::SUCCESS)
                return outcome::broken;
            ondemand::value&& value = std::move(item).value_unsafe();
            const slot where = parent == slot::errors && elements == 0 ? slot::first_error : slot::other;
            ++elements;
            if (const outcome result = read_value(value, where, depth); result != outcome::good)
                return result;
        }
        return outcome::good;
    }

    outcome read_value(ondemand::value& value, slot where, std::size_t depth)
    {
        std::string_view token = value.raw_json_token();
        while (!token.empty() && is_json_blank(token.back())) // simdjson's token reaches to the next one
            token.remove_suffix(1);
        if (token.empty())
            return outcome::broken;
        json_value read{};
        switch (token.front()) {
        case '{': {
            read.what = kind::object;
            ondemand::object object;
            if (value.get_object().get(object) != simdjson::SUCCESS)
                return outcome::broken;
            const outcome result = read_object(object, where, depth + 1, read.elements);
            if (result != outcome::good)
                return result;
            break;
        }
        case '[': {
            read.what = kind::array;
            ondemand::array array;
            if (value.get_array().get(array) != simdjson::SUCCESS)
                return outcome::broken;
            const outcome result = read_array(array, where, depth + 1, read.elements);
            if (result != outcome::good)
                return result;
            break;
        }
        case '"': {
            read.what = kind::string;
            ondemand::raw_json_string raw;
            if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS || token.size() < 2)
                return outcome::broken;
            read.text = token.substr(1, token.size() - 2);
            if (read.text.find('\\') != std::string_view::npos && !unescape(raw, read.text))
                return outcome::broken;
            break;
        }
        default:
            if (!read_scalar(token, read))
                return outcome::broken;
            break;
        }
        if (where != slot::other)
            found.note(where, read);
        return outcome::good;
    }

    static bool read_scalar(std::string_view token, json_value& read) noexcept
    {
        read.text = token;
        if (token == "null")
            read.what = kind::null_literal;
        else if (token == "true")
            read.what = kind::true_literal;
        else if (token == "false")
            read.what = kind::false_literal;
        else if (is_json_number(split_decimal(token)))
            read.what = kind::number;
        else
            return false;
        return true;
    }

    bool read_key(ondemand::raw_json_string raw, std::string_view& key)
    {
        const char* const begin = raw.raw();
        const char* end = begin; // stage 1 made sure that there is a closing quote
        while (*end != '"' && *end != '\\')
            ++end;
        if (*end == '\\')
            return unescape(raw, key);
        key = {begin, static_cast<std::size_t>(end - begin)};
        return true;
    }

    bool unescape(ondemand::raw_json_string raw, std::string_view& text)
    {
        // Unescaping never lengthens, and each string is unescaped once: the document's size is enough for all of them.
        if (!scratch_) {
            scratch_ = std::make_unique_for_overwrite<std::uint8_t[]>(size_ + padding);
            free_ = scratch_.get();
        }
        return parser_.unescape(raw, free_).get(text) == simdjson::SUCCESS;
    }

    ondemand::parser& parser_;
    std::size_t max_depth_;
    std::size_t size_;
    std::unique_ptr<std::uint8_t[]> scratch_;
    std::uint8_t* free_ = nullptr;
};

std::string make_server_message(const facts& found, const redactions& secrets)
{
    const auto first =
        std::find_if(found.messages.begin(), found.messages.end(), [](std::string_view m) { return !m.empty(); });
    if (first == found.messages.end())
        return {};
    // An echo of our request body holds the credentials as JSON escapes them, which for some differs from the plain
    // text.
    const auto escaped = [](std::string_view secret) {
        std::string text;
        text.reserve(std::max<std::size_t>(json_escaped_size(secret),
                                           32)); // on the heap even if short: moving then leaves no copy
        append_json_escaped(text, secret);
        return crypto::scoped_secret(std::move(text));
    };
    const crypto::scoped_secret escaped_id = escaped(secrets.client_id);
    const crypto::scoped_secret escaped_secret = escaped(secrets.client_secret);
    const std::array<needle, 5> hidden = {
        needle::with_pieces(found.token),
        needle::with_pieces(secrets.client_secret),
        needle::with_pieces(*escaped_secret),
        needle{secrets.client_id},
        needle{*escaped_id},
    };
    return printable(*first, hidden, longest_server_message);
}

/// 0x21..0x7E become 0..0x5D, everything else wraps to more than that.
constexpr unsigned char safe_distance(char c) noexcept
{
    return static_cast<unsigned char>(static_cast<unsigned char>(c) - 0x21);
}
constexpr unsigned char longest_safe_distance = safe_distance('~');

} // namespace

token_reply read_token_reply(int http_status, char* body, std::size_t size, std::size_t capacity,
                             const token_limits& limits, const redactions& secrets)
{
    if (capacity < size || capacity - size < padding)
        throw std::invalid_argument("read_token_reply: no padding behind the body");
    // simdjson looks at the byte behind the end: what an earlier body left there must not matter.
    std::memset(body + size, 0, padding);
    if (constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        std::string_view(body, size).starts_with(byte_order_mark)) {
        body += byte_order_mark.size();
        size -= byte_order_mark.size();
        capacity -= byte_order_mark.size();
    }

    thread_local ondemand::parser kept;
    std::optional<ondemand::parser> own;
    reader reading(size <= longest_kept ? kept : own.emplace(), limits.json_depth, size);
    const outcome result = reading.read(body, capacity);
    const facts& found = reading.found;

    verdict judged = judge_status(http_status);
    if (!judged.error)
        judged = judge_document(result, found);
    if (!judged.error)
        judged = judge_envelope(found);
    if (!judged.error)
        judged = judge_token(found, limits);

    token_reply reply;
    if (result == outcome::good) {
        reply.response_code = found.response_code;
        reply.status_code = found.status_code;
    }
    if (judged.error) {
        reply.error = judged.error;
        reply.message = make_message(judged.sentence, http_status);
        if (result == outcome::good)
            reply.server_message = make_server_message(found, secrets);
        return reply;
    }
    reply.token = found.token;
    reply.expires_in = found.lifetime.value_or(std::min(limits.assumed_lifetime, longest_lifetime));
    return reply;
}

bool is_header_safe_token(std::string_view text) noexcept
{
    // Sixteen running maxima without a branch: the shape that g++ 12 -O2 turns into one vector register. 0x21..0x7E
    // become 0..0x5D, everything else wraps to more than that.
    constexpr std::size_t lanes = 16;
    unsigned char worst = 0;
    if (text.size() < lanes) {
        for (const char c : text)
            worst = std::max(worst, safe_distance(c));
        return !text.empty() && worst <= longest_safe_distance;
    }
    std::array<unsigned char, lanes> highest{};
    const auto take = [&highest](const char* block) {
        for (std::size_t lane = 0; lane < lanes; ++lane)
            highest[lane] = std::max(highest[lane], safe_distance(block[lane]));
    };
    for (std::size_t i = 0; i + lanes <= text.size(); i += lanes)
        take(text.data() + i);
    take(text.data() + text.size() - lanes); // the rest, together with some that were seen already
    return *std::max_element(highest.begin(), highest.end()) <= longest_safe_distance;
}

} // namespace faceki::wire
