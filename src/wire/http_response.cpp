// The only file that knows Beast. Beast's parser does the grammar (status line, fields, lengths, chunk lines); this
// file cuts the stream into whole pieces for it (see http_framing.hpp), adds the rules of RFC 9112 it lacks, and keeps
// the body in memory that is wiped.
#include "wire/http_response.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <boost/beast/http/basic_parser.hpp>

#include "wire/body_buffer.hpp"
#include "wire/http_framing.hpp"

namespace faceki::wire {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// One message, final or interim.
class message final : public http::basic_parser<false> {
public:
    /// `is_tunnel`: a 2xx answer to CONNECT; its fields say nothing about a body.
    message(body_buffer& body, std::size_t max_body, bool is_tunnel) : body_(body), is_tunnel_(is_tunnel)
    {
        header_limit(std::numeric_limits<std::uint32_t>::max()); // the scanner has counted
        body_limit(max_body);
        skip(is_tunnel);
    }

    int status() const noexcept { return status_; }
    int version() const noexcept { return version_; }
    std::uint64_t chunk_size() const noexcept { return chunk_size_; }
    bool last_chunk_seen() const noexcept { return last_chunk_seen_; }

    /// put() for a piece that is known to be whole: asking for more is an error then.
    beast::error_code put_whole(std::string_view piece)
    {
        beast::error_code error;
        const std::size_t taken = put({piece.data(), piece.size()}, error);
        if (!error && taken != piece.size())
            error = http::error::unexpected_body;
        return error;
    }

private:
    void on_request_impl(http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {}

    void on_response_impl(int status, beast::string_view, int version, beast::error_code& error) override
    {
        status_ = status;
        version_ = version;
        if (status < 100 || status > 599 || status == 101)
            error = http::error::bad_status;
    }

    void on_field_impl(http::field name, beast::string_view, beast::string_view value,
                       beast::error_code& error) override
    {
        if (last_chunk_seen_ || is_tunnel_)
            return;
        if (name == http::field::transfer_encoding && (version_ < 11 || !beast::iequals(value, "chunked")))
            error = http::error::bad_transfer_encoding;
        if (name == http::field::content_encoding && !beast::iequals(value, "identity"))
            error = http::error::bad_value;
    }

    void on_header_impl(beast::error_code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code&) override
    {
        // A length is a promise that costs the peer nothing: only part of it is believed before bytes come.
        constexpr std::uint64_t believed = 64 * 1024;
        if (length)
            body_.reserve(static_cast<std::size_t>(std::min(*length, believed)));
    }

    std::size_t on_body_impl(beast::string_view bytes, beast::error_code&) override
    {
        body_.append({bytes.data(), bytes.size()});
        return bytes.size();
    }

    void on_chunk_header_impl(std::uint64_t size, beast::string_view, beast::error_code&) override
    {
        chunk_size_ = size;
        last_chunk_seen_ = size == 0;
    }

    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, beast::error_code& error) override
    {
        return on_body_impl(bytes, error);
    }

    void on_finish_impl(beast::error_code&) override {}

    body_buffer& body_;
    std::uint64_t chunk_size_ = 0;
    int status_ = 0;
    int version_ = 0;
    bool is_tunnel_;
    bool last_chunk_seen_ = false;
};

} // namespace

struct http_response::impl {
    enum class part { head, sized_body, chunk_line, chunk_data, body_to_end, end };

    impl(const http_limits& limits, answer_to method)
        : limits_(limits), method_(method), head_scanner_(limits.header_bytes, limits.header_fields),
          chunk_scanner_(limits.header_bytes, true)
    {
    }

    std::size_t take(std::string_view bytes)
    {
        switch (part_) {
        case part::head:
            return take_head(bytes);
        case part::chunk_line:
            return take_chunk_line(bytes);
        case part::chunk_data:
            return take_body(bytes.substr(0, clamped(chunk_left_)));
        case part::sized_body:
            return take_body(bytes);
        case part::body_to_end:
            // Checked here as well, so that the byte count does not depend on the cut.
            if (const std::size_t left = limits_.body_bytes - body_.size(); bytes.size() > left) {
                fail(http_error::too_large);
                return left + 1;
            }
            return take_body(bytes);
        case part::end:
            break;
        }
        return 0;
    }

    void fail(http_error error) noexcept
    {
        error_ = error;
        part_ = part::end;
        body_.clear();
    }

    bool is_reusable() const noexcept
    {
        return part_ == part::end && error_ == http_error::none && !surplus_ && !stream_ended_ && !bad_trailer_ &&
               message_->version() >= 11 && message_->keep_alive();
    }

    const http_limits limits_;
    const answer_to method_;
    part part_ = part::head;
    http_error error_ = http_error::none;
    head_scanner head_scanner_;
    chunk_scanner chunk_scanner_;
    std::string head_; ///< of the final response, once it is there; field() looks here
    std::string line_; ///< a chunk's line, or the last chunk's with the trailers
    body_buffer body_{body_padding};
    std::optional<message> message_;
    std::uint64_t chunk_left_ = 0;
    std::size_t interim_seen_ = 0;
    std::size_t line_excess_ = 0;
    bool head_received_ = false;
    bool is_tunnel_ = false;
    bool surplus_ = false;
    bool stream_ended_ = false;
    bool bad_trailer_ = false;

private:
    static std::size_t clamped(std::uint64_t size) noexcept
    {
        return static_cast<std::size_t>(std::min<std::uint64_t>(size, std::numeric_limits<std::size_t>::max()));
    }

