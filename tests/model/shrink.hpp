// Makes a failing schedule short: delta debugging over its list of steps.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace faceki::model {

/// The shortest schedule this finds that still fails: no step of it can be left out. `fails` plays a schedule from
/// its beginning and has to give the same answer each time. At most `most_runs` of them.
template <class Step, class Fails>
std::vector<Step> shrink(std::vector<Step> schedule, Fails fails, std::size_t most_runs = 20000)
{
    std::size_t runs = 0;
    std::size_t parts = 2;
    while (schedule.size() > 1 && runs < most_runs) {
        const std::size_t length = (schedule.size() + parts - 1) / parts;
        bool shorter = false;
        for (std::size_t from = 0; from < schedule.size() && runs < most_runs;) {
            const std::size_t to = std::min(from + length, schedule.size());
            std::vector<Step> rest(schedule.begin(), schedule.begin() + static_cast<std::ptrdiff_t>(from));
            rest.insert(rest.end(), schedule.begin() + static_cast<std::ptrdiff_t>(to), schedule.end());
            ++runs;
            if (!rest.empty() && fails(rest)) {
                schedule = std::move(rest); // what follows has moved to `from`
                shorter = true;
            } else {
                from = to;
            }
        }
        if (length == 1 && !shorter)
            break;
        parts =
            std::min(shorter ? std::max<std::size_t>(parts, 2) : parts * 2, std::max<std::size_t>(schedule.size(), 2));
    }
    return schedule;
}

} // namespace faceki::model
