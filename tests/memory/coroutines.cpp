// Callers that are coroutines: token(), try_token(), their limits and cancellation, and authorized().
#include <functional>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/authorized.hpp>

#include "memory/sweep.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

using body = std::function<asio::awaitable<error_code>(scene&)>;

asio::awaitable<void> caller(scene& s, tally& t, body ask)
{
    tally_handler end(t);
    co_await s.gate();
    error_code how;
    try {
        how = co_await ask(s);
    } catch (const std::system_error& e) {
        how = e.code();
    } catch (const std::bad_alloc&) {
        how = std::make_error_code(std::errc::not_enough_memory);
    }
    end(how);
}

/// Brings a coroutine to the gate; open it within the operation.
tally& spawn(scene& s, const body& ask)
{
    tally& t = s.expect_one();
    asio::co_spawn(s.executor(), caller(s, t, ask), asio::bind_cancellation_slot(s.leave.slot(), asio::detached));
    s.run();
    return t;
}

asio::awaitable<error_code> ask_token(scene& s)
{
    const access_token token = co_await s.client->token();
    co_return token ? error_code{} : make_error_code(errc::malformed_token);
}

asio::awaitable<error_code> try_token(scene& s)
{
    const token_result result = co_await s.client->try_token();
    co_return result.error();
}

asio::awaitable<error_code> try_token_briefly(scene& s)
{
    const token_result result = co_await s.client->try_token(within(5s));
    co_return result.error();
}

/// An API that rejects the first token it is shown.
struct api {
    int* calls;
    asio::awaitable<int> operator()(access_token) const { co_return ++*calls == 1 ? 401 : 200; }
};

asio::awaitable<error_code> call_api(scene& s)
{
    int calls = 0;
    const api call{&calls};
    const int status = co_await authorized(*s.client, call);
    co_return status == 200 || calls == 1 ? error_code{} : make_error_code(errc::unexpected_status);
}

void go(scene& s)
{
    s.scarce([&] {
        s.open_gate();
        s.run();
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(coroutines)

BOOST_AUTO_TEST_CASE(first_calls)
{
    for (const auto& [name, ask] :
         {std::pair{"co_await token(), its flight and its wake", body(ask_token)},
          std::pair{"co_await try_token(), its flight and its wake", body(try_token)},
          std::pair{"co_await try_token(within), its flight and its wake", body(try_token_briefly)}})
        BOOST_TEST(sweep(name, [&](scene& s) {
                       s.start();
                       spawn(s, ask);
                       go(s);
                   }) > 10U);
    sweep("co_await token() that fails", [](scene& s) {
        s.source->fails = errc::server_error;
        s.start();
        spawn(s, ask_token);
        go(s);
    });
}

BOOST_AUTO_TEST_CASE(joining_a_flight)
{
    sweep("co_await token() joins a flight", [](scene& s) {
        s.source->holds = true;
        s.start();
        s.call();
        spawn(s, ask_token);
        go(s);
    });
}

BOOST_AUTO_TEST_CASE(hits)
{
    sweep("co_await token(), a hit", [](scene& s) {
        s.start();
        s.fetch();
        spawn(s, ask_token);
        go(s);
    });
    sweep("co_await try_token(), a hit", [](scene& s) {
        s.start();
        s.fetch();
        spawn(s, try_token);
        go(s);
    });
}

BOOST_AUTO_TEST_CASE(leaving)
{
    sweep("a coroutine is cancelled", [](scene& s) {
        s.source->holds = true;
        s.start();
        tally& t = spawn(s, try_token);
        s.open_gate();
        s.run();
        s.scarce([&] {
            s.leave.emit(asio::cancellation_type::terminal);
            s.run();
        });
        if (s.report.failed == 0)
            s.expect(t.error == asio::error::operation_aborted, "it was not cancelled");
    });
    sweep("a coroutine's own limit passes", [](scene& s) {
        s.source->holds = true;
        s.start();
        spawn(s, try_token_briefly);
        s.open_gate();
        s.run();
        s.advance(5s);
        s.scarce([&] { s.run(); });
    });
}

BOOST_AUTO_TEST_CASE(authorized_calls)
{
    BOOST_TEST(sweep("authorized(), with a token that is rejected", [](scene& s) {
                   s.start();
                   s.fetch();
                   spawn(s, call_api);
                   go(s);
               }) > 10U);
}

BOOST_AUTO_TEST_SUITE_END()
