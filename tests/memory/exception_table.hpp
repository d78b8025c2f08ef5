// One function's exception table (LSDA), read as the personality routine of C++ reads it.
#pragma once

#include <cstdint>
#include <typeinfo>

namespace faceki::test {

/// What happens to an exception that comes to a call of a function.
enum class passage : std::uint8_t {
    passes,     ///< it goes on to the caller, perhaps after some destructors
    is_caught,  ///< by a handler of this function
    terminates, ///< the call stands where nothing may be thrown
};

class exception_table {
public:
    exception_table(const void* table, std::uintptr_t function) noexcept;

    /// For the call around `code`. Allocates nothing.
    passage passage_of(std::uintptr_t code, const std::type_info& thrown) const noexcept;
    /// The function has a handler for it, whatever calls that is for.
    bool has_handler_for(const std::type_info& thrown) const noexcept;

private:
    bool catches(const std::uint8_t* action, const std::type_info& thrown) const noexcept;

    std::uintptr_t function_;
    const std::uint8_t* calls_ = nullptr;
    const std::uint8_t* actions_ = nullptr;
    const std::uint8_t* types_ = nullptr;
    std::uint8_t type_encoding_ = 0;
    std::uint8_t call_encoding_ = 0;
};

} // namespace faceki::test
