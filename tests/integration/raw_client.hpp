// A blocking HTTP client over bare OpenSSL: shows what the mock endpoint really puts on the wire, without the library's
// own parsers.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <faceki/testing/mock_endpoint.hpp>

#include "support/openssl.hpp"

namespace faceki_test::raw {

using ssl_session_ptr = std::unique_ptr<SSL_SESSION, freed_by<SSL_SESSION_free>>;

struct options {
    std::string sni;
    int newest = 0;        ///< TLS1_2_VERSION …; 0 = no limit
    bool outdated = false; ///< allow TLS 1.0 and 1.1
    bool offer_http_1_1 = false;
    SSL_SESSION* resume = nullptr;
    bool plain = false;
    std::string verify_host; ///< "" = 127.0.0.1 must be among the certificate's addresses
    bool cn_counts = false;  ///< without a subjectAltName the CN may name the host
};

struct response {
    int status = 0; ///< 0 = the connection ended, or the time was up, before a whole response came
    std::string head;
    std::string body;
};

/// How the connection ended: close_notify, a bare FIN or RST, or not at all within the limit.
enum class ending { clean, cut, none };

inline const char* name_of(ending e)
{
    return e == ending::clean ? "clean" : e == ending::cut ? "cut" : "none";
}
inline std::ostream& boost_test_print_type(std::ostream& out, ending e)
{
    return out << name_of(e);
}

/// Do not write to a connection the endpoint has closed: OpenSSL's sockets raise SIGPIPE.
class client {
public:
    explicit client(const faceki::testing::mock_endpoint& endpoint, options want = {})
        : client(endpoint.port(), endpoint.ca_pem(), std::move(want))
    {
    }

    client(std::uint16_t port, const std::string& ca_pem, options want = {})
    {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        set_time_limit(10'000);
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            close();
            throw std::runtime_error("connect");
        }
        if (!want.plain)
            start_tls(ca_pem, want);
    }

    ~client() { close(); }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// False: the handshake failed, for the reason handshake_error() gives.
    bool connected() const noexcept { return !failed_; }
    const std::string& handshake_error() const noexcept { return handshake_error_; }

