// Beginnings and ends.
#include "crush/director.hpp"

#include <latch>
#include <utility>

#include <asio/post.hpp>
#include <asio/strand.hpp>

namespace faceki::crush {

director::director(const options& chosen, tally& counts, pulse& time)
    : chosen_(chosen), counts_(counts), time_(time), dice_(chosen.seed, 0, 'D')
{
    for (std::size_t n = 0; n < chosen.threads; ++n)
        joiners_.push_back(std::make_unique<joiner>(n, counts, chosen.seed));
}

bool director::next()
{
    const std::size_t left = chosen_.waiters - called_;
    if (left == 0)
        return false;
    const plan p = make_plan(dice_, left, chosen_.waiters, chosen_.threads, chosen_.planted);
    const auto l = std::make_shared<life>(++sum_.lives, p, counts_, chosen_.threads, chosen_.seed);
    time_.of(l->manual);

    std::optional<test::running_context> where;
    if (p.where != home::own_thread)
        where.emplace(p.where == home::two_threads ? 2 : 1);
    if (!where)
        l->begin_with_own_thread();
    else if (p.where == home::strand)
        l->begin(asio::make_strand(where->executor()));
    else
        l->begin(where->executor());

    start_callers(l);
    if (p.how == finish::home_dies) {
        l->midway.wait();
        where->destroy();
        where.reset();
    }
    l->arrived.wait();
    end(*l);
    leave_home(*l, where);

    sum_.requests += l->book->requests();
    sum_.early += l->book->early();
    if (l->book->early() > l->early_allowed())
        counts_.blame(fault::not_permitted, l->book->early() - l->early_allowed());
    ++sum_.finishes[static_cast<std::size_t>(p.how)];
    if (p.wait_at_the_end)
        l->wait_for_the_last();
    return true;
}

void director::start_callers(const std::shared_ptr<life>& l)
{
    const std::size_t threads = joiners_.size();
    std::size_t left = l->how.waiters;
    for (std::size_t n = 0; n < threads; ++n) {
        const std::size_t share = left / (threads - n);
        joiners_[n]->start(l, called_, share);
        called_ += share;
        left -= share;
    }
}

/// All who call have arrived: nobody else touches the client.
void director::end(life& l)
{
    switch (l.how.how) {
    case finish::drained:
        l.wait_for_the_last();
        check(l.client().stats());
        break;
    case finish::closed_in_peace:
        return end_in_peace(l);
    case finish::destroyed_by_handler:
        return end_by_handler(l);
    case finish::callers_die:
        return let_callers_die(l);
    default:
        break;
    }
    add_up(l.client().stats());
    l.end();
}

void director::end_in_peace(life& l)
{
    std::latch at_rest(1);
    l.client().async_close([&](error_code) { at_rest.count_down(); });
    at_rest.wait();
    const stats s = l.client().stats();
    if (!l.all_have_ended())
        counts_.blame(fault::restless);
    if (s.requests_sent != l.book->requests())
        counts_.blame(fault::wrong_counters);
    check(s);
    add_up(s);
    l.end();
}

void director::end_by_handler(life& l)
{
    std::latch posted(1); // with a client's own thread goes its context, which has to outlive the post
    std::latch ended(1);
    add_up(l.client().stats());
    asio::post(l.client().get_executor(), [&] {
        posted.wait();
        l.end();
        ended.count_down();
    });
    posted.count_down();
    ended.wait();
}

void director::let_callers_die(life& l)
{
    std::vector<joiner*> dying;
    for (const auto& j : joiners_)
        if (dying.empty() || dice_.one_in(2))
            dying.push_back(j.get());
    const bool at_once = dice_.one_in(2);
    for (joiner* j : dying)
        j->die();
    add_up(l.client().stats());
    if (at_once) // while its waiters are dropped
        l.end();
    for (joiner* j : dying)
        j->wait_for_rebirth();
    l.end();
}

/// What the client left there is run, or destroyed.
void director::leave_home(life& l, std::optional<test::running_context>& where)
{
    // Waiters elsewhere hold the client's executor; and a thread of its own that it was destroyed on ends by itself.
    if (l.how.where == home::strand || l.how.where == home::own_thread)
        l.wait_for_the_last();
    if (!where)
        return;
    if (l.how.home_dropped)
        where->destroy();
    else
        where->join();
    where.reset();
}

void director::add_up(const stats& s)
{
    sum_.flights += s.flights;
    sum_.tokens += s.tokens;
    sum_.retries += s.retries;
    sum_.failures += s.failures;
    sum_.queued += s.waiters;
    sum_.cancelled += s.cancelled;
    sum_.timed_out += s.timed_out;
    sum_.refused += s.refused;
}

/// All its waiters have ended: the counters account for each of them.
void director::check(const stats& s)
{
    if (s.waiting != 0 || s.waiters != s.served + s.failed + s.cancelled + s.timed_out + s.dropped)
        counts_.blame(fault::wrong_counters);
}

} // namespace faceki::crush
