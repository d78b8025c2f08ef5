// DWARF's pointer encodings, call sites, actions and types.
#include "memory/exception_table.hpp"

#include <cstring>
#include <new>

namespace faceki::test {
namespace {

constexpr std::uint8_t omitted = 0xff;

std::uint64_t read_uleb(const std::uint8_t*& at) noexcept
{
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t byte = 0;
    do {
        byte = *at++;
        value |= std::uint64_t{byte & 0x7fU} << shift;
        shift += 7;
    } while ((byte & 0x80U) != 0);
    return value;
}

std::int64_t read_sleb(const std::uint8_t*& at) noexcept
{
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t byte = 0;
    do {
        byte = *at++;
        value |= std::uint64_t{byte & 0x7fU} << shift;
        shift += 7;
    } while ((byte & 0x80U) != 0);
    if ((byte & 0x40U) != 0 && shift < 64)
        value |= ~std::uint64_t{0} << shift;
    return static_cast<std::int64_t>(value);
}

template <class T>
T read_raw(const std::uint8_t*& at) noexcept
{
    T value{};
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
}

std::size_t size_of(std::uint8_t encoding) noexcept
{
    switch (encoding & 0x07U) {
    case 2:
        return 2;
    case 3:
        return 4;
    default:
        return 8;
    }
}

std::uintptr_t read_encoded(std::uint8_t encoding, const std::uint8_t*& at) noexcept
{
    const auto place = reinterpret_cast<std::uintptr_t>(at);
    std::uintptr_t value = 0;
    switch (encoding & 0x0fU) {
    case 0x01:
        value = read_uleb(at);
        break;
    case 0x09:
        value = static_cast<std::uintptr_t>(read_sleb(at));
        break;
    case 0x02:
        value = read_raw<std::uint16_t>(at);
        break;
    case 0x03:
        value = read_raw<std::uint32_t>(at);
        break;
    case 0x0a:
        value = static_cast<std::uintptr_t>(read_raw<std::int16_t>(at));
        break;
    case 0x0b:
        value = static_cast<std::uintptr_t>(read_raw<std::int32_t>(at));
        break;
    default:
        value = read_raw<std::uintptr_t>(at);
        break;
    }
    if (value == 0)
        return 0;
    if ((encoding & 0x70U) == 0x10)
        value += place;
    if ((encoding & 0x80U) != 0)
        value = *reinterpret_cast<const std::uintptr_t*>(value);
    return value;
}

} // namespace

exception_table::exception_table(const void* table, std::uintptr_t function) noexcept : function_(function)
{
    const auto* at = static_cast<const std::uint8_t*>(table);
    if (const std::uint8_t landing_encoding = *at++; landing_encoding != omitted)
        read_encoded(landing_encoding, at); // where landing pads are counted from: only zero or not is asked here
    type_encoding_ = *at++;
    if (type_encoding_ != omitted) {
        const std::uint64_t offset = read_uleb(at);
        types_ = at + offset;
    }
    call_encoding_ = *at++;
    const std::uint64_t length = read_uleb(at);
    calls_ = at;
    actions_ = at + length;
}

passage exception_table::passage_of(std::uintptr_t code, const std::type_info& thrown) const noexcept
{
    for (const std::uint8_t* at = calls_; at < actions_;) {
        const std::uintptr_t begin = function_ + read_encoded(call_encoding_, at);
        const std::uintptr_t length = read_encoded(call_encoding_, at);
        const std::uintptr_t landing = read_encoded(call_encoding_, at);
        const std::uint64_t action = read_uleb(at);
        if (code < begin || code >= begin + length)
            continue;
        if (landing == 0 || action == 0)
            return passage::passes;
        return catches(actions_ + action - 1, thrown) ? passage::is_caught : passage::passes;
    }
    return passage::terminates; // as the runtime does where the table has no entry
}

bool exception_table::has_handler_for(const std::type_info& thrown) const noexcept
{
    for (const std::uint8_t* at = calls_; at < actions_;) {
        read_encoded(call_encoding_, at);
        read_encoded(call_encoding_, at);
        const std::uintptr_t landing = read_encoded(call_encoding_, at);
        const std::uint64_t action = read_uleb(at);
        if (landing != 0 && action != 0 && catches(actions_ + action - 1, thrown))
            return true;
    }
    return false;
}

bool exception_table::catches(const std::uint8_t* action, const std::type_info& thrown) const noexcept
{
    for (;;) {
        const std::int64_t filter = read_sleb(action);
        const std::uint8_t* next = action;
        const std::int64_t step = read_sleb(action);
        if (filter > 0) {
            const std::uint8_t* entry = types_ - static_cast<std::size_t>(filter) * size_of(type_encoding_);
            const auto* type = reinterpret_cast<const std::type_info*>(read_encoded(type_encoding_, entry));
            std::bad_alloc example;
            void* object = &example;
            if (type == nullptr || type->__do_catch(&thrown, &object, 1))
                return true;
        }
        if (step == 0)
            return false;
        action = next + step;
    }
}

} // namespace faceki::test
