// By the functions' names: the program's symbol table tells them, hidden ones too.
#include "memory/call_stack.hpp"

#include <algorithm>
#include <string_view>

#include <execinfo.h>

#include "memory/symbols.hpp"

namespace faceki::test {
namespace {

bool has(std::string_view name, std::string_view part)
{
    return name.find(part) != name.npos;
}

/// A mangled name without what stands before its first namespace or function name.
std::string_view root_of(std::string_view mangled)
{
    if (!mangled.starts_with("_Z"))
        return {};
    return mangled.substr(std::min(mangled.find_first_not_of("ZNKVrO", 2), mangled.size()));
}

bool is_asio(std::string_view name)
{
    return root_of(name).starts_with("4asio");
}
bool is_project(std::string_view name)
{
    return root_of(name).starts_with("6faceki");
}
bool is_test(std::string_view name)
{
    return root_of(name).starts_with("6faceki4test") || root_of(name).starts_with("12_GLOBAL__N_1");
}

/// The hooks of operator new and std::aligned_alloc, and what they call.
bool is_hook(std::string_view name)
{
    return has(name, "10call_stack") || has(name, "16scarcity_strikes");
}

/// Others that must not fail: boot_alarm::wait() has only the initiation of a wait on a descriptor inlined,
/// refresher_core's constructor the making of a strand; a promise's destructor makes an exception.
bool must_not_fail(std::string_view name)
{
    return has(name, "10boot_alarm4wait") || has(name, "14refresher_coreC") ||
           (has(name, "St7promiseI") && has(name, "10_M_dispose"));
}

/// async_result<use_awaitable_t<…>, …>::initiate<Initiation>, where Initiation is a function of ours.
bool awaits_ours(const char* mangled)
{
    const std::string name = readable(mangled);
    const std::string_view before = "::initiate<";
    const auto at = name.find(before);
    return at != name.npos && std::string_view(name).substr(at + before.size()).starts_with("faceki::");
}

/// A function of Asio's that its caller, ours, cannot save: see owner::asio.
bool is_on_its_own(const char* mangled)
{
    const std::string_view name(mangled);
    if (name.ends_with(".actor"))
        return !awaits_ours(mangled);
    for (const std::string_view part : {"11do_complete", "8completeI", "16awaitable_threadI", "7invokerI"})
        if (has(name, part))
            return true;
    return false;
}

} // namespace

call_stack call_stack::here() noexcept
{
    call_stack stack;
    stack.size_ = static_cast<std::size_t>(::backtrace(stack.code_.data(), static_cast<int>(stack.code_.size())));
    return stack;
}

owner call_stack::by() const
{
    for (std::size_t i = 0; i < size_; ++i) {
        const char* const name = function_around(code_[i]);
        if (is_hook(name))
            continue;
        if ((is_asio(name) && is_on_its_own(name)) || must_not_fail(name))
            return owner::asio;
        if (is_test(name))
            return owner::test;
        if (is_project(name))
            return root_of(name).starts_with("6faceki7testing") ? owner::kit : owner::faceki;
    }
    return owner::test;
}

std::string call_stack::text(std::size_t most) const
{
    std::string all;
    std::size_t count = 0;
    for (std::size_t i = 0; i < size_ && count < most; ++i) {
        const char* const name = function_around(code_[i]);
        if (is_hook(name) || (!is_asio(name) && !is_project(name)) || is_test(name))
            continue;
        all += (count++ == 0 ? "" : " < ") + short_name(name);
    }
    return all.empty() ? "no function with a name" : all;
}

} // namespace faceki::test
