// What a crowd waits for: faceki's refresher, and what it is compared with. All do the same: the waiter's slot is
// bound, its answer is looked at, and wake() completes all who wait.
#pragma once

#include <memory>
#include <string>

#include <faceki/refresher.hpp>
#include <faceki/testing/scripted_source.hpp>

#include "harness/crowd.hpp"
#include "references/channel_wait.hpp"
#include "references/timer_condition.hpp"

namespace faceki::bench {

/// What the scripted source grants.
inline const std::string granted = "token-1";

class faceki_room {
public:
    explicit faceki_room(asio::io_context& io) : client_(io.get_executor(), config(), source_) { source_->hold(); }

    asio::awaitable<void> caller(crowd_gates& gates, std::size_t& served)
    {
        handle_list::place place;
        co_await gates.entry.wait(place);
        if (const access_token token = co_await client_.token(); token.value() == granted)
            ++served;
        co_await gates.exit.wait(place);
    }

    std::size_t waiting() const { return client_.stats().waiting; }

    void wake(std::size_t waiters)
    {
        require(waiting() == waiters && source_->requests() == 1, "all wait for one request");
        source_->release();
    }

private:
    static refresher_config config()
    {
        refresher_config c;
        c.credentials = credentials("id", "secret");
        return c;
    }

    std::shared_ptr<testing::scripted_source> source_ = std::make_shared<testing::scripted_source>();
    refresher client_;
};

class timer_room {
public:
    explicit timer_room(asio::io_context& io) : condition_(io) {}

    asio::awaitable<void> caller(crowd_gates& gates, std::size_t& served)
    {
        handle_list::place place;
        co_await gates.entry.wait(place);
        co_await condition_.wait();
        if (condition_.value() == &granted)
            ++served;
        co_await gates.exit.wait(place);
    }

    void wake(std::size_t) { condition_.wake(granted); }

private:
    timer_condition condition_;
};

class channel_room {
public:
    explicit channel_room(asio::io_context& io) : channel_(io) {}

    asio::awaitable<void> caller(crowd_gates& gates, std::size_t& served)
    {
        handle_list::place place;
        co_await gates.entry.wait(place);
        if (co_await channel_.wait() == &granted)
            ++served;
        co_await gates.exit.wait(place);
    }

    void wake(std::size_t waiters) { require(channel_.wake(granted, waiters) == waiters, "all wait at the channel"); }

private:
    channel_wait channel_;
};

class handles_room {
public:
    explicit handles_room(asio::io_context& io) : io_(io) {}

    asio::awaitable<void> caller(crowd_gates& gates, std::size_t& served)
    {
        handle_list::place place;
        co_await gates.entry.wait(place);
        co_await waiting_.wait(place);
        if (value_ == &granted)
            ++served;
        co_await gates.exit.wait(place);
    }

    void wake(std::size_t waiters)
    {
        require(waiting_.size() == waiters, "all wait in the list");
        asio::post(io_, [this] {
            value_ = &granted;
            waiting_.wake();
        });
    }

private:
    asio::io_context& io_;
    handle_list waiting_;
    const std::string* value_ = nullptr;
};

} // namespace faceki::bench
