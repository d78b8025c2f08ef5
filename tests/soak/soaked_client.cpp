// The callers, and the two ears: observer and log.
#include "soak/soaked_client.hpp"

#include <exception>
#include <string>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>

namespace faceki_soak {

using namespace std::chrono_literals;

namespace {

/// What a coroutine here throws is a defect: it leaves io_context::run().
constexpr auto rethrow = [](std::exception_ptr thrown) {
    if (thrown)
        std::rethrow_exception(thrown);
};

} // namespace

class soaked_client::witness final : public faceki::observer {
public:
    explicit witness(soaked_client& owner) noexcept : owner_(owner) {}

    void on_flight_finished(const faceki::flight_finished& f) override { owner_.flight_ended(f); }
    void on_retry(std::uint64_t, std::error_code, const faceki::diagnostics&, std::chrono::nanoseconds) override
    {
        ++owner_.faults_;
    }

private:
    soaked_client& owner_;
};

soaked_client::soaked_client(asio::io_context& io, faceki::client_config config, unsigned number)
    : io_(io), random_(number + 1), client_(io.get_executor(), told_to(std::move(config), number))
{
}

faceki::client_config soaked_client::told_to(faceki::client_config config, unsigned number)
{
    config.credentials = faceki::credentials("client-" + std::to_string(number), "secret");
    config.random_seed = number;
    config.observer = std::make_shared<witness>(*this);
    config.log = [this](faceki::log_level, std::string_view line) { hear(line); };
    config.log_level = faceki::log_level::trace;
    return config;
}

void soaked_client::hear(std::string_view line)
{
    if (line.starts_with("net: TLS"))
        session_resumed_ = line.find("session resumed") != line.npos;
    if (line == "net: waiting for the connection that is being made ready")
        has_waited_ = true;
}

void soaked_client::flight_ended(const faceki::flight_finished& f)
{
    if (f.error)
        ++faults_;
    else
        ++tokens_;
    last_was_clean_ = !f.error && f.attempts == 1 && f.details.phases.tls > 0s && session_resumed_;
}

bool soaked_client::rests() const
{
    // The last quarter of the token's life is watched: before that nothing happens by itself.
    const faceki::access_token token = client_.peek();
    return last_was_clean_ && token && faceki::boot_clock::now() < token.use_until() - token.expires_in() / 4 - 10ms;
}

void soaked_client::use(std::size_t rollovers)
{
    wanted_ = rollovers + (tokens_ == 0 ? 1 : tokens_);
    asio::co_spawn(io_, ask_again_and_again(), rethrow);
    asio::co_spawn(io_, ask_impatiently(), rethrow);
    asio::co_spawn(io_, ask_and_cancel(), rethrow);
}

void soaked_client::call()
{
    client_.async_token([](std::error_code, const faceki::access_token&) {}); // who watches is the observer
}

asio::awaitable<void> soaked_client::ask_again_and_again()
{
    while (tokens_ < wanted_) {
        const faceki::token_result got = co_await client_.try_token();
        co_await breathe();
    }
}

asio::awaitable<void> soaked_client::ask_impatiently()
{
    while (tokens_ < wanted_) {
        const faceki::token_result got = co_await client_.try_token(faceki::within(1ms));
        co_await breathe();
    }
}

asio::awaitable<void> soaked_client::ask_and_cancel()
{
    while (tokens_ < wanted_) {
        asio::cancellation_signal signal;
        bool ended = false;
        client_.async_token(asio::bind_cancellation_slot(
            signal.slot(), [&](std::error_code, const faceki::access_token&) { ended = true; }));
        co_await breathe();
        signal.emit(asio::cancellation_type::terminal);
        while (!ended)
            co_await breathe();
    }
}

/// A few milliseconds, so that some call falls into each part of a token's life.
asio::awaitable<void> soaked_client::breathe()
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, std::chrono::microseconds(1000 + random_() % 9000));
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace faceki_soak
