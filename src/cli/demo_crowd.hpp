// The demo's crowd: coroutines on several io_contexts that need a token again and again, each on its own schedule.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <faceki/client.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "cli/demo.hpp"

namespace faceki::cli {

/// What one thread's coroutines did with one token. Written by that thread only, so that counting costs no shared cache
/// line.
struct alignas(64) token_step {
    std::atomic<std::size_t> have{0};
    std::atomic<std::size_t> waited{0};
    std::atomic<std::int64_t> last_served{0};
    std::atomic<std::int64_t> received{0};
    std::atomic<std::int64_t> exchange{0};
    std::atomic<bool> cold{false};
};

/// Numbers the tokens in the order of their deadlines, and sums what the threads counted.
class token_ledger {
public:
    token_ledger(std::size_t tokens, std::size_t coroutines, std::size_t threads);

    /// Index of the token that ends then.
    std::size_t index_of(boot_clock::time_point use_until);
    /// Empty past the last token that counts.
    token_step* step(std::size_t thread, std::size_t index);
    void failed(const std::string& why);
    /// Some thread's coroutines all have a token.
    void announce() { all_have_.notify_all(); }

    /// Waits until all coroutines have token `index`, or a while. True if they have.
    bool wait_for(std::size_t index, std::chrono::milliseconds at_most);
    std::size_t have(std::size_t index) const;
    flight_report flight(std::size_t index, std::chrono::nanoseconds lifetime) const;
    std::uint64_t errors() const { return errors_.load(); }
    std::string first_error() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable all_have_;
    std::vector<boot_clock::time_point> ends_;
    std::vector<std::vector<token_step>> threads_;
    std::size_t coroutines_;
    std::atomic<std::uint64_t> errors_{0};
    std::string first_error_;
};

/// Tokens of sampled coroutines on their way to the endpoint.
class presentation_desk {
public:
    virtual ~presentation_desk() = default;
    virtual void present(access_token token) = 0;
};

/// One thread's share of the crowd.
class crowd_thread {
public:
    crowd_thread(client& tokens, token_ledger& ledger, presentation_desk& desk, const demo_options& options,
                 std::size_t number);

    /// Adds `count` coroutines, of which every `sample`-th shows its tokens to the endpoint.
    void add(std::size_t count, std::size_t sample);
    void run() { io_.run(); }
    void stop() { io_.stop(); }

    std::vector<std::uint64_t> cached;  ///< nanoseconds, call by call
    std::vector<std::uint64_t> waiting; ///< nanoseconds, call by call

private:
    asio::awaitable<void> member(bool sampled);
    asio::awaitable<access_token> timed_call();
    std::chrono::nanoseconds random_between(std::chrono::nanoseconds low, std::chrono::nanoseconds high);
    std::size_t index_of(boot_clock::time_point use_until);
    void count_arrival(std::size_t had, std::size_t index);
    void count_wait(std::size_t index, boot_clock::time_point served, const token_result& result);

    client& tokens_;
    token_ledger& ledger_;
    presentation_desk& desk_;
    const std::size_t number_;
    std::size_t members_ = 0;
    const std::size_t last_token_;
    const std::chrono::nanoseconds latency_;
    std::minstd_rand random_;
    boot_clock::time_point newest_end_{}; ///< the ledger's lock is taken once per token and thread
    std::size_t newest_index_ = 0;
    asio::io_context io_{1};
};

} // namespace faceki::cli
