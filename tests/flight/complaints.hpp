// What the tests of complaints share: crowds of callers, and how many of them got what.
#pragma once

#include <cstddef>
#include <vector>

#include "support/world.hpp"

namespace faceki::test {

inline std::vector<answer_ptr> herd(refresher& client, std::size_t size)
{
    std::vector<answer_ptr> answers;
    for (std::size_t n = 0; n < size; ++n)
        answers.push_back(ask(client));
    return answers;
}

template <class Predicate>
std::size_t count(const std::vector<answer_ptr>& answers, Predicate p)
{
    std::size_t n = 0;
    for (const auto& a : answers)
        n += p(*a) ? 1U : 0U;
    return n;
}

inline bool is_served(const answer& a)
{
    return a.served();
}
inline bool is_open(const answer& a)
{
    return a.open();
}

inline auto failed_with(std::error_code how)
{
    return [how](const answer& a) { return a.failed(how); };
}

} // namespace faceki::test
