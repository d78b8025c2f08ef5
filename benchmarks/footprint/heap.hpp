// How much of the heap clients and waiters take.
#pragma once

namespace footprint {

/// Bytes for each client after the first: made and never asked, or with a token and its connection kept.
double heap_per_client(bool connected);

/// Bytes for each coroutine that waits in `co_await client.token()`: its own frame and co_spawn's included.
double heap_per_waiter();

/// What heap_per_client() connects to, until nobody listens to it.
void serve_endpoint();

} // namespace footprint
