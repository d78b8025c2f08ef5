// N coroutines wait for one token: what joining and waking cost each of them, and what memory. Between two gates, so
// neither their start nor their end is in the numbers.
#include <barrier>
#include <chrono>
#include <thread>

#include "fan_in/rooms.hpp"
#include "harness/heap_count.hpp"

namespace {

using namespace faceki::bench;
using steady = std::chrono::steady_clock;

double ns_since(steady::time_point begin)
{
    return std::chrono::duration<double, std::nano>(steady::now() - begin).count();
}

/// Per waiter.
template <class Room>
double join_and_wake(std::size_t size)
{
    asio::io_context io{1};
    Room room(io);
    crowd<Room> all(io, room, size);
    const auto begin = steady::now();
    all.join();
    room.wake(size);
    all.be_served();
    const double ns = ns_since(begin) / static_cast<double>(size);
    all.leave();
    return ns;
}

/// A small crowd is gone before the clock has moved much: several of them, one after the other.
template <class Room>
double join_and_wake(std::size_t size, int times)
{
    double sum = 0;
    for (int n = 0; n < times; ++n)
        sum += join_and_wake<Room>(size);
    return sum / times;
}

/// Half of the crowd on each of two io_contexts with a thread of their own. `start(io)` gives the room of a context,
/// `wake` is called by one of the threads when all wait.
template <class Room, class Wake>
double on_two_threads(std::size_t size, asio::io_context (&io)[2], Room& first, Room& second, const Wake& wake)
{
    steady::time_point begin;
    std::barrier ready(2, [&begin]() noexcept { begin = steady::now(); });
    std::barrier joined(2);
    std::barrier served(2);
    double ns = 0;
    const auto half = [&](asio::io_context& mine, Room& room, bool wakes) {
        crowd<Room> all(mine, room, size / 2);
        ready.arrive_and_wait();
        all.join();
        joined.arrive_and_wait();
        if (wakes)
            wake();
        all.be_served();
        served.arrive_and_wait();
        if (wakes)
            ns = ns_since(begin) / static_cast<double>(size);
        all.leave();
    };
    std::thread other([&] { half(io[1], second, false); });
    half(io[0], first, true);
    other.join();
    return ns;
}

double faceki_on_two_threads(std::size_t size)
{
    asio::io_context io[2];
    faceki_room room(io[0]);
    return on_two_threads(size, io, room, room, [&] { room.wake(size); });
}

/// A timer is for one thread, so each has its own: nothing is shared, and no lock is needed. The best case for it.
double timers_on_two_threads(std::size_t size)
{
    asio::io_context io[2];
    timer_room first(io[0]);
    timer_room second(io[1]);
    return on_two_threads(size, io, first, second, [&] {
        asio::post(io[1], [&] { second.wake(size / 2); });
        first.wake(size / 2);
    });
}

/// From the moment when all stand at the entry (their frames, their executors and the bound slots are there: the
/// caller's own) until all wait; no allocation in between belongs to the callers. mallocs: in the waking too.
template <class Room>
std::vector<reading> memory(const std::string& variant)
{
    constexpr std::size_t size = 100'000;
    asio::io_context io{1};
    Room room(io);
    crowd<Room> all(io, room, size);
    start_counting();
    all.join();
    const heap_counts joined = stop_counting();
    start_counting();
    room.wake(size);
    all.be_served();
    const heap_counts woken = stop_counting();
    all.leave();
    const auto per_waiter = [](std::size_t n) { return static_cast<double>(n) / static_cast<double>(size); };
    return {{"fan_in/mallocs_per_waiter/" + variant, "mallocs", per_waiter(joined.mallocs + woken.mallocs)},
            {"fan_in/bytes_per_waiter/" + variant, "B", per_waiter(joined.bytes)}};
}

/// Two gates cost nothing and are counted as nothing: else the counts above are wrong.
void check_the_count()
{
    const std::vector<reading> none = memory<handles_room>("handles");
    require(none[0].value < 0.01 && none[1].value < 0.1, "a list of handles takes no memory");
}

template <class Room>
void add(side_by_side& bench, const std::string& variant)
{
    bench.add("fan_in/1k/" + variant, "ns", [] { return join_and_wake<Room>(1'000, 50); });
    bench.add("fan_in/10k/" + variant, "ns", [] { return join_and_wake<Room>(10'000, 5); });
    bench.add("fan_in/100k/" + variant, "ns", [] { return join_and_wake<Room>(100'000); });
    // Seconds each: in every third round.
    const std::string name = "fan_in/1m/" + variant;
    bench.add(name, [name, round = 0]() mutable {
        return round++ % 3 == 0 ? std::vector<reading>{{name, "ns", join_and_wake<Room>(1'000'000)}}
                                : std::vector<reading>{};
    });
}

} // namespace

int main(int argc, char** argv)
{
    check_the_count();
    side_by_side bench;
    add<faceki_room>(bench, "faceki");
    add<timer_room>(bench, "timer");
    add<channel_room>(bench, "channel");
    add<handles_room>(bench, "handles");
    bench.add("fan_in/2_threads/100k/faceki", "ns", [] { return faceki_on_two_threads(100'000); });
    bench.add("fan_in/2_threads/100k/timer", "ns", [] { return timers_on_two_threads(100'000); });
    bench.add("fan_in/memory/faceki", [] { return memory<faceki_room>("faceki"); });
    bench.add("fan_in/memory/timer", [] { return memory<timer_room>("timer"); });
    bench.add("fan_in/memory/channel", [] { return memory<channel_room>("channel"); });
    return bench.main(argc, argv);
}
