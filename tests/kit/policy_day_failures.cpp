// Days on which attempts fail: what the policy says of each failure is replayed over the endpoint's record, so that the
// count of requests is known exactly.
#include <boost/test/unit_test.hpp>

#include <iostream>
#include <random>

#include "kit/policy_day.hpp"

using namespace faceki_test;

namespace {

constexpr span flight_deadline = 30s;

/// The same choices with every standard library.
class dice {
public:
    dice(std::uint64_t seed, unsigned percent) : engine_(seed), percent_(percent) {}

    answer operator()()
    {
        if (engine_() % 100 >= percent_)
            return {};
        switch (engine_() % 5) {
        case 0:
            return {answer::unavailable, {}};
        case 1:
            return {answer::loses, {}};
        case 2:
            return {answer::refuses, {}};
        case 3:
            return {answer::asks_to_come_later, 2s};
        default:
            return {answer::asks_to_come_later, engine_() % 2 == 0 ? 20s : 90s};
        }
    }

private:
    std::mt19937_64 engine_;
    unsigned percent_;
};

/// Reads a record attempt by attempt; says when the next one has to begin. It knows musts 2, 3, 6 and 9 and the calls,
/// nothing of the client. Where the policy leaves the pause to chance, the record decides within the policy's bounds.
class policy {
public:
    explicit policy(const service_day::options& with)
        : earliest(with.first_call), latest(with.first_call), with_(with), dead_(with.first_call)
    {
    }

    /// The next attempt begins within these, both included.
    span earliest;
    span latest;
    std::size_t requests = 0; ///< that arrived
    std::size_t flights = 0;
    std::size_t failures = 0; ///< flights that ended without a token
    std::size_t grants = 0;
    std::size_t calls_failed = 0;

    /// False if it should not have begun when it did.
    bool on(const attempt& a)
    {
        const bool as_expected = a.began >= earliest && a.began <= latest;
        if (made_++ == 0) {
            ++flights;
            flight_began_ = a.began;
        }
        requests += a.got.what == answer::refuses ? 0U : 1U;
        if (!a.ended) { // the day ended first
            earliest = latest = span::max();
            return as_expected;
        }
        if (a.got.what == answer::grants)
            on_grant(a.began, *a.ended);
        else
            on_failure(a.got, *a.ended);
        return as_expected;
    }

    /// Calls that got an error by the end of the day: those since the last failed flight's token died.
    std::size_t calls_failed_until(span end) const
    {
        return calls_failed + (in_a_row_ == 0 ? 0 : calls_from(dead_, made_ != 0 ? flight_began_ : end + 1ns));
    }

private:
    void on_grant(span sent, span received)
    {
        ++grants;
        if (in_a_row_ != 0)
            calls_failed += calls_from(dead_, flight_began_);
        in_a_row_ = 0;
        dead_ = std::max(sent, received - 1s) + with_.lifetime;
        const span next = next_after_grant(sent, received, with_.lifetime, with_.first_call);
        begin_flight(next, next);
    }

    void on_failure(const answer& got, span ended)
    {
        const span at_least = got.retry_after;
        const bool sent_and_lost = got.what == answer::loses;
        const bool again =
            made_ < 3 && !(sent_and_lost && resent_) && at_least < flight_began_ + flight_deadline - ended;
        resent_ = resent_ || sent_and_lost;
        if (again) {
            const span most = made_ == 1 ? 1s : 2s;
            earliest = ended + at_least;
            latest = ended + std::max(at_least, most);
            return;
        }
        ++failures;
        double seconds = 1;
        for (unsigned n = 0; n < in_a_row_; ++n)
            seconds = std::min(seconds * 1.6, 120.0);
        ++in_a_row_;
        const auto cool_down = [&](double spread) {
            return std::max<span>(std::chrono::round<span>(std::chrono::duration<double>(seconds * spread)), at_least);
        };
        begin_flight(call_at_or_after(ended + cool_down(0.8), with_.first_call),
                     call_at_or_after(ended + cool_down(1.2) + 1ns, with_.first_call));
    }

