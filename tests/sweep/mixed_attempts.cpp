// Flights whose attempts fail in different ways: how many there are, what they cost, and what the one outcome tells.
#include <boost/test/unit_test.hpp>

#include <optional>

#include "sweep/cells.hpp"

#include <netdb.h>
#include <openssl/ssl.h>

namespace {

using namespace std::chrono_literals;
using namespace faceki_test::sweep;
using faceki::errc;
using faceki::failure_kind;

fault plain(fault::kind what)
{
    fault made;
    made.what = what;
    return made;
}
fault no_such_name()
{
    fault made = plain(fault::kind::lookup_fails);
    made.gai_code = EAI_NONAME;
    return made;
}
fault at(stop_at where, act then, std::size_t upto = 0)
{
    fault made = plain(fault::kind::peer);
    made.how.at = where;
    made.how.then = then;
    made.how.upto = upto;
    return made;
}
fault status(std::string line, std::size_t upto = std::string::npos)
{
    fault made = at(stop_at::reply, act::silence, upto);
    made.how.reply = "HTTP/1.1 " + line + "\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    return made;
}
fault stranger()
{
    fault made = at(stop_at::nowhere, act::silence);
    made.how.stranger = true;
    return made;
}

const fault good = plain(fault::kind::none);
const fault refused = plain(fault::kind::refused);
const fault lost = at(stop_at::reply, act::reset);
const fault unanswered = at(stop_at::reply, act::silence);
const fault mute_handshake = at(stop_at::hello, act::silence);
const fault broken_handshake = at(stop_at::hello, act::reset);
const fault torn = at(stop_at::reply, act::finish, 100);
const fault busy = status("503 Service Unavailable");
const fault busy_and_stuck = status("503 Service Unavailable", busy.how.reply.size() - 1);

struct row {
    const char* what;
    std::vector<fault> attempts; ///< what each would meet
    std::optional<errc> error;   ///< none = a token
    int made;
    int requests;
    failure_kind kind = failure_kind::none; ///< as the last attempt's
    int status = 0;
    cause why{};
    std::chrono::seconds by_clock{0}; ///< what the silent ones take; the pauses come on top
};

/// Plays the row, and says what it cost.
std::uint64_t check(const row& wanted)
{
    rig r;
    const time_point begin = r.now();
    r.lead_to(wanted.attempts.at(0));
    const auto c = r.ask();
    duration pauses{};
    r.until_attempt_ends(*c);
    for (std::size_t n = 1; !c->done; ++n) {
        pauses += r.pause_before(wanted.attempts.at(n));
        r.until_attempt_ends(*c);
    }
    const faceki::stats stats = r.client().stats();
    const faceki::diagnostics& details = c->details;
    const std::error_code error = wanted.error ? make_error_code(*wanted.error) : std::error_code{};
    BOOST_TEST(c->error == error, c->error.message());
    BOOST_TEST(static_cast<bool>(c->token) == !wanted.error);
    BOOST_TEST(stats.flights == 1U);
    BOOST_TEST(stats.retries == static_cast<unsigned>(wanted.made - 1));
    BOOST_TEST(stats.requests_sent == static_cast<unsigned>(wanted.requests));
    BOOST_TEST(r.requests_at_peers() + static_cast<int>(r.mock().requests()) == wanted.requests);
    BOOST_TEST((c->ended - begin == wanted.by_clock + pauses));
    if (wanted.error) {
        BOOST_TEST(details.attempt == wanted.made);
        BOOST_TEST(details.requests_sent == wanted.requests);
        BOOST_TEST((details.kind == wanted.kind));
        BOOST_TEST(details.http_status == wanted.status);
        BOOST_TEST((cause_of(details.cause) == wanted.why), details.cause.message());
    }
    return stats.requests_sent;
}

const row rows[] = {
    // clang-format off
    // what, what each attempt would meet | error, attempts made, requests | kind, status, cause of the last | by the clock
    {"no name, refused, good", {no_such_name(), refused, good}, {}, 3, 1},
    {"lost, broken handshake, good", {lost, broken_handshake, good}, {}, 3, 2},
    {"503, lost, good", {busy, lost, good}, {}, 3, 3},
    {"no answer, mute handshake, good", {unanswered, mute_handshake, good}, {}, 3, 2, {}, 0, {}, 15s},
    // A request that may have been billed is sent again once, whatever comes in between.
    {"lost, lost", {lost, lost, good},
     errc::connection_lost, 2, 2, failure_kind::sent_no_answer, 0, {"system", ECONNRESET}},
    {"no answer, lost", {unanswered, lost, good},
     errc::connection_lost, 2, 2, failure_kind::sent_no_answer, 0, {"system", ECONNRESET}, 10s},
    {"lost, refused, lost", {lost, refused, lost},
     errc::connection_lost, 3, 2, failure_kind::sent_no_answer, 0, {"system", ECONNRESET}},
    // What was answered may be asked again, by its status; what was answered well may not.
    {"503, lost, 503", {busy, lost, busy}, errc::server_error, 3, 3, failure_kind::answered, 503},
    {"no name, torn 200", {no_such_name(), torn, good}, errc::connection_lost, 2, 1, failure_kind::answered, 200},
    {"503, 401", {busy, status("401 Unauthorized"), good},
     errc::credentials_rejected, 2, 2, failure_kind::answered, 401},
    // The last one is told; of the earlier ones only what they cost.
    {"503, stranger", {busy, stranger(), good},
     errc::tls_failed, 2, 1, failure_kind::not_sent, 0, {"openssl", SSL_R_CERTIFICATE_VERIFY_FAILED}},
    {"lost, mute handshake, refused", {lost, mute_handshake, refused},
     errc::connect_failed, 3, 1, failure_kind::not_sent, 0, {"system", ECONNREFUSED}, 5s},
    // clang-format on
};

} // namespace

