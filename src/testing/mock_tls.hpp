// The TLS side of the mock endpoint: its context, and what a finished handshake says about the client.
#pragma once

#include <faceki/detail/asio.hpp>

#include <memory>
#include <string>

#include <asio/ssl/context.hpp>

#include <faceki/testing/throwaway_ca.hpp>

namespace faceki::testing {

/// Throws std::invalid_argument for an unknown version, std::system_error for a certificate OpenSSL refuses.
std::unique_ptr<asio::ssl::context> make_server_context(const certificate& own, const std::string& max_version);

/// For recorded_request.
struct handshake_facts {
    std::string sni;
    std::string version;
    std::string alpn;
    bool resumed = false;
};

handshake_facts facts_of(SSL* connection);

} // namespace faceki::testing
