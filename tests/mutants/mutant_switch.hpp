// What a mutated source calls in place of an operator, a number, a condition or a statement. The mutant that is active
// is a number in the environment; without it every call does what the source said.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <type_traits>
#include <unistd.h>

namespace faceki_mutants {

inline constexpr unsigned most = 1U << 16; ///< numbers; weave.py gives out none beyond
inline constexpr int ran_away = 98; ///< exit status

inline unsigned from_environment(const char* name) noexcept
{
    const char* const text = std::getenv(name);
    return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 0;
}

/// 0 = none.
inline const unsigned active = from_environment("FACEKI_MUTANT");
/// An endless loop ends here, long before the time limit. 0 = none.
inline const unsigned most_hits = from_environment("FACEKI_MUTANT_HITS");
inline const bool counting = from_environment("FACEKI_MUTANT_COUNT") != 0;

inline std::atomic<unsigned> hits{0};
/// How often each place ran, by the first of its mutants.
inline std::array<std::atomic<unsigned>, most> counts{};

/// Where a place is, for the compiler: at run time only, or in a function that may run while compiling.
struct running {
    /// 0 = as written, else which of the `many` mutants that begin with `Id`.
    template <unsigned Id, unsigned Many>
    static unsigned pick() noexcept
    {
        if (counting)
            counts[Id].fetch_add(1, std::memory_order_relaxed);
        if (active < Id || active >= Id + Many)
            return 0;
        if (most_hits != 0 && hits.fetch_add(1, std::memory_order_relaxed) >= most_hits)
            ::_exit(ran_away);
        return active - Id + 1;
    }
};

struct either {
    template <unsigned Id, unsigned Many>
    static constexpr unsigned pick() noexcept
    {
        if (std::is_constant_evaluated())
            return 0;
        return running::pick<Id, Many>();
    }
};

/// A condition, forced: the first mutant makes it true, the second false.
template <class Where, unsigned Id, class T>
constexpr bool decided(T&& condition)
{
    const bool value = static_cast<bool>(condition);
    const unsigned which = Where::template pick<Id, 2>();
    return which == 0 ? value : which == 1;
}

template <class Where, unsigned Id, class T>
constexpr bool taken_true(T&& condition)
{
    const bool value = static_cast<bool>(condition);
    return Where::template pick<Id, 1>() != 0 || value;
}

template <class Where, unsigned Id, class T>
constexpr bool taken_false(T&& condition)
{
    const bool value = static_cast<bool>(condition);
    return Where::template pick<Id, 1>() == 0 && value;
}

template <class Where, unsigned Id>
constexpr bool negated(bool value)
{
    return (Where::template pick<Id, 1>() != 0) != value;
}

/// A literal: one more, then one less. bool: the other one.
template <class Where, unsigned Id, class T>
constexpr T literal(T value)
{
    if constexpr (std::is_same_v<T, bool>)
        return negated<Where, Id>(value);
    else {
        const unsigned which = Where::template pick<Id, 2>();
        return which == 0 ? value : static_cast<T>(which == 1 ? value + T{1} : value - T{1});
    }
}

template <class Where, unsigned Id, class T>
constexpr T zero(T value)
{
    return Where::template pick<Id, 1>() == 0 ? value : static_cast<T>(value + T{1});
}

template <class Where, unsigned Id>
constexpr bool runs() noexcept
{
    return Where::template pick<Id, 1>() == 0;
}

template <class Where, unsigned Id, class T>
constexpr const T& greatest(const T& a, const T& b)
{
    return Where::template pick<Id, 1>() != 0 ? std::min(a, b) : std::max(a, b);
}
template <class Where, unsigned Id, class T>
constexpr T greatest(std::initializer_list<T> of)
{
    return Where::template pick<Id, 1>() != 0 ? std::min(of) : std::max(of);
}
template <class Where, unsigned Id, class T>
constexpr const T& least(const T& a, const T& b)
{
    return Where::template pick<Id, 1>() != 0 ? std::max(a, b) : std::min(a, b);
}
/// Without its lower bound, then without its upper one.
template <class Where, unsigned Id, class T>
constexpr const T& clamped(const T& value, const T& low, const T& high)
{
    const unsigned which = Where::template pick<Id, 2>();
    return which == 0 ? std::clamp(value, low, high) : which == 1 ? std::min(value, high) : std::max(value, low);
}

// An operator of the same precedence stands on both sides of one of these, so that no parenthesis is needed:
// `a < b` becomes `a < less<…>{} < b`.
template <class Where, unsigned Id, class Left, class Kind>
struct half {
    const Left& left;
};

#define FACEKI_MUTANT_OPERATOR(kind, mark, result, many, chosen)                                                       \
    template <class Where, unsigned Id>                                                                                \
    struct kind {                                                                                                      \
    };                                                                                                                 \
    template <class Where, unsigned Id, class Left>                                                                    \
    constexpr half<Where, Id, Left, kind<Where, Id>> operator mark(const Left& left, kind<Where, Id>)                  \
    {                                                                                                                  \
        return {left};                                                                                                 \
    }                                                                                                                  \
    template <class Where, unsigned Id, class Left, class Right>                                                       \
    constexpr result operator mark(half<Where, Id, Left, kind<Where, Id>> h, const Right& right)                       \
    {                                                                                                                  \
        const Left& left = h.left;                                                                                     \
        const unsigned which = Where::template pick<Id, many>();                                                       \
        return chosen;                                                                                                 \
    }

FACEKI_MUTANT_OPERATOR(less, <, bool, 2, (which == 0 ? left < right : which == 1 ? left <= right : left >= right))
FACEKI_MUTANT_OPERATOR(less_or_equal, <=, bool, 2,
                       (which == 0   ? left <= right
                        : which == 1 ? left < right
                                     : left > right))
FACEKI_MUTANT_OPERATOR(greater, >, bool, 2, (which == 0 ? left > right : which == 1 ? left >= right : left <= right))
FACEKI_MUTANT_OPERATOR(greater_or_equal, >=, bool, 2,
                       (which == 0   ? left >= right
                        : which == 1 ? left > right
                                     : left < right))
FACEKI_MUTANT_OPERATOR(equal, ==, bool, 1, ((which == 0) == static_cast<bool>(left == right)))
FACEKI_MUTANT_OPERATOR(unequal, !=, bool, 1, ((which == 0) == static_cast<bool>(left != right)))
FACEKI_MUTANT_OPERATOR(plus, +, auto, 1, (which == 0 ? left + right : left - right))
FACEKI_MUTANT_OPERATOR(minus, -, auto, 1, (which == 0 ? left - right : left + right))
FACEKI_MUTANT_OPERATOR(times, *, auto, 1, (which == 0 ? left * right : left / right))
FACEKI_MUTANT_OPERATOR(over, /, auto, 1, (which == 0 ? left / right : left * right))
FACEKI_MUTANT_OPERATOR(remainder, %, auto, 1, (which == 0 ? left % right : left / right))
FACEKI_MUTANT_OPERATOR(shifted_left, <<, auto, 1, (which == 0 ? left << right : left >> right))
FACEKI_MUTANT_OPERATOR(shifted_right, >>, auto, 1, (which == 0 ? left >> right : left << right))

// Else the standard library's comparison of any value with an optional one would fit as well.
#define FACEKI_MUTANT_OPTIONAL(kind, mark)                                                                             \
    template <class Where, unsigned Id, class Left, class T>                                                           \
    constexpr bool operator mark(half<Where, Id, Left, kind<Where, Id>> h, const std::optional<T>& right)              \
    {                                                                                                                  \
        return operator mark<Where, Id, Left, std::optional<T>>(h, right);                                             \
    }

FACEKI_MUTANT_OPTIONAL(equal, ==)
FACEKI_MUTANT_OPTIONAL(unequal, !=)

#undef FACEKI_MUTANT_OPTIONAL
#undef FACEKI_MUTANT_OPERATOR

} // namespace faceki_mutants
