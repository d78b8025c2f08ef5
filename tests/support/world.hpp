// A client in virtual time: one io_context, the manual clock, the scripted source, and callers that remember what they
// got.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <faceki/refresher.hpp>
#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/scripted_source.hpp>

namespace faceki::test {

using namespace std::chrono_literals;

/// What one caller got, and how often.
struct answer {
    std::size_t times = 0;
    error_code error;
    access_token token;
    faceki::diagnostics details; ///< filled by ask_details() only

    bool open() const { return times == 0; }
    bool served() const { return times == 1 && !error && token; }
    bool failed(std::error_code how) const { return times == 1 && error == how && !token; }
    bool aborted() const { return failed(asio::error::operation_aborted); }
};
using answer_ptr = std::shared_ptr<answer>;

inline auto note(answer_ptr a)
{
    return [a = std::move(a)](error_code error, access_token token) {
        ++a->times;
        a->error = error;
        a->token = std::move(token);
    };
}

/// A caller whose handler runs on the client's executor.
inline answer_ptr ask(refresher& client)
{
    auto a = std::make_shared<answer>();
    client.async_token(note(a));
    return a;
}

/// A caller whose handler runs on `executor` (or an execution context).
template <class Executor>
answer_ptr ask_on(refresher& client, Executor&& executor)
{
    auto a = std::make_shared<answer>();
    client.async_token(asio::bind_executor(executor, note(a)));
    return a;
}

inline asio::awaitable<void> note_result(refresher& client, answer_ptr a)
{
    token_result result = co_await client.try_token();
    ++a->times;
    a->error = result.error();
    a->token = *result;
    a->details = result.diagnostics();
}

/// A coroutine on `executor` that calls try_token(): its diagnostics are kept too.
template <class Executor>
answer_ptr ask_details_on(refresher& client, Executor&& executor)
{
    auto a = std::make_shared<answer>();
    asio::co_spawn(executor, note_result(client, a), asio::detached);
    return a;
}

inline answer_ptr ask_details(refresher& client)
{
    return ask_details_on(client, client.get_executor());
}

/// Everything a client needs. Change `config` before start().
class world {
public:
    world()
    {
        config.credentials = credentials("id", "secret");
        config.clock = clock;
        config.retry.max_attempts = 1; // one entry of the script, one flight; retrying.cpp has the rest
    }

    refresher& start() { return start(source); }

    refresher& start(std::shared_ptr<token_source> from)
    {
        return client.emplace(io.get_executor(), config, std::move(from));
    }

    /// Runs everything that is ready.
    void run()
    {
        io.restart();
        io.poll();
    }

    /// Lets time pass, stopping at every alarm on the way.
    void pass(boot_clock::duration by)
    {
        run();
        const auto end = clock->now() + by;
        for (auto next = clock->next_alarm(); next && *next <= end; next = clock->next_alarm()) {
            clock->advance(*next - clock->now());
            run();
        }
        clock->advance(end - clock->now());
        run();
    }

    boot_clock::time_point now() const { return clock->now(); }

    /// A caller that is served before this returns.
    access_token fetch()
    {
        const answer_ptr a = ask(*client);
        run();
        return a->token;
    }

    asio::io_context io;
    std::shared_ptr<testing::manual_clock> clock = std::make_shared<testing::manual_clock>();
    std::shared_ptr<testing::scripted_source> source = std::make_shared<testing::scripted_source>(clock);
    refresher_config config;
    std::optional<refresher> client;
};

} // namespace faceki::test
