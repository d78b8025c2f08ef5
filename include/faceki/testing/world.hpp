// A small world for testing one's own service: the real client, virtual time, a scripted endpoint, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <faceki/client.hpp>
#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/scripted_endpoint.hpp>

namespace faceki::testing {

/// Hours of a service's life in milliseconds, and the same life again with the same seed:
///
///     faceki::testing::world w;
///     faceki::client client = w.client();
///     matchmaker service{w.executor(), client, [&w](auto span) { return w.sleep_for(span); }};
///     w.endpoint.grant("t1", 3600s).fail(503).grant("t2", 3600s);
///     w.run_for(90min);
///     assert(w.endpoint.early() == 0);
///
/// Time stands still while handlers are ready, then jumps to the next instant at which somebody wants to be called.
/// Handlers that are ready at the same time run in an order that the seed decides (0: in the order of posting), so
/// that a service that only works in one of them fails with some seed. The thread that calls run*() runs everything.
///
/// A service fits if its time comes from sleep_for() or `clock`, and its executor from executor(). Asio's timers and
/// sockets do not: they live in real time.
///
/// Clients, and what their coroutines refer to, go before their world. Coroutines that still wait then are destroyed
/// with it, unresumed. A client that outlives it is harmless, but does nothing any more.
/// Thread safety: none, but posting to executor() and what `endpoint` and `clock` say of themselves.
class FACEKI_API world {
    struct state;
    std::unique_ptr<state> state_;

public:
    /// `seed` decides the order of handlers, and everything the client takes random numbers for.
    explicit world(std::uint64_t seed = 1);
    ~world();
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    scripted_endpoint& endpoint;
    const std::shared_ptr<manual_clock> clock;
    /// For client(): has credentials, clock, source, random_seed, and a log hook that writes to events().
    client_config config;

    /// A client of `config` on executor(). They share `endpoint`, which judges those of equal credentials as one.
    faceki::client client();
    asio::any_io_executor executor();

    /// Starts a coroutine on executor(). What it throws leaves the run*() that runs it.
    void spawn(asio::awaitable<void> coroutine);
    /// The same, and keeps the function object: a lambda's captures live as long as its coroutine.
    void spawn(std::function<asio::awaitable<void>()> coroutine);

    /// Waits in virtual time; 0 or less = until the handlers that are ready now had their chance. Throws
    /// std::system_error(operation_aborted) when its coroutine is cancelled.
    asio::awaitable<void> sleep_for(boot_clock::duration span);

    // Each of these throws what a handler throws, and can be called again then; std::logic_error if a handler calls
    // it; std::runtime_error if 100 million handlers ran while time stood still.

    /// Runs all that is ready now; time does not move.
    void run();
    /// Runs all that happens within `span`, its end included, and ends there.
    void run_for(boot_clock::duration span);
    /// The same, but stops as soon as `condition` holds, asked after each handler. False = it did not within `limit`.
    bool run_until(const std::function<bool()>& condition, boot_clock::duration limit);

    /// `clock`'s time.
    boot_clock::time_point now() const;
    /// Time since this world was made.
    boot_clock::duration elapsed() const;

    /// Adds a line to the events, with the time in front: "+01:30:00.050 match 7 starts".
    void note(std::string_view text);
    /// What was noted, by note() and by the clients' logs, which hold no secrets.
    std::vector<std::string> events() const;
};

} // namespace faceki::testing
