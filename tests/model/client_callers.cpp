// The callers of an episode: plain handlers and coroutines, each of which must end exactly once.
#include <charconv>
#include <system_error>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>

#include "model/client_world.hpp"

namespace faceki::model {
namespace {

constexpr std::size_t tokens_remembered = 8;

std::optional<instant> end_of(wait_limit limit, instant now)
{
    if (!limit.is_set())
        return std::nullopt;
    return now + std::max(limit.at_most(), std::chrono::milliseconds{0});
}

fate fate_of(const stats& before, const stats& after)
{
    if (after.waiters != before.waiters)
        return fate::waits;
    return after.refused != before.refused ? fate::refused : fate::hit;
}

} // namespace

/// Sees to it that a handler's destruction without a call is noted.
class client_world::caller_guard {
public:
    caller_guard(client_world& world, std::uint32_t number) noexcept : world_(&world), number_(number) {}
    caller_guard(caller_guard&& other) noexcept : world_(std::exchange(other.world_, nullptr)), number_(other.number_)
    {
    }
    caller_guard& operator=(caller_guard&&) = delete;
    ~caller_guard()
    {
        if (!world_)
            return;
        caller& c = world_->callers_[number_];
        c.done = true;
        if (c.asked)
            world_->note({.what = fact_kind::dropped, .waiter = number_});
    }

    client_world& ends() noexcept { return *std::exchange(world_, nullptr); }
    std::uint32_t number() const noexcept { return number_; }

private:
    client_world* world_;
    std::uint32_t number_;
};

class client_world::caller_handler {
public:
    explicit caller_handler(caller_guard guard) noexcept : guard_(std::move(guard)) {}

    void operator()(error_code error, const access_token& token)
    {
        client_world& world = guard_.ends();
        const std::uint32_t number = guard_.number();
        world.answered(number, error, token, world.callers_[number].details.retry_at);
    }

private:
    caller_guard guard_;
};

void client_world::call(const step& s, wait_limit limit, bool in_coroutine)
{
    const auto number = static_cast<std::uint32_t>(callers_.size());
    caller& c = callers_.emplace_back();
    const numbered_context& chosen = contexts_[s.a % contexts_.size()];
    c.context = (chosen.context ? chosen : contexts_.back()).number;
    has_limits_ = has_limits_ || limit.is_set();
    c.asks_again = (s.b >> 40) % 4 == 0 ? 1 + (s.b >> 42) % 2 : 0;
    if (in_coroutine)
        ask_in_coroutine(number, limit);
    else
        ask(number, limit);
}

void client_world::ask(std::uint32_t number, wait_limit limit)
{
    caller& c = callers_[number];
    const auto executor = context_of(c.context)->context->get_executor();
    const stats before = client_->stats();
    client_->async_token(
        c.details, limit,
        asio::bind_cancellation_slot(c.leave.slot(),
                                     asio::bind_executor(executor, caller_handler(caller_guard(*this, number)))));
    asking_ = {number, before, end_of(limit, clock_->now())};
    settle_ask();
}

void client_world::ask_in_coroutine(std::uint32_t number, wait_limit limit)
{
    caller& c = callers_[number];
    c.in_coroutine = true;
    asio::co_spawn(context_of(c.context)->context->get_executor(), caller_coroutine(*this, number, limit),
                   asio::bind_cancellation_slot(c.leave.slot(), [](std::exception_ptr) {}));
}

asio::awaitable<void> client_world::caller_coroutine(client_world& world, std::uint32_t number, wait_limit limit)
{
    caller_guard guard(world, number);
    if (!world.client_) {
        guard.ends().callers_[number].done = true;
        co_return;
    }
    world.asking_ = {number, world.client_->stats(), end_of(limit, world.clock_->now())};
    try {
        const token_result result = co_await world.client_->try_token(limit);
        guard.ends();
        world.settle_ask(); // a hit: this still is the handler in which it asked
        world.answered(number, result.error(), *result, result.diagnostics().retry_at);
    } catch (const std::system_error&) {
        // It was cancelled before it could ask.
        world.asking_.reset();
        guard.ends();
        world.callers_[number].done = true;
    }
}

/// Notes what the call that was made last led to, unless that is noted already.
void client_world::settle_ask()
{
    if (!asking_)
        return;
    const ask_in_progress a = *std::exchange(asking_, std::nullopt);
    callers_[a.number].asked = true;
    note({.what = fact_kind::asked,
          .waiter = a.number,
          .context = callers_[a.number].context,
          .fate = fate_of(a.before, client_->stats()),
          .until = a.until});
}

void client_world::answered(std::uint32_t number, error_code error, const access_token& token,
                            std::optional<boot_clock::time_point> retry_at)
{
    caller& c = callers_[number];
    c.done = true;
    const fact f{.what = fact_kind::answered,
                 .waiter = number,
                 .token = number_of(token),
                 .context = c.context,
                 .with_details = true,
                 .retry_at = retry_at,
                 .error = error};
    note(f);
    if (settings_.fault == plant::twice && number % 4 == 3)
        note(f);
    if (token) {
        if (got_.empty() || !(got_.back() == token))
            got_.push_back(token);
        if (got_.size() > tokens_remembered)
            got_.erase(got_.begin());
    }
    if (c.asks_again == 0 || !asks_again_ || !client_)
        return;
    // What a user's handler does: it uses the token, is told that it is no good, and asks again.
    const unsigned rest = c.asks_again - 1;
    if (token && rest == 0)
        invalidate(token, true);
    const auto next = static_cast<std::uint32_t>(callers_.size());
    callers_.emplace_back();
    callers_[next].context = callers_[number].context;
    callers_[next].asks_again = rest;
    ask(next, wait_limit{});
}

void client_world::invalidate(const access_token& token, bool only_if_renewable)
{
    const bool dropped = only_if_renewable ? client_->invalidate_if_renewable(token) : client_->invalidate(token);
    note({.what = fact_kind::invalidated,
          .token = number_of(token),
          .count = only_if_renewable ? 1U : 0U,
          .truth = dropped});
}

/// Its cancellation takes effect at this instant: a coroutine's own executor has to bring it there.
void client_world::cancel(const step& s)
{
    std::uint32_t number = 0;
    std::uint64_t open = 0;
    for (std::uint32_t n = 1; n < callers_.size(); ++n)
        open += callers_[n].done ? 0U : 1U;
    if (open == 0)
        return;
    std::uint64_t rest = s.b % open;
    for (number = 1; callers_[number].done || rest-- != 0; ++number) {
    }
    constexpr asio::cancellation_type types[] = {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                                                 asio::cancellation_type::total};
    if (callers_[number].in_coroutine) {
        asio::post(context_of(callers_[number].context)->context->get_executor(), [this, number] {
            caller& c = callers_[number];
            if (c.done)
                return;
            if (c.asked)
                note({.what = fact_kind::cancelled, .waiter = number});
            c.leave.emit(asio::cancellation_type::terminal);
        });
    } else {
        note({.what = fact_kind::cancelled, .waiter = number});
        callers_[number].leave.emit(types[s.a % 3]);
    }
}

std::uint32_t client_world::number_of(const access_token& token) const
{
    if (!token)
        return 0;
    const std::string_view value = token.value(); // "t<number>"
    std::uint32_t number = 0;
    std::from_chars(value.data() + 1, value.data() + value.size(), number);
    return number;
}

} // namespace faceki::model
