// Reference: OpenSSL on a blocking socket, and no more system calls than must be. It parses nothing but the length.
#include <charconv>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "exchange/way.hpp"
#include "harness/side_by_side.hpp"

namespace faceki::bench {
namespace {

SSL_CTX* make_context(const token_endpoint& endpoint)
{
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    require(SSL_CTX_load_verify_locations(context, endpoint.ca_file.c_str(), nullptr) == 1, "openssl: the CA");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_read_ahead(context, 1); // a record in one read(2) instead of two
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    return context;
}

/// Shared by all connections. The endpoint is one for the whole program.
SSL_CTX* plain_context(const token_endpoint& endpoint)
{
    static SSL_CTX* const context = make_context(endpoint);
    return context;
}

SSL_CTX* context_that_releases_buffers(const token_endpoint& endpoint)
{
    static SSL_CTX* const context = [&endpoint] {
        SSL_CTX* const made = make_context(endpoint);
        SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
        return made;
    }();
    return context;
}

class openssl_way final : public way {
public:
    openssl_way(const token_endpoint& endpoint, connections how, SSL_CTX* context)
        : how_(how), port_(endpoint.port), context_(context)
    {
        const std::string body = token_endpoint::request_body();
        request_ = "POST " + std::string(token_endpoint::target) +
                   " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(endpoint.port) +
                   "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                   body;
    }
    ~openssl_way() override
    {
        disconnect();
        SSL_SESSION_free(session_);
    }

    void run(stopwatch& timed) override
    {
        while (timed.wanted()) {
            timed.begin();
            if (ssl_ == nullptr)
                connect();
            const std::string_view reply = exchange();
            if (how_ != connections::kept)
                disconnect();
            timed.end(reply);
        }
    }

private:
    void connect()
    {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port_);
        require(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                "openssl: connect");
        ssl_ = SSL_new(context_);
        SSL_set_fd(ssl_, socket_);
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), "127.0.0.1");
        if (session_ != nullptr)
            SSL_set_session(ssl_, session_);
        require(SSL_connect(ssl_) == 1, "openssl: handshake");
        require(SSL_session_reused(ssl_) == (session_ != nullptr), "openssl: whether the session was resumed");
    }

    std::string_view exchange()
    {
        require(SSL_write(ssl_, request_.data(), static_cast<int>(request_.size())) ==
                    static_cast<int>(request_.size()),
                "openssl: write");
        std::size_t size = 0;
        std::size_t wanted = 0; // 0 = the head is not whole yet
        do {
            const int got = SSL_read(ssl_, buffer_ + size, static_cast<int>(sizeof buffer_ - size));
            require(got > 0, "openssl: read");
            size += static_cast<std::size_t>(got);
            if (wanted == 0)
                wanted = size_of_reply({buffer_, size});
        } while (wanted == 0 || size < wanted);
        return {buffer_, size};
    }

    static std::size_t size_of_reply(std::string_view text)
    {
        static constexpr std::string_view field = "Content-Length: ";
        static constexpr std::string_view end_of_head = "\r\n\r\n";
        const std::size_t head = text.find(end_of_head);
        if (head == std::string_view::npos)
            return 0;
        std::size_t body = 0;
        const std::size_t at = text.substr(0, head).find(field);
        require(text.starts_with("HTTP/1.1 200 ") && at != std::string_view::npos, "openssl: the reply's head");
        std::from_chars(text.data() + at + field.size(), text.data() + head, body);
        return head + end_of_head.size() + body;
    }

    void disconnect()
    {
        if (ssl_ == nullptr)
            return;
        if (how_ == connections::resumed) {
            SSL_SESSION_free(session_);
            session_ = SSL_get1_session(ssl_);
        }
        SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); // else the session is not resumable
        SSL_free(ssl_);
        ssl_ = nullptr;
        ::close(socket_);
    }

    const connections how_;
    const std::uint16_t port_;
    SSL_CTX* const context_;
    std::string request_;
    int socket_ = -1;
    SSL* ssl_ = nullptr;
    SSL_SESSION* session_ = nullptr;
    char buffer_[4096];
};

} // namespace

std::unique_ptr<way> make_openssl(const token_endpoint& endpoint, connections how)
{
    return std::make_unique<openssl_way>(endpoint, how, plain_context(endpoint));
}

std::unique_ptr<way> make_openssl_release_buffers(const token_endpoint& endpoint, connections how)
{
    return std::make_unique<openssl_way>(endpoint, how, context_that_releases_buffers(endpoint));
}

} // namespace faceki::bench
