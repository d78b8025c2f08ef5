// The error category and the conditions.
#include <faceki/error.hpp>

namespace faceki {
namespace {

struct row {
    errc code;
    std::string_view name;
    const char* text;
    bool transient;
    bool auth;
    bool network;
    bool protocol;
};

// One row per enumerator; what is not transient is permanent.
constexpr row rows[] = {
    {errc::credentials_rejected, "credentials_rejected", "the endpoint rejected the credentials", false, true, false,
     false},
    {errc::rate_limited, "rate_limited", "too many token requests", true, false, false, false},
    {errc::budget_exhausted, "budget_exhausted", "the configured request budget is used up", true, false, false, false},
    {errc::server_error, "server_error", "the endpoint reported an error of its own", true, false, false, false},
    {errc::unexpected_status, "unexpected_status", "the endpoint answered with an unexpected HTTP status", false, false,
     false, true},
    {errc::malformed_http, "malformed_http", "the answer is not valid HTTP", true, false, false, true},
    {errc::malformed_token, "malformed_token", "the answer holds no usable token", true, false, false, true},
    {errc::response_too_large, "response_too_large", "the answer is larger than a limit", false, false, false, true},
    {errc::resolve_failed, "resolve_failed", "the host name could not be resolved", true, false, true, false},
    {errc::connect_failed, "connect_failed", "no connection to the endpoint", true, false, true, false},
    {errc::connection_lost, "connection_lost", "the connection ended before the whole answer came", true, false, true,
     false},
    {errc::proxy_refused, "proxy_refused", "the proxy gave no tunnel", false, false, true, false},
    {errc::tls_failed, "tls_failed", "the TLS handshake failed", false, false, true, false},
    {errc::timed_out, "timed_out", "a deadline passed", true, false, false, false},
    {errc::store_failed, "store_failed", "the token store is unreachable", true, false, false, false},
    {errc::too_many_waiters, "too_many_waiters", "too many callers wait for a token", true, false, false, false},
    {errc::invalid_config, "invalid_config", "the configuration cannot work", false, false, false, false},
};

const row* find(int code) noexcept
{
    for (const row& r : rows)
        if (static_cast<int>(r.code) == code)
            return &r;
    return nullptr;
}

class errc_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "faceki"; }

    std::string message(int code) const override
    {
        const row* r = find(code);
        return r ? r->text : "unknown faceki error";
    }
};

class condition_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "faceki.condition"; }

    std::string message(int value) const override
    {
        switch (static_cast<condition>(value)) {
        case condition::transient:
            return "transient: the same call may succeed later";
        case condition::permanent:
            return "permanent: it fails until something is changed";
        case condition::auth:
            return "the credentials are the problem";
        case condition::network:
            return "the network is the problem";
        case condition::protocol:
            return "the answer could not be understood";
        }
        return "unknown faceki condition";
    }

    bool equivalent(const std::error_code& code, int value) const noexcept override
    {
        if (code.category() != faceki::error_category())
            return false;
        const row* r = find(code.value());
        if (!r)
            return false;
        switch (static_cast<condition>(value)) {
        case condition::transient:
            return r->transient;
        case condition::permanent:
            return !r->transient;
        case condition::auth:
            return r->auth;
        case condition::network:
            return r->network;
        case condition::protocol:
            return r->protocol;
        }
        return false;
    }
};

} // namespace

const std::error_category& error_category() noexcept
{
    static const errc_category instance;
    return instance;
}

const std::error_category& condition_category() noexcept
{
    static const condition_category_type instance;
    return instance;
}

std::string_view name_of(errc e) noexcept
{
    const row* r = find(static_cast<int>(e));
    return r ? r->name : std::string_view{"unknown"};
}

} // namespace faceki
