"""What has to hold, as data. A condition names the case, what it is compared with, and the limit of their ratio."""

from judge import Anchor, Condition, Constant, Sum
from series import Series

MS = Constant(1, "ms")
SECOND = Constant(1, "s")
KB = Constant(1, "KB")
ONE = Constant(1, "mallocs")
BYTE = Constant(1, "B")

TITLES = {
    "P1": "a cached token, one thread",
    "P2": "a cached token, two threads on one client: no shared cache line",
    "P3": "peek()",
    "P4": "many waiters: joining and waking",
    "P5": "memory per waiter beyond the caller's own frame",
    "P6": "one token exchange over TLS",
    "P7": "the stall at a rollover with pre-warm",
    "P8": "memory and construction of a client",
    "P9": "parsing the reply, with all checks",
    "P10": "compiling a user's file, above the Asio headers it needs",
    "P11": "open loop over rollovers, from the intended start",
    "P12": "another handler's delay while a million waiters wake",
    "P13": "a clean build of the library alone",
}


def _stalls():
    for latency in ("0ms", "10ms", "50ms"):
        # The shortest there can be: the gap between the token's two instants, and an exchange over a kept connection.
        allowed = Sum(1.3, f"rollover/stall/limit/{latency}", MS)
        yield Condition("P7", f"p99 / (1.3 x shortest + 1 ms), {latency} of latency", f"rollover/stall/with_prewarm/{latency}/p99",
                        allowed, 1, noisy=True)
        yield Condition("P7", "the same without pre-warm", f"rollover/stall/without_prewarm/{latency}/p99", allowed, noisy=True)


CONDITIONS = [
    Condition("P1", "co_await token() / a child coroutine", "cached/token/faceki", "cached/token/child_coroutine", 2.3),
    Condition("P1", "co_await token() / naive cache", "cached/token/faceki", "cached/token/naive", 0.5),
    Condition("P2", "2 threads / 1 thread", "cached/token/threads:2/faceki", "cached/token/faceki", 1.3),
    Condition("P2", "2 threads / naive on 2 threads", "cached/token/threads:2/faceki", "cached/token/threads:2/naive", 0.15),
    Condition("P3", "peek() / a raw acquire load", "cached/peek/faceki", "cached/peek/raw_load", 7),
    Condition("P3", "peek() of 100 clients in turn / of one", "cached/peek/100_clients", "cached/peek/faceki", 1.5),
    Condition("P3", "peek() of one beside 99 others / of one", "cached/peek/beside_99_clients", "cached/peek/faceki", 1.5),
    Condition("P3", "mallocs of a peek()", "counts/peek_mallocs", ONE, 0),
    Condition("P4", "100k waiters / timers as condition", "fan_in/100k/faceki", "fan_in/100k/timer", 0.4),
    Condition("P4", "the same on 2 threads", "fan_in/2_threads/100k/faceki", "fan_in/2_threads/100k/timer", 0.4),
    Condition("P4", "a waiter of 1m / of 10k", "fan_in/1m/faceki", "fan_in/10k/faceki", 1.25),
    # 1, and a waiter's share of the few that the flight itself takes.
    Condition("P5", "mallocs per waiter", "fan_in/mallocs_per_waiter/faceki", ONE, 1.001),
    Condition("P5", "bytes per waiter", "fan_in/bytes_per_waiter/faceki", BYTE, 256),
    Condition("P6", "keep-alive / raw OpenSSL", "exchange/keep_alive/faceki", "exchange/keep_alive/openssl", 1.08),
    Condition("P6", "keep-alive, CPU / raw OpenSSL", "exchange/keep_alive_cpu/faceki", "exchange/keep_alive_cpu/openssl", 1.35),
    Condition("P6", "cold / raw OpenSSL", "exchange/cold/faceki", "exchange/cold/openssl", 1.1),
    Condition("P6", "resumed / own cold", "exchange/resumed/faceki", "exchange/cold/faceki", 0.8),
    *_stalls(),
    Condition("P8", "heap of an idle client, one connection open, KB", "footprint/heap_per_client/with_connection", KB, 64),
    Condition("P8", "construction: a further client / the first", "footprint/construct/further", "footprint/construct/first", 0.02,
              noisy=True),
    Condition("P9", "parse / memcpy", "parse/faceki", "parse/memcpy", 18),
    Condition("P9", "parse / Boost.JSON", "parse/faceki", "parse/boost_json", 0.6),
    Condition("P9", "parse / nlohmann", "parse/faceki", "parse/nlohmann", 0.05),
    Condition("P10", "s above Asio's headers", "compile_time/user_file/faceki", SECOND, 0.5, less="compile_time/user_file/asio"),
    Condition("P11", "p99.9 with rollovers / without", "rollover/open_loop/with_rollovers/p999",
              "rollover/open_loop/without_rollovers/p999", 1.2, noisy=True),
    Condition("P12", "p99.9 of the delay, ms", "isolation/foreign_handler/p999", MS, 2, noisy=True),
    Condition("P13", "s on this machine", "compile_time/library", SECOND, 60),
]

