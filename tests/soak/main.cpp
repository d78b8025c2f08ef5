// Token rollovers over real TLS, hundreds or as many as wanted, with faults among them: afterwards heap, descriptors
// and threads are what they were after the first fifty.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "soak/counted_heap.hpp"
#include "soak/endpoint_child.hpp"
#include "soak/soaked_client.hpp"

namespace {

using namespace std::chrono_literals;
using faceki_soak::soaked_client;

constexpr std::size_t first_part = 50;
constexpr auto token_lifetime = 200ms;
constexpr int looks_at_rest = 8;

struct arguments {
    std::size_t rollovers = 500;
    std::size_t clients = 5;
    std::string_view plant; ///< "leak" or "fd": something to be found
};

struct figures {
    faceki_soak::heap_use heap;
    std::size_t descriptors;
    std::size_t threads;
};

std::size_t entries(const char* folder)
{
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder))
        ++count;
    return count;
}

/// The heap before anything else: looking at the others uses it.
figures look()
{
    const faceki_soak::heap_use heap = faceki_soak::heap_in_use();
    return {heap, entries("/proc/self/fd"), entries("/proc/self/task")};
}

class soak {
public:
    soak(const arguments& given, faceki_soak::endpoint_child& endpoint) : endpoint_(endpoint)
    {
        faceki::client_config config;
        config.base_url = "https://localhost:" + std::to_string(endpoint.port()); // a name: to be looked up each time
        config.tls.ca_pem = endpoint.ca_pem();
        config.proxy = "none";
        config.retry.first_pause = 10ms;
        config.retry.longest_pause = 50ms;
        config.limits.attempt_timeout = 250ms; // a stalled reply
        reach_peaks();
        for (std::size_t n = 0; n < given.clients; ++n)
            clients_.emplace_back(io_, config, static_cast<unsigned>(n));
        meet_a_pause();
    }

    void roll(std::size_t more)
    {
        const std::size_t rollovers_before = sum(&soaked_client::rollovers);
        const std::size_t faults_before = sum(&soaked_client::faults);
        std::size_t left = more;
        for (std::size_t n = clients_.size(); n > 0; --n) {
            const std::size_t share = left / n;
            clients_[n - 1].use(share);
            left -= share;
        }
        run();
        rollovers_ += sum(&soaked_client::rollovers) - rollovers_before;
        faults_ += sum(&soaked_client::faults) - faults_before;
    }

    /// What is in use when each client has just got a token in the plainest way, and nothing else is going on. The
    /// least of some looks: a TLS ticket's length may differ by chance.
    std::optional<figures> at_rest()
    {
        std::optional<figures> least;
        int looks = 0;
        for (int tries = 0; looks < looks_at_rest && tries < 200; ++tries) {
            get_tokens();
            const auto patience = std::chrono::steady_clock::now() + 50ms;
            while (entries("/proc/self/task") > threads_at_rest() && std::chrono::steady_clock::now() < patience)
                std::this_thread::yield(); // a lookup's thread ends on its own
            const figures seen = look();
            if (!all_rest())
                continue;
            ++looks;
            if (!least || std::tie(seen.threads, seen.heap.bytes) < std::tie(least->threads, least->heap.bytes))
                least = seen;
        }
        return looks == looks_at_rest ? least : std::nullopt;
    }

    std::size_t rollovers() const noexcept { return rollovers_; } ///< of roll()
    std::size_t faults() const noexcept { return faults_; }       ///< of roll()
    std::size_t requests_sent() const
    {
        std::size_t count = 0;
        for (const soaked_client& client : clients_)
            count += client.client().stats().requests_sent;
        return count;
    }

private:
    /// Asio and the C library keep what they once needed: timers, descriptors' states, threads' stacks. Have more at
    /// once here than there will ever be later.
    void reach_peaks()
    {
        constexpr std::size_t many = 100;
        std::deque<asio::steady_timer> timers;
        std::deque<asio::ip::tcp::socket> sockets;
        for (std::size_t n = 0; n < many; ++n) {
            timers.emplace_back(io_, 1ms).async_wait([](std::error_code) {});
            sockets.emplace_back(io_, asio::ip::tcp::v4());
        }
        std::vector<std::thread> threads;
        std::atomic<std::size_t> begun{0};
        for (std::size_t n = 0; n < 16; ++n)
            threads.emplace_back([&begun] {
                ++begun;
                while (begun < 16)
                    std::this_thread::yield();
            });
        for (std::thread& t : threads)
            t.join();
        run();
    }

    /// A client that once has had to wait for a connection in the making keeps a little room for that. A busy machine
    /// brings this about by chance; here each client gets there before anything is counted.
    void meet_a_pause()
    {
        constexpr auto watched = token_lifetime / 4;
        const auto done = [](const soaked_client& client) { return client.has_waited_for_a_connection(); };
        for (int tries = 0; tries < 50 && !std::all_of(clients_.begin(), clients_.end(), done); ++tries) {
            get_tokens();
            wait(token_lifetime - watched * 3 / 4);
            endpoint_.stop();
            for (const soaked_client& client : clients_)
                static_cast<void>(client.client().peek()); // in use: a connection is wanted
            wait(watched);
            for (soaked_client& client : clients_)
                client.call();
            wait(watched);
            endpoint_.go_on();
            run();
        }
    }

