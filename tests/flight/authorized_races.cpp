// authorized(), many at once: a 401 that comes late, during a flight or after expiry; a thousand of them; an API that
// never accepts.
#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "flight/authorized_api.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

/// The first answer waits for `answered`; a replay is answered at once.
class late_world : public api_world {
public:
    gate answered{io.get_executor()};

    struct late_call {
        late_world* w;
        asio::awaitable<int> operator()(access_token token) const
        {
            const int status = w->api.answer(token);
            co_await w->answered.pass();
            co_return status;
        }
    };
    late_call late{this};
};

} // namespace

BOOST_AUTO_TEST_SUITE(authorized_races)

BOOST_FIXTURE_TEST_CASE(a_401_after_the_successor_was_published_leaves_it_alone_and_uses_it, late_world)
{
    api.refused = {"token-1"};
    start();
    const auto e = finish(late);
    BOOST_TEST(client->invalidate(client->peek()));
    BOOST_TEST(fetch().value() == "token-2");
    answered.open();
    run();
    BOOST_TEST(e->gave(200));
    BOOST_TEST(api.list() == "token-1 token-2");
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->stats().invalidated == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_401_during_the_flight_waits_for_it, late_world)
{
    api.refused = {"token-1"};
    source->grant("token-1", 1h).hold();
    start();
    const auto e = finish(late);
    BOOST_TEST(client->invalidate(client->peek()));
    const auto other = ask(*client);
    run();
    BOOST_TEST(source->in_flight() == 1U);
    answered.open();
    run();
    BOOST_TEST(e->open());
    source->release();
    run();
    BOOST_TEST(other->served());
    BOOST_TEST(e->gave(200));
    BOOST_TEST(api.list() == "token-1 token-2");
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_401_after_somebody_else_dropped_the_token_starts_the_flight, late_world)
{
    api.refused = {"token-1"};
    start();
    const auto e = finish(late);
    BOOST_TEST(client->invalidate(client->peek())); // and asks for no other
    answered.open();
    run();
    BOOST_TEST(e->gave(200));
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_401_between_the_two_deadlines_brings_nothing_forward, late_world)
{
    config.lifetime.safety_margin = 10s;
    api.refused = {"first"};
    source->grant("first", 60s);
    start();
    const auto e = finish(late);
    pass(55s);
    answered.open();
    run();
    BOOST_TEST(e->open());
    pass(5s - 1ns);
    BOOST_TEST(e->open());
    BOOST_TEST(source->requests() == 1U);
    pass(1ns);
    BOOST_TEST(e->gave(200));
    BOOST_TEST(api.list() == "first token-2");
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->stats().invalidated == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_401_after_expiry_is_an_ordinary_renewal, late_world)
{
    api.refused = {"first"};
    source->grant("first", 60s);
    start();
    const auto e = finish(late);
    pass(61s);
    answered.open();
    run();
    BOOST_TEST(e->gave(200));
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->stats().invalidated == 0U);
    // It was not a forced one: the next rejection is renewed at once.
    api.refused.insert("token-2");
    BOOST_TEST(finish()->gave(200));
    BOOST_TEST(source->requests() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_successor_that_is_dropped_before_its_callers_run_is_still_theirs, late_world)
{
    api.refused = {"token-1"};
    start();
    asio::io_context theirs;
    const auto e = std::make_shared<ending_of_call>();
    asio::co_spawn(theirs, authorized(*client, call), note_ending(e));
    run();
    for (int n = 0; n < 3; ++n) { // the first token, then its rejection and the renewal
        theirs.restart();
        theirs.poll();
        run();
        if (source->requests() == 2)
            break;
    }
    BOOST_TEST(client->invalidate(client->peek()));
    theirs.restart();
    theirs.poll();
    BOOST_TEST(e->gave(200));
    BOOST_TEST(api.list() == "token-1 token-2"); // never an empty one
}

BOOST_FIXTURE_TEST_CASE(a_401_after_the_credentials_changed_goes_on_with_the_new_ones, late_world)
{
    api.refused = {"token-1"};
    start();
    const auto e = finish(late);
    client->set_credentials(credentials("id-2", "secret-2"));
    answered.open();
    run();
    BOOST_TEST(e->gave(200));
    BOOST_TEST(source->last_client_id() == "id-2");
    BOOST_TEST(api.list() == "token-1 token-2");
}

