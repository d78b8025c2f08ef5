// credentials and grant_result: values that carry secrets and overwrite them.
#include <utility>

#include <faceki/token_source.hpp>

#include "crypto/secret.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {

credentials::credentials(std::string client_id, std::string client_secret) noexcept
    : id_(std::move(client_id)), secret_(std::move(client_secret))
{
    // A short string is copied by the move, not handed over: the caller's argument still holds it.
    crypto::wipe(client_id);
    crypto::wipe(client_secret);
}

credentials::credentials(const credentials&) = default;

credentials::credentials(credentials&& other) noexcept : credentials(std::move(other.id_), std::move(other.secret_))
{
    crypto::wipe(other.id_);
    crypto::wipe(other.secret_);
}

credentials& credentials::operator=(const credentials& other)
{
    credentials copy(other);
    return *this = std::move(copy);
}

credentials& credentials::operator=(credentials&& other) noexcept
{
    if (this == &other)
        return *this;
    crypto::wipe(id_);
    crypto::wipe(secret_);
    id_ = std::move(other.id_);
    secret_ = std::move(other.secret_);
    crypto::wipe(other.id_);
    crypto::wipe(other.secret_);
    return *this;
}

credentials::~credentials()
{
    crypto::wipe(id_);
    crypto::wipe(secret_);
}

grant_result grant_result::granted(std::string value, std::chrono::milliseconds expires_in, phase_times phases)
{
    grant_result result;
    result.value_ = std::move(value);
    crypto::wipe(value);
    result.expires_in_ = expires_in;
    result.details_.phases = phases;
    return result;
}

grant_result grant_result::failed(std::error_code code, faceki::diagnostics details)
{
    grant_result result;
    result.code_ =
        code ? code : make_error_code(errc::malformed_token); // "failed with success" must not pass for a grant
    result.details_ = std::move(details);
    return result;
}

grant_result::grant_result(grant_result&& other) noexcept
    : value_(std::move(other.value_)), expires_in_(other.expires_in_), code_(other.code_),
      details_(std::move(other.details_))
{
    crypto::wipe(other.value_);
}

grant_result& grant_result::operator=(grant_result&& other) noexcept
{
    if (this == &other)
        return *this;
    crypto::wipe(value_);
    value_ = std::move(other.value_);
    crypto::wipe(other.value_);
    expires_in_ = other.expires_in_;
    code_ = other.code_;
    details_ = std::move(other.details_);
    return *this;
}

grant_result::~grant_result()
{
    crypto::wipe(value_);
}

} // namespace faceki::inline FACEKI_ASIO_BACKEND
