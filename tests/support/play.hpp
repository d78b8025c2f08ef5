// Runs one coroutine in a virtual-time world.
#pragma once

#include <exception>

#include <asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include "support/world.hpp"

namespace faceki::test {

/// To its end, with what is ready now; what it throws comes out. `coroutine` is a named callable: it lives until then.
template <class F>
void play(world& w, F& coroutine)
{
    bool done = false;
    std::exception_ptr thrown;
    asio::co_spawn(w.io, coroutine, [&](std::exception_ptr e) {
        done = true;
        thrown = e;
    });
    w.run();
    if (thrown)
        std::rethrow_exception(thrown);
    BOOST_TEST(done);
}

} // namespace faceki::test
