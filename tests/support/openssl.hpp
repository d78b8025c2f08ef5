// OpenSSL's objects, freed by their owner.
#pragma once

#include <memory>

#include <openssl/ssl.h>

namespace faceki_test {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* p) const noexcept
    {
        Free(p);
    }
};
using ssl_context_ptr = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using ssl_handle_ptr = std::unique_ptr<SSL, freed_by<SSL_free>>;

} // namespace faceki_test
