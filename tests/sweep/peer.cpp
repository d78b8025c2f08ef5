// Listening, and the thread that serves.
#include "sweep/peer.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "sweep/peer_connection.hpp"

namespace faceki_test::sweep {
namespace {

using faceki::testing::certificate;
using faceki::testing::throwaway_ca;

using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;

certificate issued_by(const throwaway_ca& ca)
{
    faceki::testing::certificate_request shown;
    shown.dns_names = {endpoint_host};
    return ca.issue(shown);
}

const certificate& strange_certificate()
{
    static const certificate instance = issued_by(throwaway_ca());
    return instance;
}

bio_ptr reader(const std::string& pem)
{
    return bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

ssl_context_ptr context_for(const certificate& shown, int newest)
{
    ssl_context_ptr context(SSL_CTX_new(TLS_server_method()));
    const x509_ptr leaf(PEM_read_bio_X509(reader(shown.chain_pem).get(), nullptr, nullptr, nullptr));
    const key_ptr key(PEM_read_bio_PrivateKey(reader(shown.key_pem).get(), nullptr, nullptr, nullptr));
    if (SSL_CTX_use_certificate(context.get(), leaf.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
        throw std::runtime_error("the peer's certificate");
    SSL_CTX_set_max_proto_version(context.get(), newest);
    return context;
}

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::system_category(), what);
}

int make_socket()
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket");
    return fd;
}

} // namespace

std::string good_reply(int expires_in)
{
    const std::string body = R"({"responseCode":0,"data":{"access_token":"token-of-the-peer","expires_in":)" +
                             std::to_string(expires_in) + R"(,"token_type":"Bearer"}})";
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

const throwaway_ca& trusted_ca()
{
    static const throwaway_ca instance;
    return instance;
}

const certificate& endpoint_certificate()
{
    static const certificate instance = issued_by(trusted_ca());
    return instance;
}

peer::peer(conduct how) : how_(std::move(how)), state_(new peer_state{how_, nullptr})
{
    state_->tls = context_for(how_.stranger ? strange_certificate() : endpoint_certificate(), how_.newest_tls);
    state_->told = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (state_->told < 0)
        fail("eventfd");
    listen();
    thread_ = std::thread([this] { run(); });
}

peer::~peer()
{
    state_->ending = true;
    ::eventfd_write(state_->told, 1);
    thread_.join();
    ::close(state_->told);
    ::close(state_->listener);
    if (filler_ >= 0)
        ::close(filler_);
}

void peer::go_on()
{
    state_->sound = true;
    ::eventfd_write(state_->told, 1);
}

void peer::listen()
{
    const int fd = state_->listener = make_socket();
    if (how_.at == stop_at::request) {
        // A small window and small segments, so that the client's kernel does not take much either: inherited by what
        // is accepted.
        const int window = 4096;
        const int segment = 536;
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
        ::setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int queue = how_.at == stop_at::backlog ? 0 : 16;
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(fd, queue) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        fail("listen");
    port_ = ntohs(address.sin_port);
    if (how_.at == stop_at::backlog)
        fill_backlog();
}

/// A queue of length 0 takes one connection; the SYN of the next is dropped.
void peer::fill_backlog()
{
    filler_ = make_socket();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    if (::connect(filler_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("connect");
}

void peer::run()
{
    peer_state& state = *state_;
    if (how_.at == stop_at::backlog) {
        while (!state.sound) {
            pollfd told{state.told, POLLIN, 0};
            ::poll(&told, 1, -1);
            if (state.ending)
                return;
        }
        ::close(::accept(state.listener, nullptr, nullptr)); // the one that filled the queue
    }
    while (state.wait(state.listener, POLLIN)) {
        const int fd = ::accept4(state.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            continue;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        peer_connection(state, fd).serve();
    }
}

int peer::accepted() const noexcept
{
    return state_->accepted;
}

int peer::open() const noexcept
{
    return state_->open;
}

int peer::reached() const noexcept
{
    return state_->reached;
}

int peer::requests() const noexcept
{
    return state_->requests;
}

int peer::left() const noexcept
{
    return state_->left;
}

} // namespace faceki_test::sweep
