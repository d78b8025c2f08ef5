// Reference: cpp-httplib. Each client has an SSL_CTX of its own and reads its CA file: that is what a new connection
// costs its users.
#define CPPHTTPLIB_OPENSSL_SUPPORT
#include <httplib.h>

#include "exchange/way.hpp"
#include "harness/side_by_side.hpp"

namespace faceki::bench {
namespace {

class httplib_way final : public way {
public:
    httplib_way(const token_endpoint& endpoint, connections how) : how_(how), endpoint_(endpoint) {}

    void run(stopwatch& timed) override
    {
        while (timed.wanted()) {
            timed.begin();
            if (!client_)
                connect();
            const httplib::Result result = client_->Post(target_, body_, "application/json");
            if (how_ == connections::cold)
                client_.reset();
            require(result && result->status == 200, "httplib: the reply");
            timed.end(result->body);
        }
    }

private:
    void connect()
    {
        client_ = std::make_unique<httplib::SSLClient>("127.0.0.1", endpoint_.port);
        client_->set_ca_cert_path(endpoint_.ca_file.c_str());
        client_->enable_server_certificate_verification(true);
        client_->set_keep_alive(how_ == connections::kept);
        client_->set_tcp_nodelay(true); // head and body are two writes
    }

    const connections how_;
    const token_endpoint& endpoint_;
    const std::string target_{token_endpoint::target};
    const std::string body_ = token_endpoint::request_body();
    std::unique_ptr<httplib::SSLClient> client_;
};

} // namespace

std::unique_ptr<way> make_httplib(const token_endpoint& endpoint, connections how)
{
    return std::make_unique<httplib_way>(endpoint, how);
}

} // namespace faceki::bench
