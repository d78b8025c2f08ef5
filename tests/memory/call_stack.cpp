// Unwinding without throwing: the tables of exception handling are read as the C++ runtime would read them.
#include "memory/call_stack.hpp"

#include <cstring>
#include <new>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <unwind.h>

#include "memory/exception_table.hpp"
#include "memory/symbols.hpp"

namespace faceki::test {
namespace {

constexpr std::string_view aligned_hook = "__wrap_aligned_alloc";

/// A mangled name without what stands before its first namespace or function name.
std::string_view root_of(const char* mangled)
{
    std::string_view name(mangled);
    if (!name.starts_with("_Z"))
        return {};
    name.remove_prefix(2);
    while (!name.empty() && std::strchr("ZNKVrO", name.front()) != nullptr)
        name.remove_prefix(1);
    return name;
}

bool is_asio(std::string_view root)
{
    return root.starts_with("4asio");
}
bool is_kit(std::string_view root)
{
    return root.starts_with("6faceki7testing");
}
bool is_test(std::string_view root)
{
    return root.starts_with("6faceki4test");
}
bool is_project(std::string_view root)
{
    return root.starts_with("6faceki");
}

/// async_result<use_awaitable_t<…>, …>::initiate<Initiation>: in it everything runs inside a noexcept await_suspend.
bool is_awaited_initiation(const char* mangled)
{
    const std::string_view name(mangled);
    return is_asio(root_of(mangled)) && name.find("15use_awaitable_t") != name.npos &&
           (name.find("8initiateI") != name.npos || name.find("7do_initI") != name.npos);
}

/// The strand's posting of itself to its executor, when it has become busy or has more to do.
bool is_strands_own(std::string_view name)
{
    return name.find("strand_executor_service7invoker") != name.npos;
}

/// Where one handler's calls begin: what is further out has nothing to do with the allocation.
bool runs_a_handler(std::string_view name)
{
    for (const std::string_view part : {"do_complete", "8completeI", ".actor", ".resume", "4pump"})
        if (name.find(part) != name.npos)
            return true;
    return false;
}

/// Its initiation is a function of ours: what that throws is our fault.
bool initiates_ours(const char* mangled)
{
    const std::string name = readable(mangled);
    for (const std::string_view what : {"::initiate<", "::do_init<"}) {
        const auto at = name.find(what);
        if (at != name.npos)
            return std::string_view(name).substr(at + what.size()).starts_with("faceki::");
    }
    return true;
}

} // namespace

struct walker {
    call_stack& stack;
    bool owner_known = false;
    bool after_aligned_hook = false;
    bool in_asio = true; ///< all calls so far were Asio's own
    bool ends = false;

    static _Unwind_Reason_Code step(_Unwind_Context* context, void* self)
    {
        return static_cast<walker*>(self)->look_at(context) ? _URC_NO_REASON : _URC_NORMAL_STOP;
    }

    bool look_at(_Unwind_Context* context)
    {
        int before = 0;
        std::uintptr_t code = _Unwind_GetIPInfo(context, &before);
        if (code == 0)
            return false;
        code -= before == 0 ? 1 : 0;
        if (stack.size_ < stack.code_.size())
            stack.code_[stack.size_++] = code;
        const char* const name = mangled_name(code);
        const std::string_view root = root_of(name);
        if (!owner_known && (is_asio(root) || is_project(root)) && !is_hook(name)) {
            owner_known = true;
            stack.owner_ = is_asio(root)   ? owner::asio
                           : is_kit(root)  ? owner::kit
                           : is_test(root) ? owner::test
                                           : owner::faceki;
        }
        if (in_asio && *name != '\0' && !is_hook(name)) {
            in_asio = is_asio(root) && !runs_a_handler(name);
            if (in_asio && is_strands_own(name)) {
                in_asio = false;
                ends = true;
                stack.fate_ = fate::strand;
                stack.end_in_ = code;
            }
        }
        if (!ends)
            judge(context, code, name);
        return !ends || stack.size_ < 24;
    }

    /// The hooks themselves.
    static bool is_hook(const char* name)
    {
        const std::string_view text(name);
        return text.find("10call_stack") != text.npos || text.find("scarcity_strikes") != text.npos ||
               text.find("6walker") != text.npos || text.starts_with("_Znwm") || text == aligned_hook;
    }

    void judge(_Unwind_Context* context, std::uintptr_t code, const char* name)
    {
        const void* const table = _Unwind_GetLanguageSpecificData(context);
        const bool calls_aligned_alloc = std::exchange(after_aligned_hook, std::string_view(name) == aligned_hook);
        passage how = passage::passes;
        if (table != nullptr && !is_hook(name)) {
            const exception_table calls(table, _Unwind_GetRegionStart(context));
            // std::aligned_alloc does not throw; its caller does, at a place that cannot be seen from here.
            if (!calls_aligned_alloc)
                how = calls.passage_of(code, typeid(std::bad_alloc));
            else if (calls.has_handler_for(typeid(std::bad_alloc)))
                how = passage::is_caught;
        }
        if (how == passage::is_caught) {
            ends = true;
        } else if (is_awaited_initiation(name)) {
            // Cleanups may hide the noexcept from the tables: what is awaited does not catch, so it ends here.
            ends = true;
            const bool ours = initiates_ours(name);
            stack.fate_ = ours ? fate::noexcept_ : fate::initiation;
            stack.end_in_ = code;
        } else if (how == passage::terminates) {
            ends = true;
            stack.fate_ = fate::noexcept_;
            stack.end_in_ = code;
        }
    }
};

call_stack call_stack::here() noexcept
{
    call_stack stack;
    walker w{stack};
    _Unwind_Backtrace(&walker::step, &w);
    return stack;
}

std::string call_stack::text(std::size_t most) const
{
    std::string all;
    std::size_t count = 0;
    for (std::size_t i = 0; i < size_ && count < most; ++i) {
        const char* const name = mangled_name(code_[i]);
        const std::string_view root = root_of(name);
        if (walker::is_hook(name) || (!is_asio(root) && !is_project(root)) || is_test(root))
            continue;
        all += (count++ == 0 ? "" : " < ") + short_name(name);
    }
    return all.empty() ? "no function with a name" : all;
}

} // namespace faceki::test
