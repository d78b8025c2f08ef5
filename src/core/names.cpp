// Names of enumerators, for logs and JSON.
#include <faceki/log.hpp>
#include <faceki/observer.hpp>

namespace faceki {

std::string_view name_of(log_level level) noexcept
{
    switch (level) {
    case log_level::off:
        return "off";
    case log_level::error:
        return "error";
    case log_level::info:
        return "info";
    case log_level::trace:
        return "trace";
    }
    return "unknown";
}

std::string_view name_of(flight_cause cause) noexcept
{
    switch (cause) {
    case flight_cause::cold:
        return "cold";
    case flight_cause::expired:
        return "expired";
    case flight_cause::ahead:
        return "ahead";
    case flight_cause::rejected:
        return "rejected";
    case flight_cause::forced:
        return "forced";
    case flight_cause::credentials:
        return "credentials";
    }
    return "unknown";
}

} // namespace faceki
