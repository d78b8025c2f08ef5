// Counts a scripted request out also when its coroutine is destroyed.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace faceki::testing {

/// `State` has a `mutex` and an `in_flight` that was counted up already.
template <class State>
class in_flight_guard {
public:
    explicit in_flight_guard(std::shared_ptr<State> s) : state_(std::move(s)) {}
    ~in_flight_guard()
    {
        const std::scoped_lock lock(state_->mutex);
        --state_->in_flight;
    }
    in_flight_guard(const in_flight_guard&) = delete;
    in_flight_guard& operator=(const in_flight_guard&) = delete;

private:
    std::shared_ptr<State> state_;
};

} // namespace faceki::testing