BOOST_AUTO_TEST_SUITE(mixed_attempts)

BOOST_AUTO_TEST_CASE(one_outcome_of_different_failures)
{
    for (const row& wanted : rows) {
        std::uint64_t requests = 0;
        BOOST_TEST_CONTEXT(wanted.what)
        {
            requests = check(wanted);
        }
        BOOST_TEST_MESSAGE(wanted.what << " | " << (wanted.error ? faceki::name_of(*wanted.error) : "a token")
                                       << " | attempts " << wanted.made << ", requests " << requests);
    }
}

BOOST_AUTO_TEST_CASE(three_answers_that_never_end_are_ended_by_the_flights_deadline)
{
    rig r;
    const time_point begin = r.now();
    r.lead_to(busy_and_stuck);
    const auto c = r.ask();
    for (unsigned attempt = 1; !c->done; ++attempt) {
        BOOST_TEST_REQUIRE(attempt <= 3U);
        r.until_at_the_step();
        // 10 s, 10 s, and what is left of 30 s then.
        BOOST_TEST((r.next_alarm() == std::min<duration>(10s, begin + 30s - r.now())));
        r.pass(r.next_alarm());
        if (c->done)
            break;
        BOOST_TEST(r.client().stats().retries == attempt);
        r.pause_before(busy_and_stuck);
    }
    BOOST_TEST((c->ended - begin == 30s));
    BOOST_TEST(c->error == make_error_code(errc::timed_out));
    BOOST_TEST(c->details.attempt == 3);
    BOOST_TEST(c->details.requests_sent == 3);
    BOOST_TEST(r.client().stats().requests_sent == 3U);
    BOOST_TEST(r.requests_at_peers() == 3);
}

BOOST_AUTO_TEST_CASE(an_address_that_swallows_packets_leaves_half_the_time_to_the_next)
{
    peer mute({stop_at::backlog, act::silence});
    rig r;
    r.names().answer({{"127.0.0.1", mute.port()}, {"127.0.0.1", r.mock().port()}});
    const auto c = r.ask();
    r.until([&] { return r.lines_with("connecting to") == 1; }, "it connects to the first address");
    r.settle();
    BOOST_TEST((r.next_alarm() == 2500ms));
    r.pass(2500ms - 1ms);
    BOOST_TEST(r.lines_with("connecting to") == 1U);
    r.pass(1ms);
    BOOST_TEST(r.lines_with("connecting to") == 2U);
    r.until([&] { return c->done; }, "the second address answers");
    BOOST_TEST(!c->error, c->error.message());
    BOOST_TEST(r.client().stats().retries == 0U); // it is one attempt
    BOOST_TEST(r.client().stats().requests_sent == 1U);
    BOOST_TEST(r.mock().requests() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
