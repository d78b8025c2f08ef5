// The rules a configuration must keep.
#include "refresh/validate.hpp"

#include "wire/token_request.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

void throw_invalid(std::string_view field, std::string_view problem)
{
    diagnostics details;
    details.message.append(field).append(" ").append(problem);
    throw token_error(errc::invalid_config, std::move(details));
}

namespace {

void require_positive(std::chrono::milliseconds value, std::string_view field)
{
    if (value <= std::chrono::milliseconds{0})
        throw_invalid(field, "must be more than 0 ms");
    if (value > std::chrono::hours{24})
        throw_invalid(field, "must be at most 24 hours");
}

void require_positive(std::size_t value, std::string_view field)
{
    if (value == 0)
        throw_invalid(field, "must be more than 0");
}

void require_lifetime(std::chrono::milliseconds value, std::string_view field)
{
    if (value < std::chrono::milliseconds{0})
        throw_invalid(field, "must not be negative");
    if (value > std::chrono::hours{24 * 365})
        throw_invalid(field, "must be at most a year");
}

} // namespace

void validate(const refresher_config& config)
{
    const limits& bounds = config.limits;
    require_positive(bounds.connect_timeout, "limits.connect_timeout");
    require_positive(bounds.attempt_timeout, "limits.attempt_timeout");
    require_positive(bounds.flight_deadline, "limits.flight_deadline");
    require_positive(bounds.max_header_bytes, "limits.max_header_bytes");
    require_positive(bounds.max_header_fields, "limits.max_header_fields");
    require_positive(bounds.max_body_bytes, "limits.max_body_bytes");
    require_positive(bounds.max_json_depth, "limits.max_json_depth");
    require_positive(bounds.max_token_bytes, "limits.max_token_bytes");
    require_positive(bounds.max_credential_bytes, "limits.max_credential_bytes");
    require_positive(bounds.max_waiters, "limits.max_waiters");
    if (bounds.max_connection_idle < std::chrono::milliseconds{0})
        throw_invalid("limits.max_connection_idle", "must not be negative; 0 = keep no connection");
    if (bounds.max_json_depth > 1000)
        throw_invalid("limits.max_json_depth", "must be at most 1000");
    if (config.retry.max_attempts < 1 || config.retry.max_attempts > 10)
        throw_invalid("retry.max_attempts", "must be 1 to 10; 1 = no retry");
    require_lifetime(config.retry.first_pause, "retry.first_pause");
    require_lifetime(config.retry.longest_pause, "retry.longest_pause");
    require_lifetime(config.lifetime.refresh_ahead, "lifetime.refresh_ahead");
    require_lifetime(config.lifetime.assumed_lifetime, "lifetime.assumed_lifetime");
    require_lifetime(config.lifetime.safety_margin, "lifetime.safety_margin");
    require_lifetime(config.lifetime.max_uncertainty, "lifetime.max_uncertainty");
}

void validate(const credentials& value, const limits& bounds)
{
    if (const auto problem = wire::credential_problem(value.client_id(), bounds.max_credential_bytes); !problem.empty())
        throw_invalid("credentials.client_id", problem);
    if (const auto problem = wire::credential_problem(value.client_secret(), bounds.max_credential_bytes);
        !problem.empty())
        throw_invalid("credentials.client_secret", problem);
}

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