# Instruction counts: no target, but compare.py judges them. From callgrind, see counts.py.
COUNTS = ["counts/cached_call", "counts/peek", "counts/parse"]

# References over references, as they were measured before: a reference that got slower would make an easy target.
ANCHORS = [
    Anchor("child coroutine / acquire load", "cached/token/child_coroutine", "cached/peek/raw_load", 15 / 1.4, 17 / 1.4),
    Anchor("naive cache / child coroutine", "cached/token/naive", "cached/token/child_coroutine", 66 / 17, 66 / 15),
    Anchor("naive cache, 2 threads / 1", "cached/token/threads:2/naive", "cached/token/naive", 313 / 66, 313 / 66),
    Anchor("timers / list of handles, 1m waiters", "fan_in/1m/timer", "fan_in/1m/handles", 692 / 15, 1159 / 15),
    Anchor("channel / list of handles, 1m waiters", "fan_in/1m/channel", "fan_in/1m/handles", 1040 / 15, 1040 / 15),
    Anchor("OpenSSL resumed / cold", "exchange/resumed/openssl", "exchange/cold/openssl", 868 / 1344, 868 / 1344),
    Anchor("OpenSSL keep-alive / cold", "exchange/keep_alive/openssl", "exchange/cold/openssl", 103 / 1344, 103 / 1344),
    Anchor("libcurl / OpenSSL, cold", "exchange/cold/curl", "exchange/cold/openssl", 1565 / 1344, 1565 / 1344),
    Anchor("libcurl / OpenSSL, resumed", "exchange/resumed/curl", "exchange/resumed/openssl", 1167 / 868, 1167 / 868),
    Anchor("libcurl / OpenSSL, keep-alive", "exchange/keep_alive/curl", "exchange/keep_alive/openssl", 146 / 103, 146 / 103),
    Anchor("Beast / OpenSSL, cold", "exchange/cold/beast", "exchange/cold/openssl", 1278 / 1344, 1278 / 1344),
    Anchor("Beast / OpenSSL, keep-alive", "exchange/keep_alive/beast", "exchange/keep_alive/openssl", 113 / 103, 113 / 103),
    Anchor("cpp-httplib / OpenSSL, cold", "exchange/cold/httplib", "exchange/cold/openssl", 4218 / 1344, 4218 / 1344),
    Anchor("Boost.JSON / memcpy", "parse/boost_json", "parse/memcpy", 233 / 10.5, 323 / 10.5),
    Anchor("RapidJSON / memcpy", "parse/rapidjson", "parse/memcpy", 662 / 10.5, 1474 / 10.5),
    Anchor("nlohmann / memcpy", "parse/nlohmann", "parse/memcpy", 6769 / 10.5, 6769 / 10.5),
]


def names():
    """Every series that a target, an anchor or the comparison needs."""
    return sorted({name for condition in CONDITIONS for name in condition.names()} | set(COUNTS)
                  | {name for anchor in ANCHORS for name in (anchor.case, anchor.reference)})


def names_of(target):
    """Every series that the conditions of one target need."""
    return {name for condition in CONDITIONS if condition.target == target for name in condition.names()}


def in_series_unit(constant):
    """1 ms as 1,000,000 ns: series are in ns and B."""
    scaled = Series(constant.unit, [constant.value])
    return Constant(scaled.samples[0], scaled.unit)
