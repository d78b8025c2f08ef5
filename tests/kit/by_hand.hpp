// Token requests made by hand, without a client: to break rules a client keeps.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/scripted_endpoint.hpp>
#include <faceki/testing/seeded_context.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>

namespace faceki_test {

class hand_request final : public faceki::grant_request {
public:
    explicit hand_request(std::string client_id) : who_(std::move(client_id), "secret") {}

    const faceki::credentials& credentials() const noexcept override { return who_; }
    faceki::boot_clock::time_point deadline() const noexcept override { return {}; }
    void sent() noexcept override { ++times_sent; }
    void received() noexcept override { ++times_received; }

    int times_sent = 0;
    int times_received = 0;

private:
    faceki::credentials who_;
};

/// One request that was started; ends when the context of its bench has run far enough.
struct started_request {
    explicit started_request(std::string client_id) : request(std::move(client_id)) {}

    hand_request request;
    asio::cancellation_signal cancel;
    std::optional<faceki::grant_result> result;
};

/// Clock, executor and endpoint, without a world.
struct bench {
    std::shared_ptr<faceki::testing::manual_clock> clock = std::make_shared<faceki::testing::manual_clock>();
    faceki::testing::scripted_endpoint endpoint{clock};
    faceki::testing::seeded_context context{1};

    std::shared_ptr<started_request> ask(const std::string& client_id = "id")
    {
        auto started = std::make_shared<started_request>(client_id);
        asio::co_spawn(context, run(endpoint, started),
                       asio::bind_cancellation_slot(started->cancel.slot(), [](std::exception_ptr thrown) {
                           if (thrown)
                               std::rethrow_exception(thrown);
                       }));
        context.run();
        return started;
    }

    void advance(std::chrono::milliseconds by)
    {
        clock->advance(by);
        context.run();
    }

private:
    static asio::awaitable<void> run(faceki::testing::scripted_endpoint& endpoint,
                                     std::shared_ptr<started_request> started)
    {
        started->result = co_await endpoint.request_token(started->request);
    }
};

} // namespace faceki_test
