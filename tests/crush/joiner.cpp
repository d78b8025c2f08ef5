// A thread's turns: some calls, something that disturbs, some time that passes.
#include "crush/joiner.hpp"

#include <algorithm>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>

#include "crush/waiters.hpp"

namespace faceki::crush {

void cohort::ended(std::size_t n, bool called) noexcept
{
    of->counts.ends(first + n, called);
    const bool few_enough = open.fetch_sub(1) - 1 <= of->how.window / 2;
    if (few_enough && pausing && pausing.exchange(false))
        by.go_on();
    of->one_has_ended();
}

joiner::joiner(std::size_t index, tally& counts, std::uint64_t seed)
    : index_(index), counts_(counts), seed_(seed), thread_([this] { work(); })
{
}

joiner::~joiner()
{
    work_.reset();
    thread_.join();
}

void joiner::work()
{
    for (;;) {
        try {
            io_->run();
        } catch (const thrown_on_purpose&) {
            continue;
        }
        if (!dying_)
            return;
        {
            const std::scoped_lock lock(posting_); // whoever made us go on may still be in his post
        }
        seats_.clear(); // strands go before their context
        cohort_.reset();
        work_.reset();
        io_.reset();
        io_ = std::make_unique<asio::io_context>();
        work_.emplace(asio::make_work_guard(*io_));
        dying_ = false;
        dying_.notify_all();
    }
}

void joiner::die()
{
    dying_ = true;
    io_->stop();
}

void joiner::wait_for_rebirth()
{
    dying_.wait(true);
}

void joiner::start(std::shared_ptr<crush::life> l, std::size_t first, std::size_t count)
{
    auto next = std::make_shared<cohort>(std::move(l), *this, first, count);
    asio::post(*io_, [this, next = std::move(next)]() mutable {
        cohort_ = std::move(next);
        dice_ = dice(seed_, cohort_->of->number, index_);
        seats_.assign(1, seat{io_->get_executor(), {}, 0});
        for (std::size_t n = cohort_->of->how.strands; n != 0; --n)
            seats_.push_back(seat{asio::make_strand(*io_), {}, 0});
        home_ = {};
        called_ = 0;
        older_ = {};
        fresh_.release();
        if (cohort_->size == 0)
            arrive();
        else
            go_on();
    });
}

/// On its own thread; or on that of the waiter whose end it has waited for.
void joiner::go_on()
{
    const std::size_t at = dice_.below(seats_.size());
    const std::scoped_lock lock(posting_);
    asio::post(seats_[at].executor, [this, at] { step(at); });
}

void joiner::step(std::size_t at)
{
    counts_.moved();
    seat& s = seats_[at];
    crush::life& l = *cohort_->of;
    const std::size_t calls = std::min(cohort_->size - called_, 1 + dice_.below(32));
    for (std::size_t n = 0; n < calls; ++n)
        call(s);
    disturb(s);
    l.pass(dice_.up_to(l.how.pace * (2 * calls)));
    if (called_ == cohort_->size)
        return arrive();
    // Either this thread goes on, or the waiter whose end makes them few enough.
    const auto keep = cohort_;
    if (keep->open > l.how.window) {
        keep->pausing = true;
        if (keep->open > l.how.window / 2 || !keep->pausing.exchange(false))
            return;
    }
    go_on();
}

/// Every seat has its turn once more before the client may go: coroutines that were to start there have asked by then.
void joiner::arrive()
{
    if (cohort_->of->how.where == home::strand)
        fresh_.release(); // it would keep the strand
    turns_left_ = seats_.size();
    for (seat& s : seats_)
        asio::post(s.executor, [this, &s] {
            // Late cancels: the client may be ending then, and this thread be with the next one already.
            asio::post(s.executor, [keep = cohort_, latest = s.latest, type = some_cancellation()] {
                for (const std::size_t n : latest)
                    keep->signals[n].emit(type);
            });
            if (--turns_left_ == 0)
                cohort_->of->arrived.count_down();
        });
}

} // namespace faceki::crush
