// One episode: a real client, its callers on several contexts, a random source and virtual time, played step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <asio/cancellation_signal.hpp>

#include <faceki/client.hpp>
#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/seeded_context.hpp>

#include "model/event_log.hpp"
#include "model/judge.hpp"
#include "model/random_source.hpp"
#include "model/schedule.hpp"

namespace faceki::model {

class client_world {
public:
    explicit client_world(const settings& s);
    ~client_world();
    client_world(const client_world&) = delete;
    client_world& operator=(const client_world&) = delete;

    /// Whether the step would do anything now.
    bool applies(step_kind) const;
    void play(const step&);
    /// The client comes to its end: what is under way gets the time it needs, and then nothing may be left.
    void finish();

    bool clean() const { return judge_->clean(); }
    const std::string& broken() const { return judge_->broken(); }
    stand stands() const { return judge_->stands_at(clock_->now(), clock_->wall_now()); }
    std::uint64_t hash() const { return log_.hash(); }
    std::uint64_t facts() const { return log_.size(); }
    std::uint64_t clients() const { return clients_; }
    bool closed() const { return closed_; }
    bool belongs_to_flight(std::uint32_t request) const { return judge_->belongs_to_flight(request); }
    std::size_t held() const { return source_->held(); }
    /// Of the requests that wait for the step `reply`, the first (its number is 0) belongs to a flight that is over.
    bool older_waits() const
    {
        const std::uint32_t request = source_->longest_held();
        return request != 0 && !belongs_to_flight(request);
    }
    /// Each fact as it comes, for a schedule that is told to a reader.
    void tell_facts_to(event_log::listener listener) { listener_ = std::move(listener); }

private:
    class teller;
    class caller_handler;
    class caller_guard;

    struct caller {
        asio::cancellation_signal leave;
        diagnostics details;
        std::uint32_t context = 0;
        unsigned asks_again = 0;
        bool in_coroutine = false;
        bool asked = false;
        bool done = false;
    };

    /// Executors of contexts are equal if their addresses are: one that is made where another has died would be taken
    /// for that one, and whether it is made there is chance. So no storage is used twice.
    struct storage {
        alignas(testing::seeded_context) std::byte bytes[sizeof(testing::seeded_context)];
    };
    struct end_of_life {
        void operator()(testing::seeded_context* context) const noexcept { std::destroy_at(context); }
    };

    struct numbered_context {
        std::uint32_t number;
        std::unique_ptr<testing::seeded_context, end_of_life> context;
    };

    // client_world.cpp
    void start_client();
    numbered_context make_context(std::uint32_t number);
    numbered_context* context_of(std::uint32_t number);
    void run_one(std::size_t place);
    void run_all();
    void look_at_limits();
    void look_at_waiting();
    void kill_context(std::size_t place);
    void peek();
    void async_close();
    void destroy();
    void note(const fact& f) { log_.note(f); }

    // client_callers.cpp
    void call(const step&, wait_limit limit, bool in_coroutine);
    void ask(std::uint32_t number, wait_limit limit);
    void ask_in_coroutine(std::uint32_t number, wait_limit limit);
    static asio::awaitable<void> caller_coroutine(client_world& world, std::uint32_t number, wait_limit limit);
    void settle_ask();
    void answered(std::uint32_t number, error_code error, const access_token& token,
                  std::optional<boot_clock::time_point> retry_at);
    void cancel(const step&);
    void invalidate(const access_token& token, bool only_if_renewable);
    std::uint32_t number_of(const access_token&) const;

    const settings& settings_;
    const std::shared_ptr<testing::manual_clock> clock_ = std::make_shared<testing::manual_clock>();
    event_log::listener listener_;
    std::unique_ptr<model::judge> judge_;
    event_log log_;
    std::shared_ptr<random_source> source_;

    std::deque<caller> callers_; ///< from number 1 on; addresses stay
    std::uint32_t generation_ = 1;
    std::uint32_t last_token_ = 0;
    std::vector<access_token> got_; ///< the latest tokens that somebody got
    bool asks_again_ = true;
    bool closed_ = false;
    bool rest_expected_ = false;
    bool has_limits_ = false; ///< somebody came with a limit of its own
    std::uint64_t clients_ = 0;
    std::uint64_t timed_out_ = 0; ///< as the client counted them at the last look

    /// A caller in a coroutine that asks right now: what its call led to is seen when its handler has ended.
    struct ask_in_progress {
        std::uint32_t number;
        stats before;
        std::optional<instant> until;
    };
    std::optional<ask_in_progress> asking_;

    std::uint32_t next_context_ = 0;
    std::deque<storage> storages_;
    std::vector<numbered_context> contexts_; ///< the first one is the client's own
    std::vector<freshness> fresh_;
    std::optional<refresher> refresher_;
    std::optional<faceki::client> whole_client_;
    refresher* client_ = nullptr; ///< null = destroyed
};

} // namespace faceki::model