    /// Moves bytes into `piece` up to its end. True when it is whole; count in `taken`.
    template <class Scanner>
    bool collect(Scanner& scanner, std::string& piece, std::string_view bytes, std::size_t& taken)
    {
        const scan found = scan_piece(scanner, bytes, taken);
        if (found == scan::malformed || found == scan::too_large) {
            fail(found == scan::malformed ? http_error::malformed : http_error::too_large);
            return false;
        }
        piece.append(bytes.substr(0, taken));
        return found == scan::done;
    }

    std::size_t take_head(std::string_view bytes)
    {
        std::size_t taken = 0;
        if (!collect(head_scanner_, head_, bytes, taken))
            return taken;
        is_tunnel_ = method_ == answer_to::connect && head_[9] == '2';
        if (is_tunnel_)
            hide_lengths(head_);
        message_.emplace(body_, limits_.body_bytes, is_tunnel_);
        const beast::error_code error = message_->put_whole(head_);
        if (error && error != http::error::body_limit) {
            fail(http_error::malformed);
            return taken;
        }
        if (message_->status() < 200) {
            if (++interim_seen_ > limits_.interim_responses)
                fail(http_error::too_large);
            head_.clear();
            head_scanner_ = head_scanner(limits_.header_bytes, limits_.header_fields);
            return taken;
        }
        head_received_ = true;
        if (error) {
            fail(http_error::too_large);
            return taken;
        }
        part_ = message_->is_done()    ? part::end
                : message_->need_eof() ? part::body_to_end
                : message_->chunked()  ? part::chunk_line
                                       : part::sized_body;
        return taken;
    }

    std::size_t take_chunk_line(std::string_view bytes)
    {
        constexpr std::size_t plain_line = 20; // CR LF, sixteen digits, CR LF
        std::size_t taken = 0;
        if (!collect(chunk_scanner_, line_, bytes, taken))
            return taken;
        const beast::error_code error = message_->put_whole(line_);
        if (message_->last_chunk_seen()) {
            bad_trailer_ = error.failed();
            part_ = part::end;
        } else if (error) {
            fail(error == http::error::body_limit ? http_error::too_large : http_error::malformed);
        } else {
            // Tiny chunks with long extensions would make a small body cost gigabytes of traffic.
            if (line_.size() > plain_line)
                line_excess_ += line_.size() - plain_line;
            if (line_excess_ > limits_.header_bytes) {
                fail(http_error::too_large);
                return taken;
            }
            chunk_left_ = message_->chunk_size();
            chunk_scanner_ = chunk_scanner(limits_.header_bytes, false);
            part_ = part::chunk_data;
        }
        line_.clear();
        return taken;
    }

    std::size_t take_body(std::string_view bytes)
    {
        beast::error_code error;
        const std::size_t taken = message_->put({bytes.data(), bytes.size()}, error);
        if (error) {
            fail(http_error::malformed); // not reachable as far as is known: a body has no grammar
            return taken;
        }
        if (part_ == part::chunk_data && (chunk_left_ -= taken) == 0)
            part_ = part::chunk_line;
        if (message_->is_done())
            part_ = part::end;
        return taken;
    }
};

http_response::http_response(const http_limits& limits, answer_to method)
    : impl_(std::make_unique<impl>(limits, method))
{
}

http_response::~http_response() = default;

std::size_t http_response::feed(std::string_view bytes)
{
    std::size_t taken = 0;
    while (taken < bytes.size() && impl_->part_ != impl::part::end)
        taken += impl_->take(bytes.substr(taken));
    if (taken < bytes.size() && complete() && !impl_->is_tunnel_)
        impl_->surplus_ = true;
    return taken;
}

void http_response::end_of_stream(bool orderly)
{
    impl_->stream_ended_ = true;
    if (impl_->part_ == impl::part::end)
        return;
    if (orderly && impl_->part_ == impl::part::body_to_end)
        impl_->part_ = impl::part::end;
    else
        impl_->fail(http_error::truncated);
}

bool http_response::head_received() const noexcept
{
    return impl_->head_received_;
}

bool http_response::complete() const noexcept
{
    return impl_->part_ == impl::part::end && impl_->error_ == http_error::none;
}

http_error http_response::error() const noexcept
{
    return impl_->error_;
}

int http_response::status() const noexcept
{
    return impl_->head_received_ ? impl_->message_->status() : 0;
}

std::optional<std::string_view> http_response::field(std::string_view name) const
{
    if (!head_received())
        return std::nullopt;
    return find_field(impl_->head_, name);
}

std::vector<std::string_view> http_response::fields(std::string_view name) const
{
    return head_received() ? find_fields(impl_->head_, name) : std::vector<std::string_view>{};
}

bool http_response::reusable() const noexcept
{
    return impl_->is_reusable();
}

char* http_response::body_data() noexcept
{
    return impl_->body_.data();
}

std::size_t http_response::body_size() const noexcept
{
    return impl_->body_.size();
}

std::size_t http_response::body_capacity() const noexcept
{
    return impl_->body_.capacity();
}

} // namespace faceki::wire
