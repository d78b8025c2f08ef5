// One subject for all threads of a benchmark, made and destroyed by the first of them.
#pragma once

#include <benchmark/benchmark.h>
#include <memory>

namespace faceki::bench {

/// Google Benchmark lets all threads wait for one another where the measured loop begins and ends: get() is for the
/// loop and what is between, not for before.
template <class Subject>
class in_threads {
public:
    template <class Make>
    in_threads(benchmark::State& state, Make make) : first_(state.thread_index() == 0)
    {
        if (first_)
            subject = make();
    }
    ~in_threads()
    {
        if (first_)
            subject.reset();
    }
    in_threads(const in_threads&) = delete;
    in_threads& operator=(const in_threads&) = delete;

    Subject& get() const noexcept { return *subject; }

private:
    static inline std::unique_ptr<Subject> subject;

    const bool first_;
};

} // namespace faceki::bench
