// authorized(): what may be called, which responses are understood, and on which executor it all runs. And the header's
// value taken from a temporary token.
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include "flight/authorized_api.hpp"
#include "support/play.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

enum class beast_status : unsigned { ok = 200, unauthorized = 401 };

// Each form gets its status from `value`, and something misleading from the forms that are tried later.
struct result_int_function {
    int value;
    constexpr unsigned result_int() const { return static_cast<unsigned>(value); }
    int status_code = 401;
    constexpr int status() const { return 401; }
};
struct status_code_member {
    long status_code;
    int status = 401;
};
struct status_code_function {
    short value;
    constexpr const short& status_code() const { return value; }
    int status = 401;
};
struct status_member {
    int status;
};
struct status_enum_member {
    beast_status status;
};
struct status_function {
    int value;
    constexpr int status() const noexcept { return value; }
};
struct status_enum_function {
    int value;
    constexpr beast_status status() const { return static_cast<beast_status>(value); }
};
struct with_v3_envelope { // its `status` says true or false; the HTTP status is elsewhere
    bool status;
    int status_code;
};
struct convertible {
    int value;
    constexpr operator int() const { return value; }
};
struct convertible_status {
    convertible status;
};

template <class R>
constexpr bool understood(const R& ok, const R& rejected)
{
    return !detail::is_401{}(ok) && detail::is_401{}(rejected);
}

static_assert(understood(result_int_function{200}, {401}));
static_assert(!detail::is_401{}(result_int_function{200})); // although the later forms say 401
static_assert(understood(status_code_member{200}, {401}));
static_assert(understood(status_code_function{200}, {401}));
static_assert(understood(status_member{200}, {401}));
static_assert(understood(status_enum_member{beast_status::ok}, {beast_status::unauthorized}));
static_assert(understood(status_function{200}, {401}));
static_assert(understood(status_enum_function{200}, {401}));
static_assert(understood(with_v3_envelope{true, 200}, {true, 401}));
static_assert(understood(convertible_status{{200}}, {{401}}));
static_assert(understood(200, 401) && understood(200UL, 401UL) && understood<short>(200, 401));

struct v3_envelope {
    bool status;
};
struct double_status {
    double status;
};
class private_status {
    [[maybe_unused]] int status = 401;
};
static_assert(!detail::has_status<v3_envelope> && !detail::has_status<double_status> &&
              !detail::has_status<private_status> && !detail::has_status<bool> && !detail::has_status<double> &&
              !detail::has_status<std::string> && !detail::has_status<const char*>);

// A temporary token gives its header's value as a string of its own, never a view.
static_assert(std::is_same_v<decltype(std::declval<access_token>().authorization()), std::string>);
static_assert(std::is_same_v<decltype(std::declval<access_token>().value()), std::string>);

asio::awaitable<int> plain_function(access_token token)
{
    co_return token.value() == "token-1" ? 401 : 200;
}

} // namespace

BOOST_AUTO_TEST_SUITE(authorized_forms)

BOOST_FIXTURE_TEST_CASE(a_header_taken_from_a_temporary_token_outlives_it, world)
{
    source->grant(std::string(100, 'x'), 1h); // longer than a string's own buffer: a dangling view would be seen
    start();
    const auto coroutine = [this]() -> asio::awaitable<void> {
        const auto header = (co_await client->token()).authorization();
        const auto value = (co_await client->token()).value();
        client->close(); // the last copy of the token is wiped
        BOOST_TEST(!client->peek());
        BOOST_TEST(header == "Bearer " + std::string(100, 'x'));
        BOOST_TEST(value == std::string(100, 'x'));
    };
    play(*this, coroutine);
}

BOOST_FIXTURE_TEST_CASE(functions_lambdas_and_objects_with_state_can_be_called, api_world)
{
    api.refused = {"token-1"};
    start();
    const auto coroutine = [this]() -> asio::awaitable<void> {
        BOOST_TEST(co_await authorized(*client, plain_function) == 200);
        BOOST_TEST(co_await authorized(*client, &plain_function) == 200);
        const std::string target = "a name that is longer than a string's own buffer";
        auto named = [this, target](const access_token& token) -> asio::awaitable<int> {
            BOOST_TEST(target.size() == 48U);
            co_return api.answer(token);
        };
        BOOST_TEST(co_await authorized(*client, named) == 200);
        BOOST_TEST(co_await authorized(*client, std::as_const(named)) == 200);
        // Captures references only: its destructor does nothing, so it may stand there without a name.
        BOOST_TEST(co_await authorized(*client, [&](access_token token) -> asio::awaitable<int> {
                       co_return api.answer(token) + static_cast<int>(target.size()) - 48;
                   }) == 200);
        struct counting {
            int calls = 0;
            asio::awaitable<int> operator()(access_token)
            {
                ++calls;
                co_return 200;
            }
        } counted;
        co_await authorized(*client, counted);
        co_await authorized(*client, counted);
        BOOST_TEST(counted.calls == 2); // an lvalue is not copied
    };
    play(*this, coroutine);
}

