// Overwriting secrets, by the one function the optimiser is not allowed to see through.
#include "crypto/secret.hpp"

#include <openssl/crypto.h>

namespace faceki::crypto {

void wipe(void* data, std::size_t size) noexcept
{
    if (data != nullptr && size != 0)
        OPENSSL_cleanse(data, size);
}

void wipe(std::string& text) noexcept
{
    // Not only size(): an earlier, longer value may still lie behind it. Growing to the capacity never allocates.
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

} // namespace faceki::crypto