    void begin_flight(span from, span to)
    {
        earliest = from;
        latest = to;
        made_ = 0;
        resent_ = false;
    }
    std::size_t calls_from(span from, span to) const
    {
        const span first = call_at_or_after(from, with_.first_call);
        return first < to ? static_cast<std::size_t>((to - first - 1ns) / 1s) + 1 : 0;
    }

    service_day::options with_;
    int made_ = 0; ///< attempts of the running flight
    bool resent_ = false;
    unsigned in_a_row_ = 0; ///< failed flights
    span flight_began_{};
    span dead_; ///< the last token's end; who calls from then on depends on the flights that follow
};

struct totals {
    std::size_t requests = 0;
    std::size_t failing = 0;
    std::size_t failed_flights = 0;
};

totals live_through(const service_day::options& with, unsigned percent)
{
    service_day d(with);
    d.seen->choose = dice(with.seed, percent);
    d.w.run_for(day);

    policy expected(with);
    std::size_t failing = 0;
    for (const attempt& a : d.seen->attempts) {
        BOOST_TEST_CONTEXT("the attempt that began at " << a.began.count() << " ns, expected from "
                                                        << expected.earliest.count() << " to "
                                                        << expected.latest.count())
        {
            BOOST_TEST(expected.on(a));
        }
        failing += a.ended && a.got.what != answer::grants ? 1U : 0U;
    }
    BOOST_TEST((expected.latest > day)); // and none is missing

    const faceki::stats s = d.client->stats();
    BOOST_TEST(d.w.endpoint.requests() == expected.requests);
    BOOST_TEST(s.requests_sent == expected.requests);
    BOOST_TEST(s.flights == expected.flights);
    BOOST_TEST(s.retries == d.seen->attempts.size() - expected.flights);
    BOOST_TEST(s.failures == expected.failures);
    BOOST_TEST(s.tokens == expected.grants);
    // A failing attempt is one request more at most: the time it takes can only make room for fewer grants.
    BOOST_TEST(d.w.endpoint.requests() <= planned_departures(with, day).size() + failing);

    BOOST_TEST(d.failed == expected.calls_failed_until(day));
    BOOST_TEST(d.refused == 0U);
    BOOST_TEST(d.w.endpoint.presented() == d.served);
    BOOST_TEST(d.w.endpoint.dead() == 0U);
    BOOST_TEST(d.w.endpoint.early() == 0U);
    BOOST_TEST(d.w.endpoint.most_in_flight() == 1U);
    return {expected.requests, failing, expected.failures};
}

totals live_through_all(std::chrono::milliseconds lifetime, unsigned percent, std::uint64_t seeds)
{
    totals all;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed)
        {
            const totals one = live_through({lifetime, 50ms, 1s, seed}, percent);
            all.requests += one.requests;
            all.failing += one.failing;
            all.failed_flights += one.failed_flights;
        }
    std::cout << seeds << " days, " << percent << " % failing, tokens of " << lifetime.count() / 1000
              << " s: " << all.requests << " requests, " << all.failing << " attempts failed, " << all.failed_flights
              << " flights failed\n";
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(policy_day_failures)

BOOST_AUTO_TEST_CASE(five_percent_failing_attempts_of_an_hours_tokens_cost_what_the_policy_says)
{
    const totals all = live_through_all(1h, 5, 12);
    BOOST_TEST(all.failing > 4U); // else the days were like any other
}

BOOST_AUTO_TEST_CASE(five_percent_failing_attempts_of_five_minutes_tokens_cost_what_the_policy_says)
{
    const totals all = live_through_all(5min, 5, 6);
    BOOST_TEST(all.failing > 40U);
}

BOOST_AUTO_TEST_CASE(a_third_failing_attempts_of_a_minutes_tokens_cost_what_the_policy_says)
{
    const totals all = live_through_all(1min, 33, 2);
    BOOST_TEST(all.failing > 1000U);
    BOOST_TEST(all.failed_flights > 100U); // cool-downs, too
}

BOOST_AUTO_TEST_SUITE_END()
