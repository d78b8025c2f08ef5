// The sweep itself: every row, with one attempt and with three, and a flight that recovers.
#include <boost/test/unit_test.hpp>

#include <compare>
#include <map>
#include <set>

#include <openssl/ssl.h>

#include "sweep/cells.hpp"

namespace {

using namespace std::chrono_literals;
using namespace faceki_test::sweep;

/// How all rows are played at once.
struct mode {
    int max_attempts;
    int newest_tls = 0;

    auto operator<=>(const mode&) const = default;
};
constexpr mode modes[] = {{1}, {3}, {3, TLS1_2_VERSION}};

/// Each is played once, whoever asks for it.
const observed& play(const cell& row, mode how)
{
    static std::map<std::pair<const cell*, mode>, observed> known;
    const auto [place, is_new] = known.try_emplace({&row, how});
    if (is_new)
        place->second = observe(row, how.max_attempts, how.newest_tls);
    return place->second;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += "\n  " + line;
    return text;
}

void sweep(mode how)
{
    for (const cell& row : table()) {
        const observed& seen = play(row, how);
        const auto wrong = differences(row, how.max_attempts, seen);
        BOOST_TEST(wrong.empty(), row.step << ", " << row.way << ", " << row.how << ", of " << how.max_attempts << ":"
                                           << joined(wrong) << "\n  message: " << seen.message);
        BOOST_TEST_MESSAGE(to_text(row, how.max_attempts, seen));
    }
}

/// What makes a row say something else, and whether that must show in a flight of one attempt.
struct change {
    const char* what;
    void (*make)(cell&);
    bool shows_in_one_attempt = true;
};

const change changes[] = {
    {"error",
     [](cell& c) {
         c.error = c.error == faceki::errc::timed_out ? faceki::errc::connection_lost : faceki::errc::timed_out;
     }},
    {"cause",
     [](cell& c) {
         c.why = c.why == cause{} ? cause{"system", ECONNRESET} : cause{};
     }},
    {"cause's value", [](cell& c) { ++c.why.value; }},
    {"kind",
     [](cell& c) {
         c.kind =
             c.kind == faceki::failure_kind::answered ? faceki::failure_kind::not_sent : faceki::failure_kind::answered;
     }},
    {"status", [](cell& c) { c.status = c.status == 200 ? 0 : 200; }},
    {"limit", [](cell& c) { c.limit = c.limit == 10s ? 0s : c.limit + 5s; }},
    {"limit + 1 s", [](cell& c) { c.limit += 1s; }},
    {"requests", [](cell& c) { c.requests = 1 - c.requests; }},
    {"whole requests", [](cell& c) { c.whole = 1 - c.whole; }},
    {"attempts of 3 + 1", [](cell& c) { ++c.attempts_of_3; }, false},
    {"attempts of 3 - 1", [](cell& c) { --c.attempts_of_3; }, false},
    {"cool-down", [](cell& c) { c.cool_down_from += 10s, c.cool_down_to += 10s; }},
    {"cool-down's end", [](cell& c) { c.cool_down_to = c.cool_down_from - 1ms; }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(failures)

BOOST_AUTO_TEST_CASE(the_table_has_every_step_in_every_way)
{
    std::set<std::pair<std::string, std::string>> have;
    for (const cell& row : table())
        have.emplace(row.step, row.way);
    for (const char* const step : {"resolve", "connect", "handshake", "write", "head", "body"})
        for (const char* const way : {"error", "silence", "reset"})
            if (step != std::string("resolve") || way != std::string("reset"))
                BOOST_TEST(have.count({step, way}) == 1U, step << ", " << way);
    BOOST_TEST_MESSAGE(
        "resolve   reset   there is none: getaddrinfo returns or does not, no connection is the client's");
}

BOOST_AUTO_TEST_CASE(every_cell_with_one_attempt)
{
    sweep(modes[0]);
}

BOOST_AUTO_TEST_CASE(every_cell_with_three_attempts)
{
    sweep(modes[1]);
}

BOOST_AUTO_TEST_CASE(every_cell_over_tls_1_2)
{
    sweep(modes[2]);
}

BOOST_AUTO_TEST_CASE(a_flight_whose_first_attempt_failed_recovers_where_a_second_is_allowed)
{
    for (const cell& row : table()) {
        BOOST_TEST_CONTEXT(row.step << ", " << row.way << ", " << row.how)
        {
            rig r({}, row.meets.needs_long_request());
            r.lead_to(row.meets);
            const auto c = r.ask();
            r.until_attempt_ends(*c);
            BOOST_TEST(c->done == (row.attempts_of_3 == 1));
            if (c->done)
                continue;
            r.pause_before({});
            r.until([&] { return c->done; }, "the second attempt ends");
            const faceki::stats stats = r.client().stats();
            BOOST_TEST(!c->error, c->error.message());
            BOOST_TEST(c->token);
            BOOST_TEST(c->details.message.empty()); // nothing of the first attempt is left
            BOOST_TEST(stats.flights == 1U);
            BOOST_TEST(stats.failures == 0U);
            BOOST_TEST(stats.requests_sent == static_cast<unsigned>(row.requests + 1));
            BOOST_TEST(r.requests_at_peers() == row.whole);
            BOOST_TEST(r.mock().requests() == 1U);
            BOOST_TEST(r.mock().accepted() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_row_that_says_something_else_is_red)
{
    int told = 0;
    for (const cell& row : table()) {
        for (const mode how : modes) {
            const int max_attempts = how.max_attempts;
            const observed& seen = play(row, how);
            BOOST_TEST_REQUIRE(differences(row, max_attempts, seen).empty());
            for (const change& one : changes) {
                if (max_attempts == 1 && !one.shows_in_one_attempt)
                    continue;
                cell other = row;
                one.make(other);
                ++told;
                BOOST_TEST(!differences(other, max_attempts, seen).empty(),
                           row.step << ", " << row.way << ", " << row.how << ": another " << one.what << " passes");
            }
        }
    }
    BOOST_TEST_MESSAGE(told << " rows with one thing changed");
}

BOOST_AUTO_TEST_SUITE_END()