BOOST_FIXTURE_TEST_CASE(a_thousand_401s_at_any_moment_are_one_token_request, api_world)
{
    api.refused = {"token-1"};
    source->grant("token-1", 1h).hold();
    start();
    fetch();
    // Four crowds: answered before, with, during and after the renewal.
    std::deque<gate> answered;
    std::vector<ending_ptr> endings;
    std::vector<std::size_t> calls(1000);
    struct numbered_call {
        api_world* w;
        gate* answered;
        std::size_t* calls;
        asio::awaitable<int> operator()(access_token token) const
        {
            ++*calls;
            const int status = w->api.answer(token);
            co_await answered->pass();
            co_return status;
        }
    };
    std::deque<numbered_call> callers;
    for (int n = 0; n < 4; ++n)
        answered.emplace_back(io.get_executor());
    for (std::size_t n = 0; n < 1000; ++n)
        endings.push_back(begin(*this, callers.emplace_back(this, &answered[n % 4], &calls[n])));
    run();
    BOOST_TEST(api.shown.size() == 1000U); // every one with the token that is refused
    answered[0].open();
    answered[1].open();
    run();
    answered[2].open();
    run();
    BOOST_TEST(source->in_flight() == 1U);
    source->release();
    run();
    answered[3].open();
    run();
    for (std::size_t n = 0; n < 1000; ++n)
        if (!endings[n]->gave(200) || calls[n] != 2)
            BOOST_ERROR("caller " << n << ": status " << endings[n]->status << " after " << calls[n] << " calls");
    BOOST_TEST(source->requests() == 2U);
    BOOST_TEST(client->stats().invalidated == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_thousand_401s_and_no_renewal_are_a_thousand_401s, late_world)
{
    api.refuse_all = true;
    source->grant("token-1", 1h).fail(errc::server_error);
    start();
    fetch();
    std::vector<ending_ptr> endings;
    for (int n = 0; n < 1000; ++n)
        endings.push_back(begin(*this, late));
    run();
    BOOST_TEST(api.shown.size() == 1000U);
    answered.open();
    run();
    BOOST_TEST(std::all_of(endings.begin(), endings.end(), [](const auto& e) { return e->gave(401); }));
    BOOST_TEST(api.shown.size() == 1000U);
    BOOST_TEST(source->requests() == 2U);
}

BOOST_FIXTURE_TEST_CASE(an_api_that_always_answers_401_costs_the_documented_rate, api_world)
{
    api.refuse_all = true;
    start();
    // The first token, a renewal at once, then pauses of 10 s doubling to 300 s. All at whole seconds, so the calls
    // that come each second hit them exactly.
    const boot_clock::duration longest = 300s;
    std::vector<boot_clock::duration> expected{0s};
    for (boot_clock::duration at{0}, pause = 10s; at < 2h; at += pause, pause = std::min(pause * 2, longest))
        expected.push_back(at);
    const auto begun = now();
    std::vector<boot_clock::duration> seen;
    std::size_t calls = 0;
    while (now() - begun < 2h) {
        const auto before = source->requests();
        const auto e = finish();
        if (!e->gave(401))
            BOOST_ERROR("not a 401 after " << calls << " calls");
        ++calls;
        seen.insert(seen.end(), source->requests() - before, now() - begun);
        pass(1s);
    }
    BOOST_TEST(calls == 7200U);
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
    BOOST_TEST(source->requests() == expected.size());
    BOOST_TEST(api.shown.size() == calls + expected.size() - 1); // a call is replayed only with a new token
    std::map<std::string, std::size_t> shown;
    for (const auto& token : api.shown)
        ++shown[token];
    BOOST_TEST(shown.size() == expected.size());
}

BOOST_FIXTURE_TEST_CASE(an_api_that_recovers_is_served_by_the_token_in_use, api_world)
{
    api.refuse_all = true;
    start();
    for (int n = 0; n < 100; ++n) {
        finish();
        pass(1s);
    }
    const auto requests = source->requests();
    api.refuse_all = false;
    BOOST_TEST(finish()->gave(200));
    BOOST_TEST(source->requests() == requests);
}

BOOST_AUTO_TEST_SUITE_END()
