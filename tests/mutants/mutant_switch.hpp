// What a mutated source calls in place of an operator, a number, a condition or a statement. The mutant that is active
// is a number in the environment; without it every call does what the source said.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <optional>

namespace faceki_mutants {

inline const unsigned active = [] {
    const char* const text = std::getenv("FACEKI_MUTANT");
    return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 0;
}();

template <unsigned Id>
bool is_active() noexcept
{
    return active == Id;
}

/// A statement.
template <unsigned Id>
bool runs() noexcept
{
    return !is_active<Id>();
}

/// A condition: the first mutant makes it true, the second false.
template <unsigned Id, class T>
bool decided(T&& condition)
{
    const bool value = static_cast<bool>(condition);
    return is_active<Id>() || (value && !is_active<Id + 1>());
}

template <unsigned Id, class T>
bool taken_false(T&& condition)
{
    const bool value = static_cast<bool>(condition);
    return value && !is_active<Id>();
}

template <unsigned Id>
bool flipped(bool value) noexcept
{
    return value != is_active<Id>();
}

/// A number: the first mutant is one more, the second one less.
template <unsigned Id, class T>
T literal(T value) noexcept
{
    return is_active<Id>() ? value + T{1} : is_active<Id + 1>() ? value - T{1} : value;
}

/// It has one mutant only.
template <unsigned Id, class T>
T zero(T value) noexcept
{
    return is_active<Id>() ? T{1} : value;
}

template <unsigned Id, class T>
const T& greatest(const T& a, const T& b)
{
    return is_active<Id>() ? std::min(a, b) : std::max(a, b);
}

template <unsigned Id, class T>
T greatest(std::initializer_list<T> of)
{
    return is_active<Id>() ? std::min(of) : std::max(of);
}

template <unsigned Id, class T>
const T& least(const T& a, const T& b)
{
    return is_active<Id>() ? std::max(a, b) : std::min(a, b);
}

// An operator of the same precedence stands on both sides of one of these, so that no parenthesis is needed:
// `a < b` becomes `a < less<…>{} < b`.
template <class Left, class Kind>
struct half {
    const Left& left;
};

#define FACEKI_MUTANT_COMPARISON(kind, mark, other)                                                                    \
    template <unsigned Id>                                                                                             \
    struct kind {                                                                                                      \
    };                                                                                                                 \
    template <unsigned Id, class Left>                                                                                 \
    half<Left, kind<Id>> operator mark(const Left& left, kind<Id>)                                                     \
    {                                                                                                                  \
        return {left};                                                                                                 \
    }                                                                                                                  \
    template <unsigned Id, class Left, class Right>                                                                    \
    bool operator mark(half<Left, kind<Id>> h, const Right& right)                                                     \
    {                                                                                                                  \
        return is_active<Id>() ? h.left other right : h.left mark right;                                               \
    }

FACEKI_MUTANT_COMPARISON(less, <, <=)
FACEKI_MUTANT_COMPARISON(less_or_equal, <=, <)
FACEKI_MUTANT_COMPARISON(greater, >, >=)
FACEKI_MUTANT_COMPARISON(greater_or_equal, >=, >)
FACEKI_MUTANT_COMPARISON(equal, ==, !=)
FACEKI_MUTANT_COMPARISON(unequal, !=, ==)

// Else the standard library's comparison of any value with an optional one would fit as well.
#define FACEKI_MUTANT_OPTIONAL(kind, mark)                                                                             \
    template <unsigned Id, class Left, class T>                                                                        \
    bool operator mark(half<Left, kind<Id>> h, const std::optional<T>& right)                                          \
    {                                                                                                                  \
        return operator mark<Id, Left, std::optional<T>>(h, right);                                                    \
    }

FACEKI_MUTANT_OPTIONAL(equal, ==)
FACEKI_MUTANT_OPTIONAL(unequal, !=)

#undef FACEKI_MUTANT_OPTIONAL
#undef FACEKI_MUTANT_COMPARISON

} // namespace faceki_mutants