    void send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const int size = static_cast<int>(bytes.size());
            const ssize_t sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), size)
                                      : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                throw std::runtime_error("send");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    response receive()
    {
        std::size_t end = 0;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos)
            if (!read_more())
                return {};
        response got;
        got.head = received_.substr(0, end + 2);
        std::size_t length = 0;
        if (const auto at = got.head.find("Content-Length: "); at != std::string::npos)
            length = std::strtoul(got.head.c_str() + at + 16, nullptr, 10);
        while (received_.size() < end + 4 + length)
            if (!read_more())
                return {};
        got.body = received_.substr(end + 4, length);
        received_.erase(0, end + 4 + length);
        got.status = std::atoi(got.head.c_str() + 9);
        return got;
    }

    response call(std::string_view request)
    {
        send(request);
        return receive();
    }

    /// False: the connection ended, or the time was up, before that.
    bool read_at_least(std::size_t size)
    {
        set_time_limit(10'000);
        while (received_.size() < size)
            if (!read_more())
                return false;
        return true;
    }

    /// Reads until the connection ends; what came is in received().
    ending read_to_end(int limit_ms = 10'000)
    {
        set_time_limit(limit_ms);
        while (read_more()) {
        }
        return ended_;
    }
    const std::string& received() const noexcept { return received_; }

    /// FIN without close_notify, and no more reading.
    void close()
    {
        if (ssl_)
            SSL_set_shutdown(ssl_.get(),
                             SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); // else the session could not be resumed
        ssl_.reset();
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

    /// The client's half only.
    void finish_sending()
    {
        if (ssl_)
            SSL_shutdown(ssl_.get());
        ::shutdown(fd_, SHUT_WR);
    }

    SSL* native() const noexcept { return ssl_.get(); }
    /// The newest ticket; after a response, when TLS 1.3 tickets have come.
    ssl_session_ptr session() const { return ssl_session_ptr(SSL_get1_session(ssl_.get())); }

private:
    void set_time_limit(int milliseconds) const
    {
        const timeval limit{milliseconds / 1000, milliseconds % 1000 * 1000};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }

    void start_tls(const std::string& ca_pem, const options& want)
    {
        ERR_clear_error();
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX* const context = context_.get();
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        const std::unique_ptr<BIO, freed_by<BIO_free>> pem(
            BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())));
        const std::unique_ptr<X509, freed_by<X509_free>> ca(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
        if (ca)
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
        if (want.outdated) {
            SSL_CTX_set_security_level(context, 0);
            SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
            SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        }
        if (want.newest != 0)
            SSL_CTX_set_max_proto_version(context, want.newest);
        static constexpr unsigned char protocols[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
        if (want.offer_http_1_1)
            SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols);

        ssl_.reset(SSL_new(context));
        if (!want.sni.empty())
            SSL_set_tlsext_host_name(ssl_.get(), want.sni.c_str());
        X509_VERIFY_PARAM* const check = SSL_get0_param(ssl_.get());
        if (!want.cn_counts)
            X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        if (want.verify_host.empty())
            X509_VERIFY_PARAM_set1_ip_asc(check, "127.0.0.1");
        else
            SSL_set1_host(ssl_.get(), want.verify_host.c_str());
        if (want.resume != nullptr)
            SSL_set_session(ssl_.get(), want.resume);
        SSL_set_fd(ssl_.get(), fd_);
        if (SSL_connect(ssl_.get()) == 1)
            return;
        failed_ = true;
        const long verdict = SSL_get_verify_result(ssl_.get());
        const char* const reason = ERR_reason_error_string(ERR_peek_error());
        handshake_error_ = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict)
                           : reason != nullptr  ? reason
                                                : "end of stream";
    }

    bool read_more()
    {
        char buffer[16 * 1024];
        ERR_clear_error();
        const ssize_t size = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
        if (size > 0) {
            received_.append(buffer, static_cast<std::size_t>(size));
            return true;
        }
        const bool time_is_up = errno == EAGAIN || errno == EWOULDBLOCK;
        if (ssl_) {
            const int error = SSL_get_error(ssl_.get(), static_cast<int>(size));
            ended_ = error == SSL_ERROR_ZERO_RETURN             ? ending::clean
                     : error == SSL_ERROR_WANT_READ             ? ending::none
                     : error == SSL_ERROR_SYSCALL && time_is_up ? ending::none
                                                                : ending::cut;
        } else {
            ended_ = size == 0 ? ending::clean : time_is_up ? ending::none : ending::cut;
        }
        return false;
    }

    int fd_ = -1;
    ssl_context_ptr context_;
    ssl_handle_ptr ssl_;
    bool failed_ = false;
    std::string handshake_error_;
    std::string received_;
    ending ended_ = ending::none;
};

/// The documented token request.
inline std::string token_request(std::string_view body = R"({"clientId":"test-client","clientSecret":"test-secret"})",
                                 std::string_view target = "/auth/api/generate-token")
{
    return "POST " + std::string(target) +
           " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string api_request(std::string_view token, std::string_view target = "/api/v3/workflows/rules?workflowId=1")
{
    std::string text = "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (!token.empty())
        text.append("Authorization: Bearer ").append(token).append("\r\n");
    return text + "\r\n";
}

/// The text between `"key":` and the next comma or brace, without quotes.
inline std::string json_field(const std::string& json, const std::string& key)
{
    const auto at = json.find('"' + key + "\":");
    if (at == std::string::npos)
        return {};
    const auto begin = at + key.size() + 3;
    std::string value = json.substr(begin, json.find_first_of(",}", begin) - begin);
    if (value.size() >= 2 && value.front() == '"')
        value = value.substr(1, value.size() - 2);
    return value;
}

inline std::string token_of(const response& reply)
{
    return json_field(reply.body, "access_token");
}

} // namespace faceki_test::raw
