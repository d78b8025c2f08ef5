// Lets Boost.Test print what the tests compare.
#pragma once

#include <chrono>
#include <optional>
#include <ostream>

#include <faceki/error.hpp>
#include <faceki/time.hpp>

#include "core/lifetime.hpp"

namespace std::chrono {

template <class Rep, class Period>
std::ostream& boost_test_print_type(std::ostream& out, const duration<Rep, Period>& d)
{
    return out << duration_cast<nanoseconds>(d).count() << " ns";
}

inline std::ostream& boost_test_print_type(std::ostream& out, const faceki::boot_clock::time_point& t)
{
    return out << "boot + " << t.time_since_epoch().count() << " ns";
}

} // namespace std::chrono

namespace std {

template <class T>
std::ostream& boost_test_print_type(std::ostream& out, const optional<T>& value)
{
    if (!value)
        return out << "nothing";
    if constexpr (requires { out << *value; })
        return out << *value;
    else
        return boost_test_print_type(out, *value);
}

} // namespace std

namespace faceki {

inline std::ostream& boost_test_print_type(std::ostream& out, errc e)
{
    return out << name_of(e);
}

namespace core {

inline std::ostream& boost_test_print_type(std::ostream& out, const lifetime& l)
{
    return out << "use_until=" << l.use_until.time_since_epoch().count()
               << " regenerate_after=" << l.regenerate_after.time_since_epoch().count();
}

} // namespace core
} // namespace faceki
