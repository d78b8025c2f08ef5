// Refuses a configuration that cannot work, naming the field and what to do.
#pragma once

#include <string>
#include <string_view>

#include <faceki/config.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// Throws token_error(errc::invalid_config) with "<field> <problem>". Neither may hold a secret.
[[noreturn]] void throw_invalid(std::string_view field, std::string_view problem);

void validate(const refresher_config& config);
void validate(const credentials& value, const limits& bounds);

} // namespace detail
} // namespace faceki::inline FACEKI_ASIO_BACKEND
