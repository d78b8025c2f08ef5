// The log levels' names.
#include <faceki/log.hpp>

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

} // namespace faceki
