// The rows. What they promise is design.md's table of errors, must 6, must 9, and the table of limits.
#include <cerrno>

#include <netdb.h>
#include <openssl/ssl.h>

#include "sweep/cells.hpp"

namespace faceki_test::sweep {
namespace {

using namespace std::chrono_literals;
using faceki::errc;
using faceki::failure_kind;

constexpr auto not_sent = failure_kind::not_sent;
constexpr auto no_answer = failure_kind::sent_no_answer;
constexpr auto answered = failure_kind::answered;

// The documented defaults.
constexpr auto itself = 0s;
constexpr auto connect_timeout = 5s;
constexpr auto attempt_timeout = 10s;

const cause none{};

cause system_error(int code)
{
    return {"system", code};
}
cause tls_error(int reason)
{
    return {"openssl", reason};
}
cause lookup_error(int code)
{
    return {"getaddrinfo", code};
}

fault lookup_fails(int code)
{
    fault made;
    made.what = fault::kind::lookup_fails;
    made.gai_code = code;
    return made;
}
fault plain(fault::kind what)
{
    fault made;
    made.what = what;
    return made;
}
fault at(stop_at where, act then, std::string words = {})
{
    return {fault::kind::peer, 0, {where, then, std::move(words)}};
}
/// The request was read; so much of the reply is sent.
fault reply(std::string text, act then = act::silence, std::size_t upto = std::string::npos)
{
    return {fault::kind::peer, 0, {stop_at::reply, then, {}, std::move(text), upto}};
}
fault stranger()
{
    conduct how;
    how.stranger = true;
    return {fault::kind::peer, 0, how};
}

std::string answer_with(std::string_view status, std::string_view body)
{
    return "HTTP/1.1 " + std::string(status) +
           "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
}

const std::string handshake_failure("\x15\x03\x03\x00\x02\x02\x28", 7); // an alert in one record
const std::string refusal = R"({"status":false,"message":"Unauthorized","statusCode":401,"data":{}})";
const std::string trouble = R"({"status":false,"message":"try again later","statusCode":503,"data":{}})";
const std::string broken_chunk =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
constexpr std::size_t half_a_head = 12;
constexpr std::size_t half_a_body = 100;

} // namespace

std::span<const cell> table()
{
    static const cell rows[] = {
        // clang-format off
        // step, way, how | what each attempt meets | error, cause, kind, status | limit | requests, whole ones, attempts of 3
        {"resolve", "error", "the name does not exist", lookup_fails(EAI_NONAME),
         errc::resolve_failed, lookup_error(EAI_NONAME), not_sent, 0, itself, 0, 0, 3},
        {"resolve", "error", "no name server answers", lookup_fails(EAI_AGAIN),
         errc::resolve_failed, lookup_error(EAI_AGAIN), not_sent, 0, itself, 0, 0, 3},
        {"resolve", "silence", "getaddrinfo does not return", plain(fault::kind::lookup_hangs),
         errc::timed_out, none, not_sent, 0, connect_timeout, 0, 0, 3},

        {"connect", "error", "no route", plain(fault::kind::unroutable),
         errc::connect_failed, system_error(ENETUNREACH), not_sent, 0, itself, 0, 0, 3},
        {"connect", "silence", "the SYN is swallowed", at(stop_at::backlog, act::silence),
         errc::timed_out, none, not_sent, 0, connect_timeout, 0, 0, 3},
        {"connect", "reset", "the SYN is answered by RST", plain(fault::kind::refused),
         errc::connect_failed, system_error(ECONNREFUSED), not_sent, 0, itself, 0, 0, 3},

        {"handshake", "error", "the peer does not speak TLS", at(stop_at::hello, act::say, "HTTP/1.1 400 Bad Request\r\n\r\n"),
         errc::tls_failed, tls_error(SSL_R_WRONG_VERSION_NUMBER), not_sent, 0, itself, 0, 0, 1},
        {"handshake", "error", "an alert", at(stop_at::hello, act::say, handshake_failure),
         errc::tls_failed, tls_error(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE), not_sent, 0, itself, 0, 0, 1},
        {"handshake", "error", "a certificate nobody trusts", stranger(),
         errc::tls_failed, tls_error(SSL_R_CERTIFICATE_VERIFY_FAILED), not_sent, 0, itself, 0, 0, 1},
        {"handshake", "error", "FIN after the ClientHello", at(stop_at::hello, act::finish),
         errc::connect_failed, none, not_sent, 0, itself, 0, 0, 3},
        {"handshake", "error", "FIN in the middle", at(stop_at::half_flight, act::finish),
         errc::connect_failed, none, not_sent, 0, itself, 0, 0, 3},
        {"handshake", "silence", "after the ClientHello", at(stop_at::hello, act::silence),
         errc::timed_out, none, not_sent, 0, connect_timeout, 0, 0, 3},
        {"handshake", "silence", "in the middle", at(stop_at::half_flight, act::silence),
         errc::timed_out, none, not_sent, 0, connect_timeout, 0, 0, 3},
        {"handshake", "reset", "after the ClientHello", at(stop_at::hello, act::reset),
         errc::connect_failed, system_error(ECONNRESET), not_sent, 0, itself, 0, 0, 3},
        {"handshake", "reset", "in the middle", at(stop_at::half_flight, act::reset),
         errc::connect_failed, system_error(ECONNRESET), not_sent, 0, itself, 0, 0, 3},

        {"write", "error", "FIN, then RST: EPIPE", at(stop_at::request, act::finish_then_reset),
         errc::connection_lost, system_error(EPIPE), no_answer, 0, itself, 1, 0, 2},
        {"write", "silence", "the peer stops reading", at(stop_at::request, act::silence),
         errc::timed_out, none, no_answer, 0, attempt_timeout, 1, 0, 2},
        {"write", "reset", "in the middle", at(stop_at::request, act::reset),
         errc::connection_lost, system_error(ECONNRESET), no_answer, 0, itself, 1, 0, 2},

        {"head", "error", "no HTTP", reply("gibberish\r\n\r\n"),
         errc::malformed_http, none, no_answer, 0, itself, 1, 1, 1},
        {"head", "error", "close_notify before it", reply({}, act::close_notify, 0),
         errc::connection_lost, none, no_answer, 0, itself, 1, 1, 2},
        {"head", "error", "FIN before it", reply({}, act::finish, 0),
         errc::connection_lost, none, no_answer, 0, itself, 1, 1, 2},
        {"head", "error", "FIN in the middle", reply({}, act::finish, half_a_head),
         errc::connection_lost, none, no_answer, 0, itself, 1, 1, 2},
        {"head", "error", "503", reply(answer_with("503 Service Unavailable", trouble)),
         errc::server_error, none, answered, 503, itself, 1, 1, 3},
        {"head", "error", "401", reply(answer_with("401 Unauthorized", refusal)),
         errc::credentials_rejected, none, answered, 401, itself, 1, 1, 1, 5s, 5s},
        {"head", "silence", "before it", reply({}, act::silence, 0),
         errc::timed_out, none, no_answer, 0, attempt_timeout, 1, 1, 2},
        {"head", "silence", "in the middle", reply({}, act::silence, half_a_head),
         errc::timed_out, none, no_answer, 0, attempt_timeout, 1, 1, 2},
        {"head", "reset", "before it", reply({}, act::reset, 0),
         errc::connection_lost, system_error(ECONNRESET), no_answer, 0, itself, 1, 1, 2},
        {"head", "reset", "in the middle", reply({}, act::reset, half_a_head),
         errc::connection_lost, system_error(ECONNRESET), no_answer, 0, itself, 1, 1, 2},

        {"body", "error", "a chunk without a size", reply(broken_chunk),
         errc::malformed_http, none, answered, 200, itself, 1, 1, 1},
        {"body", "error", "no token in it", reply(answer_with("200 OK", "{\"responseCode\":0,\"data\":{}}")),
         errc::malformed_token, none, answered, 200, itself, 1, 1, 1},
        {"body", "error", "close_notify in the middle", reply({}, act::close_notify, half_a_body),
         errc::connection_lost, none, answered, 200, itself, 1, 1, 1},
        {"body", "error", "FIN in the middle", reply({}, act::finish, half_a_body),
         errc::connection_lost, none, answered, 200, itself, 1, 1, 1},
        // must 9: the status decides, whatever became of the body
        {"body", "error", "FIN in the middle of a 503's", reply(answer_with("503 Service Unavailable", trouble), act::finish, 120),
         errc::connection_lost, none, answered, 503, itself, 1, 1, 3},
        {"body", "silence", "in the middle", reply({}, act::silence, half_a_body),
         errc::timed_out, none, answered, 200, attempt_timeout, 1, 1, 1},
        {"body", "reset", "in the middle", reply({}, act::reset, half_a_body),
         errc::connection_lost, system_error(ECONNRESET), answered, 200, itself, 1, 1, 1},
        // clang-format on
    };
    return rows;
}

} // namespace faceki_test::sweep