BOOST_FIXTURE_TEST_CASE(a_response_that_can_only_be_moved_ends_before_the_second_call, api_world)
{
    api.refused = {"token-1"};
    start();
    int alive = 0;
    struct response {
        int status;
        std::unique_ptr<int, void (*)(int*)> lease; // say, of a connection
    };
    const auto with_lease = [&](access_token token) -> asio::awaitable<response> {
        BOOST_TEST(alive == 0);
        ++alive;
        co_return response{api.answer(token), {&alive, [](int* n) { --*n; }}};
    };
    const auto coroutine = [&]() -> asio::awaitable<void> {
        const response got = co_await authorized(*client, with_lease);
        BOOST_TEST(got.status == 200);
        BOOST_TEST(alive == 1);
    };
    play(*this, coroutine);
    BOOST_TEST(alive == 0);
    BOOST_TEST(api.shown.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_predicate_of_the_callers_own, api_world)
{
    start();
    struct v3_reply {
        int http_status;
        int code;
    };
    const auto v3 = [&](access_token token) -> asio::awaitable<v3_reply> {
        const bool first = token.value() == "token-1";
        api.answer(token);
        co_return v3_reply{200, first ? 1 : 200};
    };
    int asked = 0;
    auto counts = [&asked](const v3_reply& r) {
        ++asked;
        return r.code == 1;
    };
    const auto coroutine = [&]() -> asio::awaitable<void> {
        const auto accepted = co_await authorized(*client, v3, [](const v3_reply& r) { return r.http_status == 401; });
        BOOST_TEST(accepted.code == 1);
        BOOST_TEST(api.shown.size() == 1U);
        const auto renewed = co_await authorized(*client, v3, counts);
        BOOST_TEST(renewed.code == 200);
        BOOST_TEST(asked == 1); // the second call's answer is not judged
        BOOST_TEST(api.list() == "token-1 token-1 token-2");
        const auto throws = [](const v3_reply&) -> bool { throw std::runtime_error("no idea"); };
        BOOST_CHECK_THROW(co_await authorized(*client, v3, throws), std::runtime_error);
    };
    play(*this, coroutine);
    BOOST_TEST(client->peek().value() == "token-2");
}

BOOST_FIXTURE_TEST_CASE(nothing_happens_before_the_awaitable_runs, api_world)
{
    start();
    auto lazy = authorized(*client, call);
    run();
    BOOST_TEST(source->requests() == 0U);
    const auto e = std::make_shared<ending_of_call>();
    asio::co_spawn(io, std::move(lazy), note_ending(e));
    BOOST_TEST(source->requests() == 0U);
    run();
    BOOST_TEST(e->gave(200));
    { // and one that never runs leaves nothing behind
        const auto dropped = authorized(*client, call);
    }
    run();
    BOOST_TEST(api.shown.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(everything_but_the_flight_runs_on_the_callers_executor, api_world)
{
    api.refused = {"token-1"};
    start();
    asio::io_context theirs;
    std::size_t calls = 0;
    bool done = false;
    const auto observed = [&](access_token token) -> asio::awaitable<int> {
        BOOST_TEST(theirs.get_executor().running_in_this_thread());
        BOOST_TEST((co_await asio::this_coro::executor == asio::any_io_executor(theirs.get_executor())));
        ++calls;
        co_return api.answer(token);
    };
    const auto coroutine = [&]() -> asio::awaitable<void> {
        BOOST_TEST(co_await authorized(*client, observed) == 200);
        BOOST_TEST(theirs.get_executor().running_in_this_thread());
        done = true;
    };
    asio::co_spawn(theirs, coroutine, asio::detached);
    for (int n = 0; n < 10; ++n) {
        run();
        BOOST_TEST(!done);
    }
    for (int n = 0; n < 10 && !done; ++n) {
        theirs.restart();
        theirs.poll();
        run();
    }
    BOOST_TEST(done);
    BOOST_TEST(calls == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_client_on_a_plain_io_context_executor, world)
{
    using plain = asio::io_context::executor_type;
    basic_refresher<plain> typed(io.get_executor(), config, source);
    const auto plain_call = [](access_token token) -> asio::awaitable<int, plain> {
        co_return token.value() == "token-1" ? 401 : 200;
    };
    static_assert(std::is_same_v<decltype(authorized(typed, plain_call)), asio::awaitable<int, plain>>);
    int status = 0;
    asio::co_spawn(io.get_executor(), authorized(typed, plain_call),
                   [&](std::exception_ptr, int got) { status = got; });
    run();
    BOOST_TEST(status == 200);
    BOOST_TEST(source->requests() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
