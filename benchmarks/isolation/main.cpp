// Somebody else's handlers on an io_context on which a million waiters wake: how late they come. As late as one batch
// of waiters takes, it should be, however many wait.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <asio/steady_timer.hpp>

#include "fan_in/rooms.hpp"
#include "harness/percentiles.hpp"

namespace {

using namespace faceki::bench;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t size = 1'000'000;
constexpr auto tick = std::chrono::nanoseconds(1s) / 60;

using delays = std::vector<double>; // µs

double late(steady::time_point due)
{
    return std::chrono::duration<double, std::micro>(steady::now() - due).count();
}

/// Posts a handler every millisecond, from a thread of its own, as long as this object lives.
class foreign_posts {
public:
    foreign_posts(asio::io_context& io, delays& late_by) : thread_([this, &io, &late_by] { run(io, late_by); }) {}
    ~foreign_posts()
    {
        ended_ = true;
        thread_.join();
    }
    foreign_posts(const foreign_posts&) = delete;
    foreign_posts& operator=(const foreign_posts&) = delete;

private:
    void run(asio::io_context& io, delays& late_by)
    {
        for (auto next = steady::now(); !ended_; next = std::max(next + 1ms, steady::now())) {
            std::this_thread::sleep_until(next);
            asio::post(io, [&late_by, posted = steady::now()] { late_by.push_back(late(posted)); });
        }
    }

    std::atomic<bool> ended_{false};
    std::thread thread_;
};

/// A game's tick on the same io_context.
class ticks {
public:
    ticks(asio::io_context& io, delays& late_by) : timer_(io), late_by_(late_by)
    {
        timer_.expires_after(tick);
        wait();
    }

    /// What is due already runs once more, and is nothing then.
    void stop()
    {
        stopped_ = true;
        timer_.cancel();
    }

private:
    void wait()
    {
        timer_.async_wait([this](std::error_code cancelled) {
            if (cancelled || stopped_)
                return;
            late_by_.push_back(late(timer_.expiry()));
            timer_.expires_at(timer_.expiry() + tick);
            wait();
        });
    }

    asio::steady_timer timer_;
    delays& late_by_;
    bool stopped_ = false;
};

struct heard {
    delays posts;
    delays ticks;
};

/// Runs the context until `end()`; what others posted before comes to its end too.
template <class End>
void listen(asio::io_context& io, heard& to, const End& end)
{
    to.posts.reserve(100'000);
    ticks tick_here(io, to.ticks);
    {
        const foreign_posts posts(io, to.posts);
        while (!end())
            io.run_one();
    }
    tick_here.stop();
    io.poll();
}

void report(std::vector<reading>& to, const std::string& name, delays late_by)
{
    require(!late_by.empty(), "somebody was heard");
    const percentiles p(std::move(late_by));
    for (reading& r : p.readings(name, "us", {{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}}))
        to.push_back(std::move(r));
}

/// One waking lasts a few hundred milliseconds: its p99.9 is the worst of its posts.
std::vector<reading> one_waking()
{
    asio::io_context io{1};
    faceki_room room(io);
    crowd<faceki_room> all(io, room, size);
    all.join();
    io.restart();

    heard quiet;
    const auto begin = steady::now();
    listen(io, quiet, [&] { return steady::now() - begin > 500ms; });

    heard woken;
    room.wake(size);
    listen(io, woken, [&] { return all.served() == size; });
    all.be_served();
    all.leave();

    std::vector<reading> readings;
    report(readings, "isolation/foreign_handler", std::move(woken.posts));
    report(readings, "isolation/tick_60hz", std::move(woken.ticks));
    report(readings, "isolation/without_waking/foreign_handler", std::move(quiet.posts));
    report(readings, "isolation/without_waking/tick_60hz", std::move(quiet.ticks));
    return readings;
}

} // namespace

int main(int argc, char** argv)
{
    side_by_side bench;
    bench.add("isolation", one_waking);
    return bench.main(argc, argv);
}
