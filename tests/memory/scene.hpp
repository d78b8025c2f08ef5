// One cell of a sweep: a client in virtual time, callers that are counted, and an operation during which memory is
// short.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <faceki/client.hpp>
#include <faceki/testing/manual_clock.hpp>

#include "memory/scarcity.hpp"

namespace faceki::test {

using namespace std::chrono_literals;

/// What became of one caller. Counted without allocating.
struct tally {
    int called = 0;
    int dropped = 0;
    error_code error;
    bool may_be_dropped = false; ///< its execution context ends meanwhile
    std::size_t order = 0;       ///< when it was told, among all of its scene

    bool served() const { return called == 1 && dropped == 0 && !error; }
    void end(error_code how)
    {
        ++called;
        error = how;
    }
};

/// A completion handler: called once, or destroyed uncalled.
class tally_handler {
public:
    explicit tally_handler(tally& t, std::size_t* told = nullptr) : tally_(&t), told_(told) {}
    tally_handler(tally_handler&& other) noexcept : tally_(std::exchange(other.tally_, nullptr)), told_(other.told_) {}
    ~tally_handler()
    {
        if (tally_)
            ++tally_->dropped;
    }
    void operator()(error_code error, const access_token& token)
    {
        operator()(error || token ? error : make_error_code(errc::malformed_token));
    }
    void operator()(error_code error)
    {
        if (told_)
            tally_->order = ++*told_;
        std::exchange(tally_, nullptr)->end(error);
    }

private:
    tally* tally_;
    std::size_t* told_;
};

/// Grants or fails at once, or when it is told to.
class plain_source final : public token_source {
public:
    asio::awaitable<grant_result> request_token(grant_request& request) override;
    asio::awaitable<std::error_code> warm_up(boot_clock::time_point) override;

    /// What is held goes on.
    void let_go()
    {
        holds = false;
        for (asio::steady_timer* bed : beds_)
            bed->cancel();
    }

    bool holds = false;       ///< until let_go(), or the coroutine's cancellation
    bool stubborn = false;    ///< … which it ignores
    std::error_code fails;    ///< set = no token
    int failures = 1000;      ///< so often, then it grants
    std::size_t requests = 0; ///< sent
    std::size_t warm_ups = 0; ///< begun
    std::size_t running = 0;  ///< requests that have not ended
    std::size_t most_running = 0;

private:
    class sleeper;
    asio::awaitable<void> sleep();

    std::vector<asio::steady_timer*> beds_; ///< in the frames of those who are held
};

/// Which allocation fails, in which scenario.
struct cell {
    std::string_view scenario;
    bool loud = false; ///< log hook and observer make strings of everything
    shortage how = shortage::one;
    std::size_t n = 0;

    std::string text() const;
};

class scene {
public:
    explicit scene(const cell& which);
    ~scene();
    scene(const scene&) = delete;
    scene& operator=(const scene&) = delete;

    /// Makes the client. Change `config` before.
    void start();

    /// The operation. A std::bad_alloc that leaves it is remembered in `thrown`. Once per scene.
    void scarce(const std::function<void()>& operation);

    /// A caller, with a completion handler of its own.
    tally& call(wait_limit limit = {});
    tally& call_on(const asio::any_io_executor& executor, wait_limit limit = {});
    tally& call_with_slot(asio::cancellation_slot slot);
    /// For callers that come otherwise.
    tally& expect_one();
    /// A coroutine that was started before the operation waits here for open_gate(): so that what co_spawn() allocates
    /// is no part of the operation.
    asio::awaitable<void> gate();
    void open_gate() { gate_->cancel(); }

    /// Runs what is ready, handler by handler: each finds Asio's caches of memory empty, so that no allocation of an
    /// operation is spared because of what ran before it.
    void run();
    /// Lets time pass, stopping at every alarm on the way.
    void pass(boot_clock::duration by);
    /// The clock only: what is due is posted, not run.
    void advance(boot_clock::duration by);
    /// After the operation: time enough for whatever is to follow from it.
    void settle();
    access_token fetch();

    /// After the operation: everybody has been told, the next call is served, close() comes to rest.
    void conclude();
    /// Reports a failure of this cell.
    void expect(bool holds, const char* what);

    const cell& which() const { return cell_; }

    asio::any_io_executor executor(std::size_t n = 0) { return contexts[n]->get_executor(); }

    /// The client runs on the first.
    std::array<std::optional<asio::io_context>, 3> contexts;
    std::shared_ptr<testing::manual_clock> clock = std::make_shared<testing::manual_clock>();
    std::shared_ptr<plain_source> source = std::make_shared<plain_source>();
    client_config config;
    asio::cancellation_signal leave;
    std::shared_ptr<void> kept; ///< what has to outlive the client
    std::optional<faceki::client> client;
    freshness fresh;
    bool real = false;        ///< sockets, or the system's clock: run() waits for what is under way
    bool thrown = false;      ///< the operation ended by std::bad_alloc
    bool closing = false;     ///< the scenario closes the client: the next call fails
    bool keeps_fresh = false; ///< `fresh` is held to the end
    shortage_report report;

private:
    bool run_one(asio::io_context& context);
    void check_callers();
    void check_counters();

    const cell cell_;
    std::deque<tally> tallies_;
    std::size_t told_ = 0;
    std::optional<asio::steady_timer> gate_;
    std::size_t escaped_ = 0; ///< exceptions that left a handler
};

} // namespace faceki::test
