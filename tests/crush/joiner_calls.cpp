// What a thread does in its turn: calls of every form, cancels, and what disturbs the client.
#include <algorithm>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>

#include "crush/waiters.hpp"

namespace faceki::crush {

void joiner::seat::remember(std::size_t n)
{
    constexpr std::size_t most = 16;
    if (latest.size() < most)
        latest.push_back(n);
    else
        latest[next++ % most] = n;
}

wait_limit joiner::some_limit()
{
    if (!dice_.one_in(3))
        return {};
    return within(std::chrono::milliseconds(dice_.below(cohort_->of->manual ? 400 : 4)));
}

asio::cancellation_type joiner::some_cancellation()
{
    constexpr asio::cancellation_type types[] = {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                                                 asio::cancellation_type::total};
    return types[dice_.below(std::size(types))];
}

void joiner::call(seat& s)
{
    crush::life& l = *cohort_->of;
    faceki::client& client = l.client();
    if (l.comes_midway()) {
        if (l.how.how == finish::closed_midway)
            client.close();
        l.midway.count_down();
    }
    const std::size_t n = called_++;
    ++cohort_->open;
    const auto slot = cohort_->signals[n].slot();
    const wait_limit limit = some_limit();
    const bool throws = dice_.one_in(2048);
    waiting_end end(cohort_, n);
    switch (dice_.below(16)) {
    case 0:
    case 1:
    case 2:
    case 3: // for ever, or as long as its limit says
        client.async_token(limit, asio::bind_executor(s.executor, callback(std::move(end), throws)));
        return;
    case 4: { // asks for details
        auto details = std::make_unique<diagnostics>();
        diagnostics& filled = *details;
        client.async_token(filled, limit,
                           asio::bind_executor(s.executor, callback(std::move(end), throws, std::move(details))));
        return;
    }
    case 5:
    case 6:
    case 7:
        s.remember(n);
        asio::co_spawn(s.executor, wait_in_coroutine(std::move(end), limit, false),
                       asio::bind_cancellation_slot(slot, asio::detached));
        return;
    case 8:
        asio::co_spawn(s.executor, wait_in_coroutine(std::move(end), limit, true), asio::detached);
        return;
    case 9: // without an executor of its own
        client.async_token(limit, callback(std::move(end), false));
        return;
    case 10:
        home_.remember(n);
        client.async_token(limit, asio::bind_cancellation_slot(slot, callback(std::move(end), false)));
        return;
    default:
        s.remember(n);
        client.async_token(limit, asio::bind_cancellation_slot(
                                      slot, asio::bind_executor(s.executor, callback(std::move(end), throws))));
        return;
    }
}

/// Asio's rule: a signal is emitted on its waiter's own executor.
void joiner::cancel_some(seat& s, std::size_t most)
{
    for (std::size_t n = 0; n < most && !s.latest.empty(); ++n)
        cohort_->signals[s.latest[dice_.below(s.latest.size())]].emit(some_cancellation());
}

void joiner::cancel_at_home()
{
    const plan& how = cohort_->of->how;
    // Two threads are no executor that keeps a cancel and a completion apart; and to a dying context nobody may post.
    if (home_.latest.empty() || how.where == home::two_threads || how.how == finish::home_dies)
        return;
    const std::size_t n = home_.latest[dice_.below(home_.latest.size())];
    asio::post(cohort_->of->client().get_executor(),
               [keep = cohort_, n, type = some_cancellation()] { keep->signals[n].emit(type); });
}

void joiner::disturb(seat& s)
{
    crush::life& l = *cohort_->of;
    faceki::client& client = l.client();
    if (dice_.one_in(2))
        cancel_some(s, dice_.one_in(16) ? 16 : 1);
    if (dice_.one_in(8))
        cancel_at_home();
    if (dice_.one_in(64))
        static_cast<void>(client.stats());
    if (dice_.one_in(64)) {
        if (std::exchange(keeps_fresh_, !keeps_fresh_))
            fresh_.release();
        else
            fresh_ = client.keep_fresh();
    }
    if (dice_.one_in(256))
        l.jump(dice_.up_to(2h), std::chrono::hours(24) * (dice_.one_in(2) ? 1 : -1));
    if (dice_.one_in(16))
        older_ = client.peek();
    if (!l.how.disturbed)
        return;
    if (dice_.one_in(24))
        l.reject(client.peek(), dice_.one_in(2));
    if (dice_.one_in(48))
        l.reject(older_, dice_.one_in(2));
    if (dice_.one_in(64))
        l.renew_early();
    if (dice_.one_in(64))
        l.change_credentials();
}

} // namespace faceki::crush