    /// All at once, after a silence: with a call in it the connections would be made ready in advance.
    void get_tokens()
    {
        wait(token_lifetime + 50ms);
        for (soaked_client& client : clients_)
            client.call();
        run();
    }

    void wait(std::chrono::milliseconds span)
    {
        asio::steady_timer timer(io_, span);
        bool over = false;
        timer.async_wait([&over](std::error_code) { over = true; });
        while (!over)
            io_.run_one();
        io_.restart();
    }

    void run()
    {
        io_.run();
        io_.restart();
    }

    bool all_rest() const
    {
        return std::all_of(clients_.begin(), clients_.end(),
                           [](const soaked_client& client) { return client.rests(); });
    }

    std::size_t sum(std::size_t (soaked_client::*what)() const noexcept) const
    {
        std::size_t total = 0;
        for (const soaked_client& client : clients_)
            total += (client.*what)();
        return total;
    }

    /// This one, and the one that the library's quiet timers share.
    static constexpr std::size_t threads_at_rest() { return 2; }

    faceki_soak::endpoint_child& endpoint_;
    asio::io_context io_{1};
    std::deque<soaked_client> clients_;
    std::size_t rollovers_ = 0;
    std::size_t faults_ = 0;
};

/// volatile: or the compiler would see that nobody needs what it points to.
void* volatile lost = nullptr;

void plant(std::string_view what)
{
    if (what == "leak")
        lost = std::malloc(1);
    else if (what == "fd")
        static_cast<void>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    else if (what == "thread")
        std::thread([] { ::pause(); }).detach();
}

std::optional<arguments> parse(int argc, char** argv)
{
    arguments given;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = argv[i + 1];
        std::size_t* const number = name == "--rollovers" ? &given.rollovers
                                    : name == "--clients" ? &given.clients
                                                          : nullptr;
        if (number != nullptr) {
            const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), *number);
            if (failed != std::errc{} || end != value.data() + value.size())
                return std::nullopt;
        } else if (name == "--plant" && (value == "leak" || value == "fd" || value == "thread")) {
            given.plant = value;
        } else {
            return std::nullopt;
        }
    }
    if (argc % 2 == 0 || given.rollovers <= first_part || given.clients == 0 || given.clients > 20)
        return std::nullopt;
    return given;
}

void print(const char* when, const figures& f)
{
    std::printf("%s: heap %zu bytes in %zu blocks, %zu descriptors, %zu threads\n", when, f.heap.bytes, f.heap.blocks,
                f.descriptors, f.threads);
}

long long difference(std::size_t after, std::size_t before)
{
    return static_cast<long long>(after) - static_cast<long long>(before);
}

int run(const arguments& given)
{
    faceki_soak::endpoint_options options;
    options.lifetime = token_lifetime;
    options.replies = 2 * given.rollovers + 1000;
    faceki_soak::endpoint_child endpoint(options); // before there are threads
    std::optional<soak> all(std::in_place, given, endpoint);

    all->roll(first_part);
    const std::optional<figures> before = all->at_rest();
    plant(given.plant);
    all->roll(given.rollovers - first_part);
    const std::optional<figures> after = all->at_rest();
    const std::size_t sent = all->requests_sent();
    const std::size_t rollovers = all->rollovers();
    const std::size_t faults = all->faults();
    all.reset();
    const auto [received, early] = endpoint.end();
    if (!before || !after) {
        std::printf("never at rest: the machine is too busy for tokens of 0.2 s\n");
        return 3;
    }

    print("after the first 50", *before);
    print("at the end", *after);
    std::printf("requests: %zu sent, %zu received, %zu early\n", sent, received, early);
    const long long heap = difference(after->heap.bytes, before->heap.bytes);
    const long long blocks = difference(after->heap.blocks, before->heap.blocks);
    const long long descriptors = difference(after->descriptors, before->descriptors);
    const long long threads = difference(after->threads, before->threads);
    std::printf("rollovers=%zu faults=%zu heap=%+lld fds=%+lld threads=%+lld\n", rollovers, faults, heap, descriptors,
                threads);
    const bool same = heap == 0 && blocks == 0 && descriptors == 0 && threads == 0;
    const bool enough = rollovers >= given.rollovers && faults >= given.rollovers / 30;
    const bool honest = early == 0 && received <= sent && received >= rollovers;
    return same && enough && honest ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    const std::optional<arguments> given = parse(argc, argv);
    if (!given) {
        std::fprintf(stderr,
                     "usage: soak [--rollovers N (more than 50)] [--clients N (1…20)] [--plant leak|fd|thread]\n");
        return 2;
    }
    return run(*given);
}
